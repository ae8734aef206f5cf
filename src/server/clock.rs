//! Time comes in by argument: flows ask the context's clock, tests and the simulator move it.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::Timestamp;

/// Where the server's "now" comes from.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The clock of the simulator in the same process: moving the provider's time moves the app's
/// along, as one clock moves both in the world. Only development starts a simulator (OPS-07).
impl Clock for simulator::Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now_millis())
    }
}
