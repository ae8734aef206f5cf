//! Arguments and results of the state transitions: refusals, plans of provider calls, and results of checks.

use super::code::SentCode;
use super::state::{Ending, State};
use domain::{Channel, PhoneNumber, Timestamp};
use verify::VerificationId;

/// The reason why a verification has refused a state change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedTransition {
    /// The transition is not possible in this state.
    OutOfOrder,
    /// The resend cooldown is not over. It ends at `until`.
    TooSoon { until: Timestamp },
    /// A provider call of this verification is still running.
    Busy,
    /// The code has expired; another one can be sent.
    CodeExpired,
    /// The verification has ended for this reason.
    Ended(Ending),
}

impl RefusedTransition {
    /// Returns the reason why a verification in `state` refuses a state change.
    pub(super) const fn refused_transition_for_state(state: &State) -> Self {
        match state {
            State::Ended { how } => Self::Ended(*how),
            State::Sending { .. } | State::Checking { .. } => Self::Busy,
            State::Collecting
            | State::Ready { .. }
            | State::AwaitingCode { .. }
            | State::AwaitingFactor { .. }
            | State::Approved { .. } => Self::OutOfOrder,
        }
    }
}

/// A planned message with a code. The caller saves the verification, and then sends the message through the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendPlan {
    pub phone: PhoneNumber,
    pub channel: Channel,
    /// The verification at the provider whose code is sent again. If `None`, the caller first cancels all earlier
    /// codes, so that the provider creates a new one.
    pub resend_of: Option<VerificationId>,
}

/// A planned code check. The caller saves the counted attempt, and then requests the check from the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckPlan {
    pub code: SentCode,
}

/// Result of checking a code at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// The code is correct.
    Approved,
    /// The code is wrong.
    Wrong,
    /// The verification no longer exists at the provider, because it expired or was cancelled. No code was checked.
    Gone,
    /// The provider accepts no more attempts for this code.
    Exhausted,
    /// The provider did not check the code, or its response was lost. The attempt does not count.
    Unknown,
}
