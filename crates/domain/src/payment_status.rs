use serde::{Deserialize, Serialize};

/// The status of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Waiting for its code.
    Pending,
    /// Confirmed; the payment service has not reported the result yet.
    Processing,
    Completed,
    Failed,
    /// Not confirmed in time.
    Expired,
}

impl PaymentStatus {
    const ALL: [Self; 5] = [
        Self::Pending,
        Self::Processing,
        Self::Completed,
        Self::Failed,
        Self::Expired,
    ];

    /// The name in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    /// `None` if `name` is not the stored name of a status.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// Why a payment failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentFailure {
    /// Its code could not be sent.
    NotSent,
    /// Too many wrong codes.
    Exhausted,
    Cancelled,
    /// The payer started another payment instead.
    Superseded,
    /// The phone number or the account changed before the confirmation.
    Voided,
    /// The payment service declined it.
    Declined,
}

impl PaymentFailure {
    const ALL: [Self; 6] = [
        Self::NotSent,
        Self::Exhausted,
        Self::Cancelled,
        Self::Superseded,
        Self::Voided,
        Self::Declined,
    ];

    /// The name in the database.
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

    /// `None` if `name` is not the stored name of a failure.
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
    fn stored_names_are_read_back() {
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
