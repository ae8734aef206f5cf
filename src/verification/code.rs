//! A code that the provider has sent to a phone.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::rules::{PROVIDER_CODE_LIFETIME, Rules};
use domain::{Channel, PhoneNumber, Timestamp};
use verify::{ServiceId, VerificationId};

/// A code that the provider has sent, with phone number, verification ID and number of attempts.
///
/// The verification ID is the provider's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentCode {
    #[serde(with = "stored_phone")]
    pub phone: PhoneNumber,
    pub channel: Channel,
    pub service: ServiceId,
    pub verification: VerificationId,
    /// When the provider created this code. Its lifetime at the provider starts then.
    pub created_at: Timestamp,
    /// When the last message with this code was sent.
    pub sent_at: Timestamp,
    pub expires_at: Timestamp,
    pub tries: u32,
    /// Number of messages that were requested with this code.
    #[serde(default)]
    pub sends: u32,
}

impl SentCode {
    /// Returns whether the sent code has expired at `now`.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// Returns the number of attempts left for this sent code.
    pub fn attempts_left(&self, rules: &Rules) -> u32 {
        rules.tries.saturating_sub(self.tries)
    }

    /// Returns whether a resend can repeat this code in place of a new one.
    ///
    /// The code must not be expired, and the provider must accept it for at least 5 more minutes, or for
    /// `rules.code_life` if that is shorter.
    pub(super) fn can_be_resent(&self, rules: &Rules, now: Timestamp) -> bool {
        let keep = rules.code_life.min(Duration::from_mins(5));
        !self.is_expired(now) && now + keep <= self.created_at + PROVIDER_CODE_LIFETIME
    }
}

/// Serialises a phone number for the database. [`PhoneNumber`] itself is not `Serialize`, so that no page can contain
/// one by accident.
pub(super) mod stored_phone {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use domain::PhoneNumber;

    /// Serialises the number in E.164 format.
    pub(in super::super) fn serialize<S: Serializer>(
        phone: &PhoneNumber,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(phone.as_e164())
    }

    /// Deserialises a number in E.164 format.
    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<PhoneNumber, D::Error> {
        let text = String::deserialize(from)?;
        PhoneNumber::from_e164(&text).ok_or_else(|| D::Error::custom("not an E.164 number"))
    }
}
