use serde::{Deserialize, Serialize};

/// A verification method that a user can choose for the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Sms,
    Totp,
    /// A recovery code, for users without access to their phone.
    Recovery,
}

impl Method {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Totp => "totp",
            Self::Recovery => "recovery",
        }
    }

    /// `None` if `name` is not the stored name of a method.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sms, Self::Totp, Self::Recovery]
            .into_iter()
            .find(|method| method.as_str() == name)
    }
}

/// How the provider delivers a code to a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Sms,
    Call,
}

impl Channel {
    /// `None` if `name` is not the name of a channel.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "sms" => Some(Self::Sms),
            "call" => Some(Self::Call),
            _ => None,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
        }
    }
}
