use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use domain::{Reaction, ShownErrors};

/// Delayed repetition of a request for a code that the server refused as a few seconds too early.
#[derive(Clone, Copy)]
pub struct DelayedSend {
    /// Seconds until the request is repeated; `None` if none is scheduled.
    seconds_left: RwSignal<Option<u64>>,
    /// The whole delay in seconds, while a request is scheduled.
    delay: RwSignal<Option<u64>>,
}

impl DelayedSend {
    /// Creates a state without a scheduled request.
    pub fn new() -> Self {
        Self {
            seconds_left: RwSignal::new(None),
            delay: RwSignal::new(None),
        }
    }

    /// Calls `send` after the delay that the errors ask for, if it is short. Does nothing for other errors.
    pub fn schedule(self, errors: &ShownErrors, send: impl FnOnce() + 'static) {
        if let Some(Reaction::SendIn(secs)) = errors.reaction
            && !errors.are_sends_refused()
        {
            self.seconds_left.set(Some(secs));
            self.delay.set(Some(secs));
            self.count_down(Box::new(send));
        }
    }

    /// Counts down once a second and calls `send` at the end.
    fn count_down(self, send: Box<dyn FnOnce()>) {
        Timeout::new(1_000, move || {
            match self.seconds_left.try_get_untracked().flatten() {
                Some(secs) if secs > 1 => {
                    self.seconds_left.set(Some(secs - 1));
                    self.count_down(send);
                }
                Some(_) => {
                    self.cancel();
                    send();
                }
                // The user has closed the dialog.
                None => {}
            }
        })
        .forget();
    }

    /// Cancels the scheduled request.
    pub fn cancel(self) {
        self.seconds_left.set(None);
        self.delay.set(None);
    }

    /// Returns the whole delay of the scheduled request in seconds; `None` if there is none.
    pub fn delay(self) -> Option<u64> {
        self.delay.get()
    }

    /// Returns the seconds until the scheduled request; `None` if there is none.
    pub fn seconds_left(self) -> Option<u64> {
        self.seconds_left.get()
    }

    /// Returns whether a request is scheduled.
    pub fn is_waiting(self) -> bool {
        self.seconds_left().is_some()
    }
}
