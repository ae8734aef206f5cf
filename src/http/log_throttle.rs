//! Limits how often a repeated event is logged, so that a flood of events does not flood the log.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The minimum time between two log messages.
const INTERVAL: Duration = Duration::from_secs(10);

/// Limits a repeated log message to one every 10 seconds, and counts the events in between.
pub(crate) struct LogThrottle(Mutex<State>);

struct State {
    events: u64,
    logged: Option<Instant>,
}

impl LogThrottle {
    /// Creates a log throttle. The first event is due to be logged at once.
    pub(crate) const fn due_at_first_event() -> Self {
        Self(Mutex::new(State {
            events: 0,
            logged: None,
        }))
    }

    /// Counts an event. Returns the number of events since the last log message if a message is due.
    ///
    /// Otherwise returns `None`.
    pub(crate) fn count_event_and_check_if_due(&self) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.events += 1;
        let is_due = state.logged.is_none_or(|last| last.elapsed() >= INTERVAL);
        is_due.then(|| {
            state.logged = Some(Instant::now());
            std::mem::take(&mut state.events)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn log_message_is_due_every_ten_seconds_with_the_number_of_events() {
        let throttle = LogThrottle::due_at_first_event();
        assert_eq!(throttle.count_event_and_check_if_due(), Some(1));
        assert_eq!(throttle.count_event_and_check_if_due(), None);
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(throttle.count_event_and_check_if_due(), None);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(throttle.count_event_and_check_if_due(), Some(3));
    }
}
