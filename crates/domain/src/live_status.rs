use serde::{Deserialize, Serialize};

use super::Delivery;

/// What an open code entry is told by itself (security.md, A14). It only ever saves a person a
/// reload: everything it says, the page says as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum LiveStatus {
    Sent,
    Delivered,
    /// The message will not arrive; a call may.
    Undelivered,
    /// The code has run out; another may be asked for.
    Expired,
    /// The code was entered, perhaps in another tab.
    Completed,
    /// The flow is over without it.
    Ended,
}

impl LiveStatus {
    /// Whether nothing follows.
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
