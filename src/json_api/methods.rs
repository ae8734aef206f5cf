//! The names of the second factors in the JSON API. A phone has two names, because its code is sent by text message
//! or voice call.

use serde::Serialize;
use utoipa::ToSchema;

use super::api_error::ApiError;
use domain::{Channel, Field, Method, MethodOption, Problem};

/// Name of a second factor in the JSON API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Choice)]
#[serde(rename_all = "snake_case")]
pub enum MethodName {
    /// A code by text message.
    Sms,
    /// A code by voice call.
    Call,
    /// A code of an authenticator app.
    Totp,
    /// A recovery code.
    RecoveryCode,
}

impl MethodName {
    const ALL: [Self; 4] = [Self::Sms, Self::Call, Self::Totp, Self::RecoveryCode];

    /// Parses the request member `method`, which defaults to `sms`.
    pub fn parse_method(requested_method: Option<&str>) -> Result<Self, ApiError> {
        match requested_method {
            None => Ok(Self::Sms),
            Some("voice") => Ok(Self::Call),
            Some(name) => Self::ALL
                .into_iter()
                .find(|method_name| method_name.name_in_json() == name)
                .ok_or_else(|| {
                    ApiError::from_field_problem(Field::Method, Problem::MethodUnavailable)
                }),
        }
    }

    /// Parses the request member `method` where only `sms` and `call` are permitted.
    pub fn parse_phone_channel(requested_method: Option<&str>) -> Result<Channel, ApiError> {
        match Self::parse_method(requested_method)? {
            Self::Sms => Ok(Channel::Sms),
            Self::Call => Ok(Channel::Call),
            Self::Totp | Self::RecoveryCode => Err(ApiError::from_field_problem(
                Field::Method,
                Problem::MethodUnavailable,
            )),
        }
    }

    /// Parses the request member `method` of a payment, where recovery codes are not permitted.
    pub fn parse_verification_method_for_payment(
        requested_method: Option<&str>,
    ) -> Result<Self, ApiError> {
        match Self::parse_method(requested_method)? {
            Self::RecoveryCode => Err(ApiError::from_field_problem(
                Field::Method,
                Problem::MethodUnavailable,
            )),
            method_name => Ok(method_name),
        }
    }

    /// Returns the name as it appears in JSON.
    pub const fn name_in_json(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
        }
    }

    /// Converts the API name to the method of the second factor and the channel of its message.
    pub const fn method_and_channel(self) -> (Method, Channel) {
        match self {
            Self::Sms => (Method::Sms, Channel::Sms),
            Self::Call => (Method::Sms, Channel::Call),
            Self::Totp => (Method::Totp, Channel::Sms),
            Self::RecoveryCode => (Method::Recovery, Channel::Sms),
        }
    }

    /// Returns the API names of a method. Codes by phone have two, one for each channel.
    const fn api_names_of_method(method: Method) -> &'static [Self] {
        match method {
            Method::Sms => &[Self::Sms, Self::Call],
            Method::Totp => &[Self::Totp],
            Method::Recovery => &[Self::RecoveryCode],
        }
    }
}

/// Returns the API names of the methods that the account has enrolled, in the order of `options`.
pub fn list_enrolled_method_names(options: &[MethodOption]) -> Vec<MethodName> {
    let enrolled = options.iter().filter(|option| option.enrolled);
    enrolled
        .flat_map(|option| MethodName::api_names_of_method(option.method))
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_name_is_parsed_and_other_names_are_rejected() {
        for method_name in MethodName::ALL {
            assert_eq!(
                MethodName::parse_method(Some(method_name.name_in_json())).ok(),
                Some(method_name)
            );
            let written = serde_json::to_value(method_name).expect("value is serialised");
            assert_eq!(written, method_name.name_in_json());
        }
        assert_eq!(MethodName::parse_method(None).ok(), Some(MethodName::Sms));
        assert_eq!(
            MethodName::parse_method(Some("voice")).ok(),
            Some(MethodName::Call)
        );
        for unknown in ["", "SMS", "recovery", "sms,totp", "email", "sms\0"] {
            assert!(
                MethodName::parse_method(Some(unknown)).is_err(),
                "{unknown}"
            );
        }
        assert!(MethodName::parse_phone_channel(Some("totp")).is_err());
        assert!(MethodName::parse_verification_method_for_payment(Some("recovery_code")).is_err());
        assert_eq!(
            MethodName::parse_verification_method_for_payment(None).ok(),
            Some(MethodName::Sms)
        );
    }
}
