//! The response time of refused passwords, which must not reveal whether an account exists.

use std::time::{Duration, Instant};

/// The fixed response time of a refused password, measured from the start of the request.
///
/// A fixed time does not reveal whether an account exists (docs/decisions/password-response-time.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalTime {
    /// The response time while no stored hash takes more than twice as long as a new hash.
    usual: Duration,
    /// The response time while a slower imported hash is stored.
    with_slow_hashes: Duration,
}

impl RefusalTime {
    /// The shortest response time. It exceeds the resolution of the timer, even if hashes take almost no time.
    const SHORTEST_RESPONSE_TIME: Duration = Duration::from_millis(25);

    /// Derives the fixed response times of refused passwords from the time of one password hash.
    ///
    /// `hash_time` is that time on this machine.
    pub(super) fn from_hash_time(hash_time: Duration) -> Self {
        // A verification computes at most three hashes: of the password in composed, typed and decomposed form. The
        // slowest accepted import takes less than twelve times as long as a hash with the default parameters.
        let usual = (6 * hash_time).max(Self::SHORTEST_RESPONSE_TIME);
        let (least, most) = (Duration::from_secs(1), Duration::from_secs(3));
        Self {
            usual,
            with_slow_hashes: (36 * hash_time).clamp(least, most).max(usual),
        }
    }

    /// Returns when the response to a refused password must be sent: one fixed response time after `request_began`.
    ///
    /// If that time is over at `now`, returns the next multiple of the fixed time. The fixed time is longer if slow
    /// imported hashes are stored (`are_slow_hashes_stored`).
    pub fn response_due_at(
        self,
        request_began: Instant,
        now: Instant,
        are_slow_hashes_stored: bool,
    ) -> Instant {
        let period = if are_slow_hashes_stored {
            self.with_slow_hashes
        } else {
            self.usual
        };
        let elapsed_nanos = now.saturating_duration_since(request_began).as_nanos();
        let periods = elapsed_nanos.div_ceil(period.as_nanos()).max(1);
        request_began + period * u32::try_from(periods).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a duration of this number of milliseconds.
    const fn duration_of_millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn response_time_is_a_multiple_of_the_fixed_time() {
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
            let at = time.response_due_at(began, began + duration_of_millis(spent), slow);
            assert_eq!(
                at - began,
                duration_of_millis(due),
                "{spent} ms, slow: {slow}"
            );
        }
    }

    #[test]
    fn response_time_of_refused_passwords_grows_with_the_hash_time_and_has_a_minimum() {
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
