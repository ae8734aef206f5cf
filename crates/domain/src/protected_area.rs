use serde::{Deserialize, Serialize};

use crate::routes;

/// What only a person who has just proven to be the same may touch (PHN-01, TOTP-07).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProtectedArea {
    Phone,
    Authenticator,
    RecoveryCodes,
}

impl ProtectedArea {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Authenticator => "authenticator",
            Self::RecoveryCodes => "recovery_codes",
        }
    }

    /// `None` for anything that is not an area's name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Phone, Self::Authenticator, Self::RecoveryCodes]
            .into_iter()
            .find(|area| area.as_str() == name)
    }

    /// Its page.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Phone => routes::PROFILE_PHONE,
            Self::Authenticator => routes::PROFILE_AUTHENTICATOR,
            Self::RecoveryCodes => routes::PROFILE_RECOVERY_CODES,
        }
    }
}
