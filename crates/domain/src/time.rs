use core::ops::{Add, Sub};
use core::time::Duration;

use serde::{Deserialize, Serialize};

/// Source of the current time. It is passed as an argument, so that tests and the simulator can change the time.
pub trait Clock: Send + Sync {
    /// Returns the current time.
    fn now(&self) -> Timestamp;
}

/// Point in time, in whole milliseconds since the Unix epoch (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Creates a timestamp from milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since `earlier`, rounded up; 0 if `earlier` is not before this time.
    pub fn secs_since(self, earlier: Self) -> u64 {
        let left = u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0);
        left.div_ceil(1000)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_until_a_time_are_rounded_up_and_never_negative() {
        let now = Timestamp::from_millis(10_000);
        assert_eq!((now + Duration::from_millis(1)).secs_since(now), 1);
        assert_eq!((now + Duration::from_secs(30)).secs_since(now), 30);
        assert_eq!((now - Duration::from_secs(30)).secs_since(now), 0);
    }
}
