use serde::{Deserialize, Serialize};

/// Second factor that a user can choose: SMS, authenticator app or recovery code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Sms,
    Totp,
    /// A recovery code, for users without access to their phone.
    Recovery,
}

impl Method {
    /// Returns the name of the method in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Totp => "totp",
            Self::Recovery => "recovery",
        }
    }

    /// Parses the name of a verification method, as stored in the database: `sms`, `totp` or `recovery`.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sms, Self::Totp, Self::Recovery]
            .into_iter()
            .find(|method| method.as_str() == name)
    }
}

/// Channel that delivers a one-time code to a phone: text message or voice call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Sms,
    Call,
}

impl Channel {
    /// Parses the name of a channel.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "sms" => Some(Self::Sms),
            "call" => Some(Self::Call),
            _ => None,
        }
    }

    /// Returns the name of the channel in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
        }
    }
}
