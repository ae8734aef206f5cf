//! The form in which the outbox stores a notification.

use serde::{Deserialize, Serialize};

use crate::store::StoreError;
use domain::{Language, Notification};

/// A notification as stored in the outbox, with the language of the recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredNotification {
    #[serde(default)]
    pub language: Language,
    #[serde(flatten)]
    pub notification: Notification,
}

impl StoredNotification {
    /// Serialises the notification as JSON for the outbox.
    pub fn to_json(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|_| INVALID_NOTIFICATION)
    }

    /// Parses a notification from the JSON of an outbox row. Fails if an incompatible version has written it.
    pub fn from_json(notification_json: &str) -> Result<Self, StoreError> {
        serde_json::from_str(notification_json).map_err(|_| INVALID_NOTIFICATION)
    }
}

const INVALID_NOTIFICATION: StoreError = StoreError::Inconsistent {
    table: "outbox",
    column: "notice",
};

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Device, PhoneNumber, Timestamp};

    #[test]
    fn stored_notification_is_read_back_unchanged() {
        let number = PhoneNumber::from_e164("+447700906053").expect("valid E.164 number");
        for notification in [
            Notification::RecoveryCodeUsed { left: u32::MAX },
            Notification::PhoneChanged {
                phone: number.masked_hint(),
                undo: Some(domain::ChangeId::from_bits(1)),
            },
            Notification::FactorHeld,
            Notification::NewDeviceSignIn {
                device: Device::from_stored("Firefox on Linux"),
                at: Timestamp::from_millis(1_798_725_959_000),
            },
        ] {
            let stored = StoredNotification {
                language: Language::German,
                notification,
            };
            let text = stored.to_json().expect("value is serialised");
            let read = StoredNotification::from_json(&text);
            assert_eq!(read.expect("valid stored value"), stored);
        }
        assert!(StoredNotification::from_json("{\"notice\":\"unknown\"}").is_err());
    }

    #[test]
    fn notification_without_a_language_is_in_english() {
        let stored = StoredNotification::from_json("{\"notice\":\"factor_held\"}");
        assert_eq!(
            stored.expect("valid stored notification").language,
            Language::English
        );
    }
}
