//! The response time of refused passwords, which must not reveal whether an account exists.

use std::time::{Duration, Instant};

/// Determines when a refused password is answered: at a fixed time after the request began. So the response time does
/// not show whether a hash was computed, and with which scheme.
///
/// docs/decisions/password-response-time.md gives the reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalTime {
    /// The period while every stored hash was made here, or takes at most twice as long as a new hash.
    usual: Duration,
    /// The period while a slower imported hash is stored.
    with_slow_hashes: Duration,
}

impl RefusalTime {
    /// The shortest period. It exceeds the resolution of the timer, for parameters that take almost no time.
    const SHORTEST: Duration = Duration::from_millis(25);

    /// Derives the periods from `pace`, the time that one hash takes on this machine.
    ///
    /// A verification computes at most three hashes: of the password in composed, typed and decomposed form. The
    /// slowest accepted import takes about eleven times as long as a hash with the default parameters.
    pub(super) fn from_hash_time(pace: Duration) -> Self {
        let usual = (6 * pace).max(Self::SHORTEST);
        let (least, most) = (Duration::from_secs(1), Duration::from_secs(3));
        Self {
            usual,
            with_slow_hashes: (36 * pace).clamp(least, most).max(usual),
        }
    }

    /// Returns when the answer is due: at the end of the period in which the work ended at `now`. The first period
    /// starts with the request at `began`.
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

    const fn duration_of_millis(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    #[test]
    fn answer_is_due_at_the_end_of_the_period() {
        let began = Instant::now();
        let time = RefusalTime::from_hash_time(duration_of_millis(30));
        for (spent, slow, due) in [
            (0, false, 180),
            (30, false, 180),
            (180, false, 180),
            (181, false, 360),
            (35, true, 1_080),
            (700, true, 1_080),
            (1_081, true, 2_160),
        ] {
            let at = time.answer_at(began, began + duration_of_millis(spent), slow);
            assert_eq!(
                at - began,
                duration_of_millis(due),
                "{spent} ms, slow: {slow}"
            );
        }
    }

    #[test]
    fn periods_follow_the_pace_of_the_machine_within_bounds() {
        for (pace, usual, slow) in [
            (0, 25, 1_000),
            (20, 120, 1_000),
            (60, 360, 2_160),
            (100, 600, 3_000),
            (800, 4_800, 4_800),
        ] {
            let time = RefusalTime::from_hash_time(duration_of_millis(pace));
            assert_eq!(
                (time.usual, time.with_slow_hashes),
                (duration_of_millis(usual), duration_of_millis(slow))
            );
        }
    }
}
