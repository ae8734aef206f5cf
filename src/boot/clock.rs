//! The clock of the embedded simulator.

use domain::{Clock, Timestamp};

/// The clock of the simulator in the same process. The app uses it too, so that codes expire at the same
/// time in both. Production refuses to start with a simulator.
pub struct SimulatorClock(pub simulator::Clock);

impl Clock for SimulatorClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now_millis())
    }
}
