use serde::{Deserialize, Serialize};

use crate::delivery::Delivery;

/// An event that the server sends to an open code entry. It contains nothing that a reload of the page would not
/// show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum LiveStatus {
    Sent,
    Delivered,
    /// The message could not be delivered. A voice call may work.
    Undelivered,
    /// The code has expired. The user can request another.
    Expired,
    /// The correct code was entered, perhaps in another tab.
    Completed,
    /// The flow ended without a correct code.
    Ended,
}

impl LiveStatus {
    /// Whether this is the last event of a stream.
    pub const fn is_last(self) -> bool {
        matches!(self, Self::Completed | Self::Ended)
    }
}

impl From<Delivery> for LiveStatus {
    fn from(delivery: Delivery) -> Self {
        match delivery {
            Delivery::Sent => Self::Sent,
            Delivery::Undelivered => Self::Undelivered,
            Delivery::Delivered => Self::Delivered,
        }
    }
}
