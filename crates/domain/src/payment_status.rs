use serde::{Deserialize, Serialize};

/// Status of a payment, as the payer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The payment waits for its code or its confirmation.
    Pending,
    /// The payment is confirmed; the payment service has not reported the result yet.
    Processing,
    Completed,
    Failed,
    /// The user did not confirm the payment in time.
    Expired,
}

impl PaymentStatus {
    /// All payment statuses.
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Processing,
        Self::Completed,
        Self::Failed,
        Self::Expired,
    ];

    /// Returns the name of the payment status in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    /// Parses the name of a payment status in the database.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// Reason why a payment failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentFailure {
    /// The code of the payment could not be sent.
    NotSent,
    /// The user entered too many wrong codes.
    Exhausted,
    Cancelled,
    /// The payer started another payment instead.
    Superseded,
    /// The phone number or the account changed before the confirmation.
    Voided,
    /// The payment service declined the payment.
    Declined,
}

impl PaymentFailure {
    /// All failure reasons.
    pub const ALL: [Self; 6] = [
        Self::NotSent,
        Self::Exhausted,
        Self::Cancelled,
        Self::Superseded,
        Self::Voided,
        Self::Declined,
    ];

    /// Returns the name of the failure reason in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Exhausted => "exhausted",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
            Self::Voided => "voided",
            Self::Declined => "declined",
        }
    }

    /// Parses the name of a failure reason in the database.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|failure| failure.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_payment_status_and_failure_names_are_read_back() {
        for status in PaymentStatus::ALL {
            assert_eq!(PaymentStatus::from_name(status.as_str()), Some(status));
        }
        for failure in PaymentFailure::ALL {
            assert_eq!(PaymentFailure::from_name(failure.as_str()), Some(failure));
        }
        assert_eq!(PaymentStatus::from_name("Completed"), None);
        assert_eq!(PaymentFailure::from_name(""), None);
    }
}
