use serde::{Deserialize, Serialize};

use super::code::SentCode;
use domain::{Channel, Method, PhoneNumber, Timestamp};

/// Where a verification is. Each variant holds what is true in it and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// The purpose still collects what it needs; there is no number yet.
    Collecting,
    /// The number is known, no code is out.
    Ready {
        #[serde(with = "stored_phone")]
        phone: PhoneNumber,
        /// After a send that may have gone out unseen: not before this.
        resend_at: Option<Timestamp>,
    },
    /// A send is under way. `earlier` is the code that was out before it.
    Sending {
        #[serde(with = "stored_phone")]
        phone: PhoneNumber,
        channel: Channel,
        since: Timestamp,
        earlier: Option<SentCode>,
    },
    AwaitingCode {
        code: SentCode,
    },
    /// A check is under way; its try is already counted.
    Checking {
        code: SentCode,
        since: Timestamp,
    },
    /// A code is asked for that no provider knows: an authenticator app shows it, or it was
    /// written down. Number and wait are kept for whoever changes their mind.
    AwaitingFactor {
        method: Method,
        #[serde(with = "stored_phone")]
        phone: PhoneNumber,
        resend_at: Option<Timestamp>,
        tries: u32,
    },
    /// The right code was seen; the purpose has yet to use it.
    Approved {
        code: SentCode,
    },
    Ended {
        how: Ending,
    },
}

/// How a verification ended. There is no way back from any of these (SM-06).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Its purpose was carried out.
    Completed,
    Cancelled,
    /// Its time ran out.
    Expired,
    /// Its tries ran out.
    Exhausted,
    /// Its code could not be sent, and it was not to wait for another try.
    Unsent,
    /// A newer one of the same purpose took its place.
    Superseded,
    /// What it stood on changed (a password, a number, the account itself).
    Voided,
}

impl State {
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Ended { .. })
    }

    /// The number this verification is about, once it has one.
    pub const fn phone(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Ready { phone, .. }
            | Self::Sending { phone, .. }
            | Self::AwaitingFactor { phone, .. } => Some(phone),
            Self::AwaitingCode { code } | Self::Checking { code, .. } | Self::Approved { code } => {
                Some(&code.phone)
            }
            Self::Collecting | Self::Ended { .. } => None,
        }
    }

    /// The code that may be live at the provider.
    pub const fn code(&self) -> Option<&SentCode> {
        match self {
            Self::AwaitingCode { code } | Self::Checking { code, .. } | Self::Approved { code } => {
                Some(code)
            }
            Self::Sending { earlier, .. } => earlier.as_ref(),
            Self::Collecting
            | Self::Ready { .. }
            | Self::AwaitingFactor { .. }
            | Self::Ended { .. } => None,
        }
    }
}

/// A number in a stored state. [`PhoneNumber`] itself is not `Serialize`, so that none can slip
/// into a page by accident; the store is the one place that writes it out.
pub(super) mod stored_phone {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use domain::PhoneNumber;

    pub(in super::super) fn serialize<S: Serializer>(
        phone: &PhoneNumber,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(phone.as_e164())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<PhoneNumber, D::Error> {
        let text = String::deserialize(from)?;
        PhoneNumber::from_e164(&text).ok_or_else(|| D::Error::custom("not an E.164 number"))
    }
}
