use serde::{Deserialize, Serialize};

/// A second factor a person can choose when signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Sms,
    Totp,
}

impl Method {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Totp => "totp",
        }
    }

    /// `None` for anything that is not a method's stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sms, Self::Totp]
            .into_iter()
            .find(|method| method.as_str() == name)
    }

    /// The label of the choice (product.md, section 3).
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sms => "Text message (SMS)",
            Self::Totp => "Authenticator app (TOTP)",
        }
    }
}

/// How the provider carries a code to a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Sms,
    Call,
}
