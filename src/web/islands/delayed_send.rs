use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use domain::{Reaction, ShownErrors};

/// Automatic retry of a code request that the server refused because it came a few seconds too early.
#[derive(Clone, Copy)]
pub struct DelayedSend {
    /// Seconds until the request is repeated; `None` if none is scheduled.
    seconds_left: RwSignal<Option<u64>>,
    /// The whole delay in seconds, while a request is scheduled.
    delay: RwSignal<Option<u64>>,
}

impl DelayedSend {
    /// Creates the state of a form without a scheduled request for a code.
    pub fn new() -> Self {
        Self {
            seconds_left: RwSignal::new(None),
            delay: RwSignal::new(None),
        }
    }

    /// Schedules `send`, which requests a code again.
    ///
    /// Does nothing unless the errors permit another request within a minute.
    pub fn schedule_repeated_code_request(
        self,
        errors: &ShownErrors,
        send: impl FnOnce() + 'static,
    ) {
        if let Some(Reaction::SendIn(secs)) = errors.reaction
            && !errors.are_code_requests_refused()
        {
            self.seconds_left.set(Some(secs));
            self.delay.set(Some(secs));
            self.count_down_to_send(Box::new(send));
        }
    }

    /// Counts down the delay once a second, and then calls `send` to request the code again.
    fn count_down_to_send(self, send: Box<dyn FnOnce()>) {
        Timeout::new(1_000, move || {
            match self.seconds_left.try_get_untracked().flatten() {
                Some(secs) if secs > 1 => {
                    self.seconds_left.set(Some(secs - 1));
                    self.count_down_to_send(send);
                }
                Some(_) => {
                    self.cancel_scheduled_request();
                    send();
                }
                // The user has closed the dialog.
                None => {}
            }
        })
        .forget();
    }

    /// Cancels the scheduled request for a code.
    pub fn cancel_scheduled_request(self) {
        self.seconds_left.set(None);
        self.delay.set(None);
    }

    /// Returns the total delay of the scheduled request for a code in seconds.
    ///
    /// Returns `None` if no request is scheduled.
    pub fn scheduled_delay_secs(self) -> Option<u64> {
        self.delay.get()
    }

    /// Returns the seconds until the scheduled request for a code; `None` if no request is scheduled.
    pub fn seconds_left(self) -> Option<u64> {
        self.seconds_left.get()
    }

    /// Returns whether a request for a code is scheduled.
    pub fn is_code_request_scheduled(self) -> bool {
        self.seconds_left().is_some()
    }
}
