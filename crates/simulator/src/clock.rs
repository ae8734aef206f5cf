//! The simulator's time: the system's, moved forward on request, so that a test can let a code
//! expire without waiting for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// The furthest the clock may be moved ahead: 100 years in milliseconds. It keeps every time
/// printable as RFC 3339.
const MAX_OFFSET_MILLIS: i64 = 100 * 366 * 24 * 60 * 60 * 1000;

/// A shared clock: the system's Unix time plus an offset that only grows until it is reset.
///
/// Cheap to clone; all clones move together. An application in the same process can follow it, so
/// that its expiry and the provider's stay in step.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_millis: Arc<AtomicI64>,
}

/// Why the clock was not moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the clock cannot be moved more than 100 years ahead")]
pub struct TooFarAhead;

impl Clock {
    /// Milliseconds since the Unix epoch, as the simulator sees them.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now_millis(&self) -> i64 {
        Timestamp::now()
            .as_millisecond()
            .saturating_add(self.offset_millis())
    }

    /// What the system's clock says.
    pub(super) fn system_millis(&self) -> i64 {
        self.now_millis().saturating_sub(self.offset_millis())
    }

    /// How far the clock is ahead of the system's, in milliseconds.
    pub fn offset_millis(&self) -> i64 {
        self.offset_millis.load(Ordering::SeqCst)
    }

    /// Moves the clock ahead by whole seconds. At most 100 years in all; beyond that nothing moves.
    pub fn advance_secs(&self, secs: u64) -> Result<(), TooFarAhead> {
        let step = i64::try_from(secs)
            .ok()
            .and_then(|secs| secs.checked_mul(1000))
            .ok_or(TooFarAhead)?;
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
            Err(_) => Err(TooFarAhead),
        }
    }

    /// Back to the system's time.
    pub fn reset(&self) {
        self.offset_millis.store(0, Ordering::SeqCst);
    }
}

/// RFC 3339 in UTC with milliseconds: `2026-03-02T09:15:04.412Z`.
pub(super) fn rfc3339_millis(millis: i64) -> String {
    format!("{:.3}", timestamp(millis))
}

/// RFC 3339 in UTC with whole seconds: `2026-03-02T09:15:04Z`.
pub(super) fn rfc3339_secs(millis: i64) -> String {
    format!(
        "{:.0}",
        timestamp(millis.div_euclid(1000).saturating_mul(1000))
    )
}

/// RFC 2822 in UTC: `Mon, 02 Mar 2026 09:15:04 +0000`.
pub(super) fn rfc2822(millis: i64) -> String {
    timestamp(millis)
        .strftime("%a, %d %b %Y %H:%M:%S +0000")
        .to_string()
}

fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_the_precision_twilio_uses() {
        let millis = 1_772_442_904_412;
        assert_eq!(rfc3339_millis(millis), "2026-03-02T09:15:04.412Z");
        assert_eq!(rfc3339_secs(millis + 500), "2026-03-02T09:15:04Z");
        assert_eq!(rfc2822(millis), "Mon, 02 Mar 2026 09:15:04 +0000");
        assert_eq!(
            rfc3339_millis(1_772_442_904_000),
            "2026-03-02T09:15:04.000Z"
        );
    }

    #[test]
    fn clones_move_together() {
        let clock = Clock::default();
        let other = clock.clone();
        let before = other.now_millis();
        assert_eq!(clock.advance_secs(301), Ok(()));
        assert!(other.now_millis() >= before + 301_000);
        clock.reset();
        assert_eq!(other.offset_millis(), 0);
    }

    #[test]
    fn a_step_beyond_a_century_moves_nothing() {
        let clock = Clock::default();
        assert_eq!(clock.advance_secs(u64::MAX), Err(TooFarAhead));
        assert_eq!(clock.advance_secs(200 * 366 * 86_400), Err(TooFarAhead));
        assert_eq!(clock.offset_millis(), 0);
    }
}
