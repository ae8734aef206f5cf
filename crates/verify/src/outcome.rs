//! The results of provider calls, in terms that hold for every provider (`docs/verify-contract.md#section-4`).

use std::time::Duration;

use crate::identifiers::{ServiceId, VerificationId};
use domain::Channel;

/// Result of a successful send: the provider has accepted the request to send a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub verification: VerificationId,
    pub service: ServiceId,
    /// The channel over which the provider says that it sends the code.
    pub channel: Channel,
}

/// Reason why a code was not sent, or may not have been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendFailure {
    /// The number does not exist or cannot receive codes on this channel. The user should correct it.
    #[error("the phone number cannot receive codes")]
    BadDestination,
    /// The provider blocks the number for fraud or geography. Do not show this reason: it would help an attacker.
    #[error("the phone provider blocks messages to this number")]
    Blocked,
    /// The provider sends no further code to this number until the verification ends or is cancelled. Earlier codes
    /// still work.
    #[error("the phone provider sends no further code to this number for now")]
    SendsExhausted,
    /// The provider did not process the request because of a rate limit.
    #[error("the phone provider refused the request because of a rate limit")]
    Throttled { retry_after: Option<Duration> },
    /// Credentials, service or parameters are wrong. The operator must correct them; a retry does not help.
    #[error(
        "the phone provider rejected the request: credentials, service ID or parameters are wrong"
    )]
    Configuration,
    /// No byte of the request was written: DNS, the connection or TLS failed.
    #[error("the phone provider could not be reached")]
    NotSent,
    /// The request was sent but got no usable response, so a code may arrive. Do not send again unless the user asks.
    #[error("the phone provider gave no usable response, so a code may have been sent")]
    Unknown,
}

impl SendFailure {
    /// Returns whether it is certain that no code was sent: for every failure except [`SendFailure::Unknown`].
    pub const fn is_certainly_not_sent(&self) -> bool {
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

    /// Returns the stable name of this failure for logs and metrics.
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

/// Provider's verdict on a code that the user entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The code is correct. The provider accepts it only once.
    Approved,
    /// The code is wrong. The provider counts an attempt, except for text that is not a code by its rules.
    Wrong,
    /// The response contradicts itself: its status means a wrong code, and its legacy field `valid` is true. The code
    /// counts as wrong, and a later check of the same code may approve it.
    Contradictory,
    /// The verification has expired, was used or cancelled, or never existed. The provider does not say which.
    NoLiveVerification,
    /// Too many wrong codes were entered: the provider rejects even the correct code until the verification expires.
    ChecksExhausted,
}

impl Verdict {
    /// Returns the stable name of this verdict for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Wrong => "wrong",
            Self::Contradictory => "contradictory",
            Self::NoLiveVerification => "no_live_verification",
            Self::ChecksExhausted => "checks_exhausted",
        }
    }
}

/// Reason why a check of a code, or a cancellation, has no known result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckFailure {
    /// The provider did not process the request because of a rate limit.
    #[error("the phone provider refused the request because of a rate limit")]
    Throttled { retry_after: Option<Duration> },
    /// Credentials, service or parameters are wrong. The operator must correct them.
    #[error(
        "the phone provider rejected the request: credentials, service ID or parameters are wrong"
    )]
    Configuration,
    /// The provider could not be reached, so it did not process the request.
    #[error("the phone provider could not be reached")]
    Unavailable,
    /// The request was sent but got no usable response. The provider may have accepted the code already, and
    /// accepts it only once: do not repeat the check, offer the user a new code.
    #[error("the phone provider gave no usable response, so it may have processed the request")]
    Unknown,
}

impl CheckFailure {
    /// Returns the stable name of this failure for logs and metrics.
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
    fn only_a_send_failure_of_unknown_outcome_may_have_sent_a_code() {
        let certain = [
            SendFailure::BadDestination,
            SendFailure::Blocked,
            SendFailure::SendsExhausted,
            SendFailure::Throttled { retry_after: None },
            SendFailure::Configuration,
            SendFailure::NotSent,
        ];
        assert!(certain.iter().all(SendFailure::is_certainly_not_sent));
        assert!(!SendFailure::Unknown.is_certainly_not_sent());
    }
}
