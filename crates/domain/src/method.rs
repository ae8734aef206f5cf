use serde::{Deserialize, Serialize};

/// A verification method that a user can choose as the second factor.
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

    /// Finds the method with this name in the database; `None` if there is none.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sms, Self::Totp, Self::Recovery]
            .into_iter()
            .find(|method| method.as_str() == name)
    }
}

/// The channel by which a code reaches a phone: text message or voice call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Sms,
    Call,
}

impl Channel {
    /// Finds the channel with this name; `None` if there is none.
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
