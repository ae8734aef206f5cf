use serde::{Deserialize, Serialize};

/// The delivery status of the messages with a code, as the provider reports it.
///
/// A later variant replaces an earlier one, never the other way around. After `Undelivered`, another message with the
/// same code may still arrive. `Delivered` is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    Sent,
    Undelivered,
    Delivered,
}

impl Delivery {
    pub const ALL: [Self; 3] = [Self::Sent, Self::Undelivered, Self::Delivered];

    /// Returns the name of the status in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Undelivered => "undelivered",
            Self::Delivered => "delivered",
        }
    }

    /// Finds the status with this name in the database; `None` if there is none.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|delivery| delivery.as_str() == name)
    }
}
