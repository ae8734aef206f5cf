use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use super::dom;
use domain::{Reaction, ShownErrors};

/// Automatic retry of a code request that the server refused because it came a few seconds too early.
#[derive(Clone, Copy)]
pub struct DelayedSend {
    /// Seconds until the request is repeated; `None` if none is scheduled.
    seconds_left: RwSignal<Option<u64>>,
    /// The whole delay in seconds, while a request is scheduled.
    delay: RwSignal<Option<u64>>,
    /// The number of the last countdown. An earlier one has ended.
    countdown: RwSignal<Option<u64>>,
}

impl DelayedSend {
    /// Creates the state of a form without a scheduled request for a code.
    pub fn new() -> Self {
        Self {
            seconds_left: RwSignal::new(None),
            delay: RwSignal::new(None),
            countdown: RwSignal::new(None),
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
            let number = Some(self.countdown.get_untracked().unwrap_or(0) + 1);
            self.countdown.set(number);
            #[expect(clippy::cast_possible_wrap, reason = "at most a minute")]
            let send_at = dom::browser_clock_millis() + secs as i64 * 1_000;
            self.count_down_to_send(number, send_at, Box::new(send));
        }
    }

    /// Counts down the delay once a second, and then calls `send` to request the code again.
    ///
    /// Ends if the user has closed the dialog or changed the form since. `number` is the number of this countdown.
    /// `send_at` is the time of the request in milliseconds of the browser's clock, because a browser stops the timers
    /// of a hidden page.
    fn count_down_to_send(self, number: Option<u64>, send_at: i64, send: Box<dyn FnOnce()>) {
        Timeout::new(1_000, move || {
            if self.countdown.try_get_untracked() != Some(number) {
                return;
            }
            let Some(secs) = self.seconds_left.get_untracked() else {
                return;
            };
            // A timer fires some milliseconds late.
            let left = (send_at - dom::browser_clock_millis() + 500) / 1_000;
            // The user may set the clock back.
            let left = u64::try_from(left).unwrap_or(0).min(secs.saturating_sub(1));
            if left > 0 {
                self.seconds_left.set(Some(left));
                self.count_down_to_send(number, send_at, send);
            } else {
                self.cancel_scheduled_request();
                send();
            }
        })
        .forget();
    }

    /// Cancels the scheduled request for a code, if there is one.
    pub fn cancel_scheduled_request(self) {
        if self.seconds_left.read_untracked().is_some() {
            self.seconds_left.set(None);
            self.delay.set(None);
        }
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
