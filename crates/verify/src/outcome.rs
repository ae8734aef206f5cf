//! What came of a call, in words that fit any provider (verify-contract.md, section 4).

use std::time::Duration;

use super::{ServiceId, VerificationId};
use domain::Channel;

/// A code is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub verification: VerificationId,
    pub service: ServiceId,
    /// How it travels, as the provider says.
    pub channel: Channel,
}

/// Why no code is known to be on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendFailure {
    /// The number does not exist or cannot get codes this way: the person should look at it again.
    #[error("the number cannot receive codes")]
    BadDestination,
    /// Held back for fraud or geography: say no more than that it did not work (PRV-05).
    #[error("the provider blocks the destination")]
    Blocked,
    /// No further send until the verification ends or is cancelled; codes sent before still work.
    #[error("too many sends to this number")]
    SendsExhausted,
    /// Not processed: the provider wants a pause.
    #[error("the provider asks to wait")]
    Throttled { retry_after: Option<Duration> },
    /// Credentials, service or parameters are wrong: a matter for the operator, no use in trying again.
    #[error("the provider refuses how it is called")]
    Configuration,
    /// Not one byte of the request was written: DNS, connecting or TLS failed.
    #[error("the provider could not be reached")]
    NotSent,
    /// The request left and nobody knows what became of it: a code may arrive. Never send again unasked.
    #[error("nobody knows whether a code was sent")]
    Unknown,
}

impl SendFailure {
    /// Whether this call certainly made no code travel: true but for [`SendFailure::Unknown`].
    pub const fn certainly_not_sent(&self) -> bool {
        match self {
            Self::BadDestination
            | Self::Blocked
            | Self::SendsExhausted
            | Self::Throttled { .. }
            | Self::Configuration
            | Self::NotSent => true,
            Self::Unknown => false,
        }
    }

    /// A stable name, for logs and metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::BadDestination => "bad_destination",
            Self::Blocked => "blocked",
            Self::SendsExhausted => "sends_exhausted",
            Self::Throttled { .. } => "throttled",
            Self::Configuration => "configuration",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
        }
    }
}

/// What the provider says about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The code is right. It is used up by this very answer.
    Approved,
    /// The code is wrong, and cost one of the provider's tries unless it is none at all in the provider's eyes.
    Wrong,
    /// Expired, used, cancelled or never started: the provider does not say which.
    NoLiveVerification,
    /// Too many wrong codes: even the right one is refused until the verification's time is over.
    ChecksExhausted,
}

impl Verdict {
    /// A stable name, for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Wrong => "wrong",
            Self::NoLiveVerification => "no_live_verification",
            Self::ChecksExhausted => "checks_exhausted",
        }
    }
}

/// Why a check or a cancellation told us nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckFailure {
    /// Not processed: the provider wants a pause.
    #[error("the provider asks to wait")]
    Throttled { retry_after: Option<Duration> },
    /// Credentials, service or parameters are wrong: a matter for the operator.
    #[error("the provider refuses how it is called")]
    Configuration,
    /// Certainly not processed: the provider could not be reached.
    #[error("the provider could not be reached")]
    Unavailable,
    /// The request left and no answer can be relied upon. A check may have used the code up: do not repeat
    /// it, let the person have a new code (PRV-04).
    #[error("nobody knows what the provider made of it")]
    Unknown,
}

impl CheckFailure {
    /// A stable name, for logs and metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Throttled { .. } => "throttled",
            Self::Configuration => "configuration",
            Self::Unavailable => "unavailable",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unknown_outcome_may_have_sent_a_code() {
        let certain = [
            SendFailure::BadDestination,
            SendFailure::Blocked,
            SendFailure::SendsExhausted,
            SendFailure::Throttled { retry_after: None },
            SendFailure::Configuration,
            SendFailure::NotSent,
        ];
        assert!(certain.iter().all(SendFailure::certainly_not_sent));
        assert!(!SendFailure::Unknown.certainly_not_sent());
    }
}
