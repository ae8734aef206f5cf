//! Simulated clock. Tests advance it, so that a code expires without waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Maximum offset of the simulated clock in milliseconds: 100 years. It keeps every time printable as RFC 3339.
const MAX_OFFSET_MILLIS: i64 = 100 * 366 * 24 * 60 * 60 * 1000;

/// A simulated clock: the system time plus an offset that only grows until a reset. Clones share the offset.
///
/// An application in the same process can use it as its own clock, so that codes expire at the same time in both.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_millis: Arc<AtomicI64>,
}

/// Error of a clock advance that would move the simulated time more than 100 years ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the clock cannot be moved more than 100 years ahead")]
pub struct ClockOffsetTooLarge;

impl Clock {
    /// Returns the simulated time in Unix milliseconds.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that all other code uses"
    )]
    pub fn now_millis(&self) -> i64 {
        Timestamp::now()
            .as_millisecond()
            .saturating_add(self.millis_ahead_of_system_time())
    }

    /// Returns the real system time in Unix milliseconds.
    pub(crate) fn system_time_millis(&self) -> i64 {
        self.now_millis()
            .saturating_sub(self.millis_ahead_of_system_time())
    }

    /// Returns how many milliseconds the simulated time is ahead of the system time.
    pub fn millis_ahead_of_system_time(&self) -> i64 {
        self.offset_millis.load(Ordering::SeqCst)
    }

    /// Moves the simulated clock forward by `secs` seconds. Fails without effect if the offset would exceed 100 years.
    pub fn advance_secs(&self, secs: u64) -> Result<(), ClockOffsetTooLarge> {
        let step = i64::try_from(secs)
            .ok()
            .and_then(|secs| secs.checked_mul(1000))
            .ok_or(ClockOffsetTooLarge)?;
        let moved = |offset: i64| {
            offset
                .checked_add(step)
                .filter(|moved| *moved <= MAX_OFFSET_MILLIS)
        };
        match self
            .offset_millis
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, moved)
        {
            Ok(_) => Ok(()),
            Err(_) => Err(ClockOffsetTooLarge),
        }
    }

    /// Removes the offset, so that the simulated clock shows the system time again.
    pub fn reset_to_system_time(&self) {
        self.offset_millis.store(0, Ordering::SeqCst);
    }
}

/// Formats Unix milliseconds as RFC 3339 in UTC with milliseconds: `2026-03-02T09:15:04.412Z`.
pub(crate) fn format_rfc3339_millis(unix_millis: i64) -> String {
    format!("{:.3}", timestamp_from_unix_millis(unix_millis))
}

/// Formats Unix milliseconds as RFC 3339 in UTC with whole seconds: `2026-03-02T09:15:04Z`.
pub(crate) fn format_rfc3339_secs(unix_millis: i64) -> String {
    format!(
        "{:.0}",
        timestamp_from_unix_millis(unix_millis.div_euclid(1000).saturating_mul(1000))
    )
}

/// Formats Unix milliseconds as RFC 2822 in UTC: `Mon, 02 Mar 2026 09:15:04 +0000`.
pub(crate) fn format_rfc2822(unix_millis: i64) -> String {
    timestamp_from_unix_millis(unix_millis)
        .strftime("%a, %d %b %Y %H:%M:%S +0000")
        .to_string()
}

/// Converts Unix milliseconds to a `Timestamp`.
fn timestamp_from_unix_millis(unix_millis: i64) -> Timestamp {
    Timestamp::from_millisecond(unix_millis).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_formatted_with_the_precision_of_twilio() {
        let millis = 1_772_442_904_412;
        assert_eq!(format_rfc3339_millis(millis), "2026-03-02T09:15:04.412Z");
        assert_eq!(format_rfc3339_secs(millis + 500), "2026-03-02T09:15:04Z");
        assert_eq!(format_rfc2822(millis), "Mon, 02 Mar 2026 09:15:04 +0000");
        assert_eq!(
            format_rfc3339_millis(1_772_442_904_000),
            "2026-03-02T09:15:04.000Z"
        );
    }

    #[test]
    fn clones_of_a_simulated_clock_show_the_same_time() {
        let clock = Clock::default();
        let other = clock.clone();
        let before = other.now_millis();
        assert_eq!(clock.advance_secs(301), Ok(()));
        assert!(other.now_millis() >= before + 301_000);
        clock.reset_to_system_time();
        assert_eq!(other.millis_ahead_of_system_time(), 0);
    }

    #[test]
    fn clock_advance_beyond_100_years_is_rejected_without_effect() {
        let clock = Clock::default();
        assert_eq!(clock.advance_secs(u64::MAX), Err(ClockOffsetTooLarge));
        assert_eq!(
            clock.advance_secs(200 * 366 * 86_400),
            Err(ClockOffsetTooLarge)
        );
        assert_eq!(clock.millis_ahead_of_system_time(), 0);
    }
}
