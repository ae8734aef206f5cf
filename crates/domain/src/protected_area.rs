use serde::{Deserialize, Serialize};

use crate::routes;

/// Area of the account settings that opens only after step-up authentication.
///
/// The user must have confirmed password and second factor recently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProtectedArea {
    Phone,
    Authenticator,
    RecoveryCodes,
    Password,
    Email,
    Name,
    Export,
    Deletion,
}

impl ProtectedArea {
    /// Returns the name of the settings area in URLs and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Authenticator => "authenticator",
            Self::RecoveryCodes => "recovery_codes",
            Self::Password => "password",
            Self::Email => "email",
            Self::Name => "name",
            Self::Export => "export",
            Self::Deletion => "deletion",
        }
    }

    /// Returns the path of the settings page of this area.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Phone => routes::PROFILE_PHONE,
            Self::Authenticator => routes::PROFILE_AUTHENTICATOR,
            Self::RecoveryCodes => routes::PROFILE_RECOVERY_CODES,
            Self::Password => routes::PROFILE_PASSWORD,
            Self::Email => routes::PROFILE_EMAIL,
            Self::Name => routes::PROFILE_NAME,
            Self::Export => routes::PROFILE_EXPORT,
            Self::Deletion => routes::PROFILE_DELETE,
        }
    }
}
