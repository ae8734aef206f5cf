//! The states of a verification.

use serde::{Deserialize, Serialize};

use super::code::{SentCode, stored_phone};
use domain::{Channel, Method, PhoneNumber, Timestamp};

/// The state of a verification. Each variant holds what is true in it and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// The purpose collects its data; there is no number yet.
    Collecting,
    /// The number is known, no code is out.
    Ready {
        #[serde(with = "stored_phone")]
        phone: PhoneNumber,
        /// The earliest next send, if a message may have gone out.
        resend_at: Option<Timestamp>,
    },
    /// A send is running. `earlier` is the code that was out before it.
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
    /// A check is running; its attempt is counted already.
    Checking {
        code: SentCode,
        since: Timestamp,
    },
    /// A code of an authenticator app or a recovery code is awaited. Number and resend cooldown are kept in case the
    /// user chooses SMS after all.
    AwaitingFactor {
        method: Method,
        #[serde(with = "stored_phone")]
        phone: PhoneNumber,
        resend_at: Option<Timestamp>,
        tries: u32,
    },
    /// The code was right; the purpose has not used it yet.
    Approved {
        code: SentCode,
    },
    Ended {
        how: Ending,
    },
}

/// How a verification ended. An ended verification never changes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Its purpose was carried out.
    Completed,
    Cancelled,
    /// Its lifetime is over.
    Expired,
    /// All attempts were used up.
    Exhausted,
    /// Its code could not be sent, and its rules permit no second send.
    Unsent,
    /// A newer flow of the same purpose replaced it.
    Superseded,
    /// A fact it depends on has changed: a password, a number, the account.
    Voided,
}

impl State {
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Ended { .. })
    }

    /// The number that is being verified.
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

    /// The code that the provider may still accept.
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
