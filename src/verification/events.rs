//! What the transitions return and receive: refusals, plans for provider calls, and check outcomes.

use super::code::SentCode;
use super::state::{Ending, State};
use domain::{Channel, PhoneNumber, Timestamp};
use verify::VerificationId;

/// Why a transition was refused. The verification is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedTransition {
    /// The event does not belong to this state.
    OutOfOrder,
    /// Too early for another send.
    TooSoon {
        until: Timestamp,
    },
    /// A provider call of this verification is still running.
    Busy,
    /// The code has expired; another one can be sent.
    CodeExpired,
    Over(Ending),
}

impl RefusedTransition {
    /// Why `state` refuses an event that belongs to another state.
    pub(super) const fn in_state(state: &State) -> Self {
        match state {
            State::Ended { how } => Self::Over(*how),
            State::Sending { .. } | State::Checking { .. } => Self::Busy,
            State::Collecting
            | State::Ready { .. }
            | State::AwaitingCode { .. }
            | State::AwaitingFactor { .. }
            | State::Approved { .. } => Self::OutOfOrder,
        }
    }
}

/// What the caller has to send after a reserved send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendPlan {
    pub phone: PhoneNumber,
    pub channel: Channel,
    /// The code to send again. If `None`, all earlier codes must be cancelled first, so that a new one is created.
    pub again: Option<VerificationId>,
}

/// What the caller has to check after a reserved check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckPlan {
    pub code: SentCode,
}

/// The result of a check at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    Approved,
    Wrong,
    /// The provider no longer knows this verification.
    Gone,
    /// The provider accepts no more attempts for this code.
    Exhausted,
    /// Not evaluated, or the answer was lost: the attempt is given back.
    Unknown,
}
