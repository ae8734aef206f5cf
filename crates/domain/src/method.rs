use serde::{Deserialize, Serialize};

/// A second factor a person can choose, when signing in or to confirm it is them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Sms,
    Totp,
    /// One of the codes kept for the day the phone is lost.
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

    /// `None` for anything that is not a method's stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sms, Self::Totp, Self::Recovery]
            .into_iter()
            .find(|method| method.as_str() == name)
    }
}

/// How the provider carries a code to a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Sms,
    Call,
}

impl Channel {
    /// `None` for anything that is not a channel's name.
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
