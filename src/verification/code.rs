use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::rules::{PROVIDER_LIFE, Rules};
use domain::{Channel, PhoneNumber, Timestamp};
use verify::{ServiceId, VerificationId};

/// A code that is out: where it went, by which provider verification, and how much of it is
/// left. The number is the snapshot everything later goes by (SM-08).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentCode {
    #[serde(with = "super::state::stored_phone")]
    pub phone: PhoneNumber,
    pub channel: Channel,
    pub service: ServiceId,
    pub verification: VerificationId,
    /// When the provider made this code: the start of its own lifetime.
    pub created_at: Timestamp,
    /// The last send of it.
    pub sent_at: Timestamp,
    pub expires_at: Timestamp,
    pub tries: u32,
    /// How often a message with it was asked for.
    #[serde(default)]
    pub sends: u32,
}

impl SentCode {
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    pub fn tries_left(&self, rules: &Rules) -> u32 {
        rules.tries.saturating_sub(self.tries)
    }

    /// Whether another send should carry the same code: it must still be good, and the provider
    /// must keep it long enough that the person does not race it (A22: same code for sign-in).
    pub(super) fn worth_resending(&self, rules: &Rules, now: Timestamp) -> bool {
        let keep = rules.code_life.min(Duration::from_mins(5));
        !self.is_expired(now) && now + keep <= self.created_at + PROVIDER_LIFE
    }
}
