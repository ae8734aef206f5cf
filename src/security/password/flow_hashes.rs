//! Limits how many password hashes one registration may compute.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use domain::Timestamp;

/// Counter of the password hashes that the server computes for one registration.
///
/// All server nodes share the counter, because it is stored with the registration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowHashes {
    /// The number of hashes that were reserved.
    begun: u32,
    /// When the hash that is being computed was reserved.
    running_since: Option<Timestamp>,
}

/// Reason why the server may not compute another password hash for a registration now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashComputationRefusal {
    /// Another hash of the flow is being computed.
    Running,
    /// The flow has used all its hashes.
    UsedUp,
}

impl FlowHashes {
    /// The maximum number of hashes of a flow: one, and four for corrections of the form.
    pub const MAX: u32 = 5;
    /// The time after which a reserved hash counts as lost in a crash.
    const LOST_AFTER: Duration = Duration::from_secs(15);

    /// Reserves the computation of one password hash.
    ///
    /// Fails while another hash is being computed, or if the registration has used its maximum number of hashes.
    pub fn reserve_hash_computation(self, now: Timestamp) -> Result<Self, HashComputationRefusal> {
        if self
            .running_since
            .is_some_and(|since| now < since + Self::LOST_AFTER)
        {
            return Err(HashComputationRefusal::Running);
        }
        if self.begun >= Self::MAX {
            return Err(HashComputationRefusal::UsedUp);
        }
        Ok(Self {
            begun: self.begun + 1,
            running_since: Some(now),
        })
    }

    /// Records that the reserved password hash was computed.
    #[must_use]
    pub const fn record_finished_hash_computation(self) -> Self {
        Self {
            running_since: None,
            ..self
        }
    }

    /// Releases the reservation for a password hash that was not computed. It then does not count towards the maximum.
    #[must_use]
    pub const fn release_unused_hash_reservation(self) -> Self {
        Self {
            begun: self.begun.saturating_sub(1),
            running_since: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    #[test]
    fn registration_may_compute_five_password_hashes_one_at_a_time() {
        let mut hashes = FlowHashes::default();
        for _ in 0..FlowHashes::MAX {
            let running = hashes
                .reserve_hash_computation(T0)
                .expect("hash computation is permitted");
            assert_eq!(
                running.reserve_hash_computation(T0),
                Err(HashComputationRefusal::Running)
            );
            hashes = running.record_finished_hash_computation();
        }
        assert_eq!(
            hashes.reserve_hash_computation(T0),
            Err(HashComputationRefusal::UsedUp)
        );
    }

    #[test]
    fn cancelled_hash_computation_does_not_count_towards_the_maximum() {
        let mut hashes = FlowHashes::default();
        for _ in 0..20 {
            hashes = hashes
                .reserve_hash_computation(T0)
                .expect("hash computation is permitted")
                .release_unused_hash_reservation();
        }
        assert_eq!(hashes, FlowHashes::default());
    }

    #[test]
    fn hash_computation_lost_in_a_crash_counts_as_used() {
        let mut hashes = FlowHashes::default();
        let mut now = T0;
        for _ in 0..FlowHashes::MAX {
            hashes = hashes
                .reserve_hash_computation(now)
                .expect("hash computation is permitted");
            let before = now + Duration::from_millis(14_999);
            assert_eq!(
                hashes.reserve_hash_computation(before),
                Err(HashComputationRefusal::Running)
            );
            now = now + Duration::from_secs(15);
        }
        assert_eq!(
            hashes.reserve_hash_computation(now),
            Err(HashComputationRefusal::UsedUp)
        );
    }
}
