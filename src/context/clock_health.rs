//! Whether the clock of this node agrees with the clock of the database.

use std::sync::atomic::{AtomicBool, Ordering};

/// The result of the last comparison of this node's clock with the clock of the database.
#[derive(Debug, Default)]
pub struct ClockHealth {
    is_wrong: AtomicBool,
}

impl ClockHealth {
    /// Records whether the clock of this node differs too much from the clock of the database.
    pub fn record_clock_comparison(&self, is_wrong: bool) {
        self.is_wrong.store(is_wrong, Ordering::Relaxed);
    }

    /// Returns whether the clock of this node differed too much from that of the database at the last comparison.
    pub fn is_clock_wrong(&self) -> bool {
        self.is_wrong.load(Ordering::Relaxed)
    }
}
