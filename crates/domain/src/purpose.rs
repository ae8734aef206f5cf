use serde::{Deserialize, Serialize};

/// What a verification is for. A flow of one purpose never serves another (SM-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Registration,
    SignIn,
    SetUp,
    PhoneChange,
    /// Confirming it is still the same person, before something sensitive (PHN-01).
    StepUp,
    Payment,
}

impl Purpose {
    pub const ALL: [Self; 6] = [
        Self::Registration,
        Self::SignIn,
        Self::SetUp,
        Self::PhoneChange,
        Self::StepUp,
        Self::Payment,
    ];

    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::SignIn => "sign_in",
            Self::SetUp => "set_up",
            Self::PhoneChange => "phone_change",
            Self::StepUp => "step_up",
            Self::Payment => "payment",
        }
    }

    /// Whether its flows live within a session and end with it.
    pub const fn needs_session(self) -> bool {
        match self {
            Self::PhoneChange | Self::StepUp | Self::Payment => true,
            Self::Registration | Self::SignIn | Self::SetUp => false,
        }
    }

    /// `None` for anything that is not a purpose's stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == name)
    }
}
