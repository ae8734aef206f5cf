use serde::{Deserialize, Serialize};

/// Delivery status of a message with a one-time code, as reported by the provider.
///
/// A status replaces only statuses that are declared above it. `Undelivered` is not final, because another message with
/// the same code may still arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    Sent,
    Undelivered,
    Delivered,
}

impl Delivery {
    pub const ALL: [Self; 3] = [Self::Sent, Self::Undelivered, Self::Delivered];

    /// Returns the name of the delivery status in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Undelivered => "undelivered",
            Self::Delivered => "delivered",
        }
    }

    /// Parses the name of a delivery status in the database.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|delivery| delivery.as_str() == name)
    }
}
