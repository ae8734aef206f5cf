use serde::{Deserialize, Serialize};

/// Purpose of a verification. A code for one purpose is never accepted for another (`docs/security.md#sm-04`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Registration,
    SignIn,
    SetUp,
    PhoneChange,
    /// The user confirms password and second factor before a sensitive action.
    StepUp,
    Payment,
    /// The user sets a new password after opening the link in a mail.
    PasswordReset,
}

impl Purpose {
    pub const ALL: [Self; 7] = [
        Self::Registration,
        Self::SignIn,
        Self::SetUp,
        Self::PhoneChange,
        Self::StepUp,
        Self::Payment,
        Self::PasswordReset,
    ];

    /// Returns the name of the purpose in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::SignIn => "sign_in",
            Self::SetUp => "set_up",
            Self::PhoneChange => "phone_change",
            Self::StepUp => "step_up",
            Self::Payment => "payment",
            Self::PasswordReset => "password_reset",
        }
    }

    /// Returns whether a verification flow with this purpose belongs to a session and ends with the session.
    pub const fn is_flow_bound_to_session(self) -> bool {
        match self {
            Self::PhoneChange | Self::StepUp | Self::Payment => true,
            Self::Registration | Self::SignIn | Self::SetUp | Self::PasswordReset => false,
        }
    }

    /// Parses the name of a purpose in the database.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == name)
    }
}
