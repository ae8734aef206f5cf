use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use domain::{Reaction, ShownErrors};

/// A send that the server refused because it came a few seconds too early. It is repeated when the
/// delay is over, so that the user does not have to click again.
#[derive(Clone, Copy)]
pub struct DelayedSend {
    /// Seconds until the send is repeated; `None` if no send waits.
    seconds_left: RwSignal<Option<u64>>,
    /// The whole delay in seconds, while a send waits.
    delay: RwSignal<Option<u64>>,
}

impl DelayedSend {
    pub fn new() -> Self {
        Self {
            seconds_left: RwSignal::new(None),
            delay: RwSignal::new(None),
        }
    }

    /// If the errors only ask for a short delay, calls `send` after it.
    pub fn schedule(self, errors: &ShownErrors, send: impl FnOnce() + 'static) {
        if let Some(Reaction::SendIn(secs)) = errors.reaction
            && !errors.are_sends_refused()
        {
            self.seconds_left.set(Some(secs));
            self.delay.set(Some(secs));
            self.count_down(Box::new(send));
        }
    }

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

    /// Drops the waiting send.
    pub fn cancel(self) {
        self.seconds_left.set(None);
        self.delay.set(None);
    }

    /// The whole delay in seconds; `None` if no send waits.
    pub fn delay(self) -> Option<u64> {
        self.delay.get()
    }

    /// Seconds until the send is repeated; `None` if no send waits.
    pub fn seconds_left(self) -> Option<u64> {
        self.seconds_left.get()
    }

    pub fn is_waiting(self) -> bool {
        self.seconds_left().is_some()
    }
}
