//! The response time of refused passwords.

use std::time::{Duration, Instant};

/// When a refused password is answered: at a fixed time after the request began, so that the response time does not
/// show whether a hash was computed, and of which scheme.
///
/// docs/decisions/password-response-time.md gives the reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalTime {
    /// While each stored hash was made here, or takes at most twice as long as one that is made here.
    usual: Duration,
    /// While a slower imported hash is stored.
    with_slow_hashes: Duration,
}

impl RefusalTime {
    /// Above the resolution of the timer, for parameters that take no time.
    const SHORTEST: Duration = Duration::from_millis(25);

    /// `pace` is the time that one hash takes on this machine.
    ///
    /// A verification computes at most two hashes, because the password as typed may differ from its normal form. The
    /// slowest accepted import, bcrypt with cost 12, takes about eleven times as long as a hash with the default
    /// parameters.
    pub(super) fn of_pace(pace: Duration) -> Self {
        let usual = (4 * pace).max(Self::SHORTEST);
        let (least, most) = (Duration::from_secs(1), Duration::from_secs(2));
        Self {
            usual,
            with_slow_hashes: (24 * pace).clamp(least, most).max(usual),
        }
    }

    /// When the answer is due: at the end of the period in which the work ended at `now`. The first period starts
    /// with the request.
    pub fn answer_at(self, began: Instant, now: Instant, slow_hashes: bool) -> Instant {
        let period = if slow_hashes {
            self.with_slow_hashes
        } else {
            self.usual
        };
        let spent = now.saturating_duration_since(began).as_nanos();
        let periods = spent.div_ceil(period.as_nanos()).max(1);
        began + period * u32::try_from(periods).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    #[test]
    fn answer_is_due_at_the_end_of_the_period() {
        let began = Instant::now();
        let time = RefusalTime::of_pace(millis(30));
        for (spent, slow, due) in [
            (0, false, 120),
            (30, false, 120),
            (120, false, 120),
            (121, false, 240),
            (35, true, 1_000),
            (700, true, 1_000),
            (1_001, true, 2_000),
        ] {
            let at = time.answer_at(began, began + millis(spent), slow);
            assert_eq!(at - began, millis(due), "{spent} ms, slow: {slow}");
        }
    }

    #[test]
    fn periods_follow_the_pace_of_the_machine_within_bounds() {
        for (pace, usual, slow) in [
            (0, 25, 1_000),
            (28, 112, 1_000),
            (60, 240, 1_440),
            (100, 400, 2_000),
            (800, 3_200, 3_200),
        ] {
            let time = RefusalTime::of_pace(millis(pace));
            assert_eq!(
                (time.usual, time.with_slow_hashes),
                (millis(usual), millis(slow))
            );
        }
    }
}
