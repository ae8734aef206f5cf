//! How many, how often: pure policy over the moments of past events.
//!
//! A sliding window has no boundary to burst across (docs/security.md#res-01). The store keeps the moments, one
//! row a key, and asks here.

use std::time::Duration;

use domain::Timestamp;

/// At most `max` events in any `window`, and `gap` between two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub max: usize,
    pub window: Duration,
    pub gap: Duration,
}

impl Rule {
    pub const fn per(window: Duration, max: usize) -> Self {
        Self {
            max,
            window,
            gap: Duration::ZERO,
        }
    }

    #[must_use]
    pub const fn with_gap(self, gap: Duration) -> Self {
        Self { gap, ..self }
    }

    /// Whether one more event may happen at `now`; otherwise from when on it may.
    ///
    /// `events` are past ones in rising order. Events after `now` (a clock set back) count.
    pub fn admit(&self, events: &[Timestamp], now: Timestamp) -> Result<(), Timestamp> {
        let in_window = self.in_window(events, now);
        let full = in_window.len() >= self.max;
        let after_window = if full {
            // The event that has to leave the window before there is room for one more.
            let leaving = in_window.len() - self.max;
            in_window
                .get(leaving)
                .map_or(now + self.window, |first| *first + self.window)
        } else {
            now
        };
        let after_gap = match events.last() {
            Some(last) if !self.gap.is_zero() => *last + self.gap,
            _ => now,
        };
        let from = after_window.max(after_gap);
        if from > now { Err(from) } else { Ok(()) }
    }

    /// The events that still count at `now`.
    pub fn in_window<'a>(&self, events: &'a [Timestamp], now: Timestamp) -> &'a [Timestamp] {
        let start = now - self.window;
        let first = events.partition_point(|event| *event <= start);
        &events[first..]
    }
}

/// Wrong passwords slow an account down; they never shut it for long (docs/security.md#log-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slowdown {
    /// So many failures cost nothing.
    pub free: usize,
    /// The wait after the next one; each further one doubles it.
    pub first: Duration,
    /// No wait is longer, so that a stranger cannot keep the owner out.
    pub longest: Duration,
}

impl Slowdown {
    /// Whether another try may be evaluated at `now`; otherwise from when on it may.
    pub fn admit(&self, failures: &[Timestamp], now: Timestamp) -> Result<(), Timestamp> {
        let Some(over) = failures.len().checked_sub(self.free) else {
            return Ok(());
        };
        let doublings = u32::try_from(over).unwrap_or(u32::MAX).min(20);
        let wait = self
            .first
            .saturating_mul(2_u32.pow(doublings))
            .min(self.longest);
        match failures.last() {
            Some(last) if *last + wait > now => Err(*last + wait),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);
    const T0: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    fn sms() -> Rule {
        Rule::per(HOUR, 5).with_gap(Duration::from_secs(30))
    }

    #[test]
    fn the_sixth_in_an_hour_waits_for_the_first_to_be_an_hour_old() {
        let events: Vec<_> = (0..5).map(|n| T0 + Duration::from_mins(n)).collect();
        let just_before = T0 + HOUR - Duration::from_millis(1);
        assert_eq!(sms().admit(&events, just_before), Err(T0 + HOUR));
        assert_eq!(sms().admit(&events, T0 + HOUR), Ok(()));
    }

    #[test]
    fn the_gap_is_thirty_seconds_to_the_millisecond() {
        let gap_end = T0 + Duration::from_secs(30);
        assert_eq!(
            sms().admit(&[T0], gap_end - Duration::from_millis(1)),
            Err(gap_end)
        );
        assert_eq!(sms().admit(&[T0], gap_end), Ok(()));
    }

    #[test]
    fn a_clock_set_back_opens_nothing() {
        assert!(sms().admit(&[T0], T0 - HOUR).is_err());
    }

    #[test]
    fn wrong_passwords_slow_down_and_never_shut_for_longer_than_the_longest_wait() {
        let slow = Slowdown {
            free: 5,
            first: Duration::from_secs(1),
            longest: Duration::from_mins(15),
        };
        assert_eq!(slow.admit(&[T0; 4], T0), Ok(()));
        assert_eq!(slow.admit(&[T0; 5], T0), Err(T0 + Duration::from_secs(1)));
        assert_eq!(slow.admit(&[T0; 8], T0), Err(T0 + Duration::from_secs(8)));
        assert_eq!(
            slow.admit(&vec![T0; 5_000], T0),
            Err(T0 + Duration::from_mins(15))
        );
    }

    proptest! {
        #[test]
        fn no_pattern_of_asking_gets_more_than_the_rule_allows(waits in prop::collection::vec(0_u64..4_000, 1..80)) {
            let rule = sms();
            let mut now = T0;
            let mut granted: Vec<Timestamp> = Vec::new();
            for wait in waits {
                now = now + Duration::from_secs(wait);
                if rule.admit(&granted, now).is_ok() {
                    granted.push(now);
                }
            }
            for (n, last) in granted.iter().enumerate() {
                let window = granted[..=n].iter().filter(|t| **t > *last - HOUR).count();
                prop_assert!(window <= 5);
            }
            for pair in granted.windows(2) {
                prop_assert!(pair[1] >= pair[0] + Duration::from_secs(30));
            }
        }
    }
}
