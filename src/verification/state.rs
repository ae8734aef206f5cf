//! The states of a verification.

use serde::{Deserialize, Serialize};

use super::code::{SentCode, stored_phone};
use domain::{Channel, Method, PhoneNumber, Timestamp};

/// The state of a verification. Each variant contains only data that is valid in that state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// The flow collects its data; the phone number is not known yet.
    Collecting,
    /// The phone number is known, and no code is pending.
    Ready {
        #[serde(with = "stored_phone")]
        phone: PhoneNumber,
        /// The earliest time of the next send, if a message may have been sent.
        resend_at: Option<Timestamp>,
    },
    /// A send is running. `earlier` is the code of an earlier send, if there is one.
    Sending {
        #[serde(with = "stored_phone")]
        phone: PhoneNumber,
        channel: Channel,
        since: Timestamp,
        earlier: Option<SentCode>,
    },
    /// A code was sent and can be entered.
    AwaitingCode { code: SentCode },
    /// A check is running. Its attempt has been counted.
    Checking { code: SentCode, since: Timestamp },
    /// A code of an authenticator app or a recovery code can be entered. Phone number and resend cooldown are kept,
    /// because the user may still choose SMS.
    AwaitingFactor {
        method: Method,
        #[serde(with = "stored_phone")]
        phone: PhoneNumber,
        resend_at: Option<Timestamp>,
        tries: u32,
    },
    /// The code was correct, and the protected action has not used it yet.
    Approved { code: SentCode },
    /// The verification has ended for the reason `how`.
    Ended { how: Ending },
}

/// The reason why a verification has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The action that the verification protects was carried out.
    Completed,
    /// The user cancelled the flow.
    Cancelled,
    /// The lifetime of the verification is over.
    Expired,
    /// All attempts were used up.
    Exhausted,
    /// The code could not be sent, and the rules permit no second send.
    Unsent,
    /// A newer flow of the same purpose replaced this one.
    Superseded,
    /// Data on which the verification depends has changed: the password, the phone number or the account.
    Voided,
}

impl State {
    /// Returns whether the verification has ended.
    pub const fn is_ended(&self) -> bool {
        matches!(self, Self::Ended { .. })
    }

    /// Returns whether the browser shows the form for a code in this state, including a running send or check.
    pub const fn is_shown_as_code_entry(&self) -> bool {
        match self {
            Self::Sending { .. }
            | Self::AwaitingCode { .. }
            | Self::Checking { .. }
            | Self::AwaitingFactor { .. } => true,
            Self::Collecting | Self::Ready { .. } | Self::Approved { .. } | Self::Ended { .. } => {
                false
            }
        }
    }

    /// Returns the phone number that is being verified; `None` before the user has entered it.
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

    /// Returns the code that the provider has sent and may still accept.
    ///
    /// Returns `None` if no code is pending.
    pub const fn sent_code(&self) -> Option<&SentCode> {
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
