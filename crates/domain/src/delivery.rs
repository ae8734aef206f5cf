use serde::{Deserialize, Serialize};

/// How far a message with a code has come, as its provider tells.
///
/// In this order: what was undelivered may still arrive, by another of the messages that carry the same code, and
/// what was delivered stays delivered (HOOK-03).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    Sent,
    Undelivered,
    Delivered,
}

impl Delivery {
    pub const ALL: [Self; 3] = [Self::Sent, Self::Undelivered, Self::Delivered];

    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Undelivered => "undelivered",
            Self::Delivered => "delivered",
        }
    }

    /// `None` for anything that is not a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|delivery| delivery.as_str() == name)
    }
}
