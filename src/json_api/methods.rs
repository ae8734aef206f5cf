//! The second factors by the names callers use. A phone has two: its code comes as a text message
//! or in a voice call.

use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Failure;
use domain::{Channel, Field, Method, MethodOption, Problem};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// A code by text message.
    Sms,
    /// A code read out in a voice call.
    Call,
    /// What an authenticator app shows.
    Totp,
    /// One of the codes kept for the day the phone is lost.
    RecoveryCode,
}

impl Choice {
    const ALL: [Self; 4] = [Self::Sms, Self::Call, Self::Totp, Self::RecoveryCode];

    /// What a call names; a text message where it names nothing.
    pub fn read(given: Option<&str>) -> Result<Self, Failure> {
        match given {
            None => Ok(Self::Sms),
            Some("voice") => Ok(Self::Call),
            Some(name) => Self::ALL
                .into_iter()
                .find(|choice| choice.name() == name)
                .ok_or_else(|| Failure::about(Field::Method, Problem::MethodUnavailable)),
        }
    }

    /// The same for a call that only sends messages.
    pub fn channel(given: Option<&str>) -> Result<Channel, Failure> {
        match Self::read(given)? {
            Self::Sms => Ok(Channel::Sms),
            Self::Call => Ok(Channel::Call),
            Self::Totp | Self::RecoveryCode => {
                Err(Failure::about(Field::Method, Problem::MethodUnavailable))
            }
        }
    }

    /// The same for a payment: recovery codes are for getting in.
    pub fn for_payments(given: Option<&str>) -> Result<Self, Failure> {
        match Self::read(given)? {
            Self::RecoveryCode => Err(Failure::about(Field::Method, Problem::MethodUnavailable)),
            choice => Ok(choice),
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
        }
    }

    /// As the flows have it.
    pub const fn parts(self) -> (Method, Channel) {
        match self {
            Self::Sms => (Method::Sms, Channel::Sms),
            Self::Call => (Method::Sms, Channel::Call),
            Self::Totp => (Method::Totp, Channel::Sms),
            Self::RecoveryCode => (Method::Recovery, Channel::Sms),
        }
    }

    const fn of(method: Method) -> &'static [Self] {
        match method {
            Method::Sms => &[Self::Sms, Self::Call],
            Method::Totp => &[Self::Totp],
            Method::Recovery => &[Self::RecoveryCode],
        }
    }
}

/// Those that can be used now, the one to be offered first at the front.
pub fn usable(options: &[MethodOption]) -> Vec<Choice> {
    let enrolled = options.iter().filter(|option| option.enrolled);
    enrolled
        .flat_map(|option| Choice::of(option.method))
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_as_its_method_and_nothing_else_is() {
        for choice in Choice::ALL {
            assert_eq!(Choice::read(Some(choice.name())).ok(), Some(choice));
            let written = serde_json::to_value(choice).expect("JSON");
            assert_eq!(written, choice.name());
        }
        assert_eq!(Choice::read(None).ok(), Some(Choice::Sms));
        assert_eq!(Choice::read(Some("voice")).ok(), Some(Choice::Call));
        for odd in ["", "SMS", "recovery", "sms,totp", "email", "sms\0"] {
            assert!(Choice::read(Some(odd)).is_err(), "{odd}");
        }
        assert!(Choice::channel(Some("totp")).is_err());
        assert!(Choice::for_payments(Some("recovery_code")).is_err());
        assert_eq!(Choice::for_payments(None).ok(), Some(Choice::Sms));
    }
}
