use serde::{Deserialize, Serialize};

use crate::routes;

/// Settings that require a step-up: the user must have confirmed password and second factor recently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProtectedArea {
    Phone,
    Authenticator,
    RecoveryCodes,
    Password,
}

impl ProtectedArea {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Authenticator => "authenticator",
            Self::RecoveryCodes => "recovery_codes",
            Self::Password => "password",
        }
    }

    /// `None` if `name` is not the name of an area.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Phone,
            Self::Authenticator,
            Self::RecoveryCodes,
            Self::Password,
        ]
        .into_iter()
        .find(|area| area.as_str() == name)
    }

    /// The path of the settings page.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Phone => routes::PROFILE_PHONE,
            Self::Authenticator => routes::PROFILE_AUTHENTICATOR,
            Self::RecoveryCodes => routes::PROFILE_RECOVERY_CODES,
            Self::Password => routes::PROFILE_PASSWORD,
        }
    }
}
