use serde::{Deserialize, Serialize};

use crate::delivery::Delivery;

/// Status of a sent code, which the open code entry form receives as a server-sent event.
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
    /// Parses the name of a status in a server-sent event.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "sent" => Some(Self::Sent),
            "delivered" => Some(Self::Delivered),
            "undelivered" => Some(Self::Undelivered),
            "expired" => Some(Self::Expired),
            "completed" => Some(Self::Completed),
            "ended" => Some(Self::Ended),
            _ => None,
        }
    }

    /// Returns whether the server closes the event stream after this status.
    pub const fn is_last_in_event_stream(self) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_status_is_parsed_from_its_name() {
        for status in [
            LiveStatus::Sent,
            LiveStatus::Delivered,
            LiveStatus::Undelivered,
            LiveStatus::Expired,
            LiveStatus::Completed,
            LiveStatus::Ended,
        ] {
            let event = serde_json::to_value(status).expect("a status is JSON");
            let name = event["status"].as_str().expect("the status has a name");
            assert_eq!(LiveStatus::from_name(name), Some(status));
        }
    }
}
