//! Arguments and results of the transitions: refusals, plans of provider calls, and results of checks.

use super::code::SentCode;
use super::state::{Ending, State};
use domain::{Channel, PhoneNumber, Timestamp};
use verify::VerificationId;

/// The reason why a transition was refused. The verification is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedTransition {
    /// The event is not possible in this state.
    OutOfOrder,
    /// The resend cooldown is not over.
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
    /// Returns the reason why an event is not possible in `state`.
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

/// The send that the caller must request from the provider, after it was reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendPlan {
    pub phone: PhoneNumber,
    pub channel: Channel,
    /// The verification at the provider whose code is sent again. If `None`, the caller must first cancel all earlier
    /// codes, so that the provider creates a new one.
    pub again: Option<VerificationId>,
}

/// The check that the caller must request from the provider, after it was reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckPlan {
    pub code: SentCode,
}

/// The provider's result of checking a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    Approved,
    Wrong,
    /// The provider has deleted its verification, so no code can be checked.
    Gone,
    /// The provider accepts no more attempts for this code.
    Exhausted,
    /// The provider did not check the code, or its response was lost. The attempt does not count.
    Unknown,
}
