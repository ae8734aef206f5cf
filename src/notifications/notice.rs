use serde::{Deserialize, Serialize};

use crate::store::StoreError;
use domain::{Language, Notification};

/// A notice on its way, and the language its reader was last known to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    #[serde(default)]
    pub language: Language,
    #[serde(flatten)]
    pub notice: Notification,
}

impl Told {
    /// As the outbox keeps it.
    pub fn stored(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|_| odd())
    }

    /// As the outbox gave it back.
    pub fn from_stored(text: &str) -> Result<Self, StoreError> {
        serde_json::from_str(text).map_err(|_| odd())
    }
}

const fn odd() -> StoreError {
    StoreError::Inconsistent {
        table: "outbox",
        column: "notice",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::PhoneNumber;

    #[test]
    fn a_stored_notice_comes_back_as_it_was() {
        let number = PhoneNumber::from_e164("+447700906053").expect("E.164");
        for notice in [
            Notification::RecoveryCodeUsed { left: u32::MAX },
            Notification::PhoneChanged {
                phone: number.hint(),
            },
            Notification::FactorHeld,
        ] {
            let told = Told {
                language: Language::German,
                notice,
            };
            let text = told.stored().expect("serialises");
            assert_eq!(Told::from_stored(&text).expect("as stored"), told);
        }
        assert!(Told::from_stored("{\"notice\":\"unheard_of\"}").is_err());
    }

    #[test]
    fn a_notice_without_a_language_is_in_english() {
        let told = Told::from_stored("{\"notice\":\"factor_held\"}").expect("a notice");
        assert_eq!(told.language, Language::English);
    }
}
