//! The clock of the embedded simulator.

use domain::{Clock, Timestamp};

/// The clock of the simulator in the same process: moving the provider's time moves the app's
/// along, as one clock moves both in the world. Only development starts a simulator (OPS-07).
pub struct SimulatorClock(pub crate::simulator::Clock);

impl Clock for SimulatorClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now_millis())
    }
}
