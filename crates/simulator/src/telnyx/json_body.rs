//! Parses and validates the JSON bodies of Telnyx requests.

use serde_json::{Map, Value};

use super::errors::TelnyxError;
use super::verification::MessageType;
use crate::codes::is_e164_phone_number;
use crate::identifiers::is_uuid;

/// JSON object in the body of a Telnyx request. It has no members if the body is not a JSON object.
#[derive(Clone, Debug, Default)]
pub(crate) struct JsonBody {
    members: Map<String, Value>,
    /// Whether the content type is JSON and the body is a JSON object.
    is_object: bool,
}

/// Validated parameters of a Telnyx request that creates a verification.
#[derive(Clone, Debug)]
pub(crate) struct TelnyxCreate<'a> {
    pub(crate) phone_number: &'a str,
    pub(crate) profile: &'a str,
    pub(crate) timeout_secs: Option<u32>,
    pub(crate) custom_code: Option<&'a str>,
    pub(crate) extension: Option<&'a str>,
}

/// Input of a Telnyx code check: the entered code, or the verdict of the application.
///
/// The application gives a verdict on a code that it has chosen itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CheckInput<'a> {
    Code(&'a str),
    /// The application compared its custom code and reports whether the user entered it.
    Reported(bool),
}

impl JsonBody {
    /// Parses a request body with this `Content-Type`.
    pub(crate) fn parse_request_body(content_type: Option<&str>, bytes: &[u8]) -> Self {
        let media = content_type.and_then(|value| value.split(';').next());
        let is_json =
            media.is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"));
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(members)) if is_json => Self {
                members,
                is_object: true,
            },
            _ => Self::default(),
        }
    }

    /// Returns the request body as JSON, which the simulator records with the call.
    pub(crate) fn to_json_for_ledger(&self) -> Value {
        Value::Object(self.members.clone())
    }

    /// Fails with a Telnyx error if the request body is not a JSON object.
    pub(crate) fn require_json_object(&self) -> Result<(), TelnyxError> {
        if self.is_object {
            Ok(())
        } else {
            Err(TelnyxError::from_error_code(10015))
        }
    }

    /// Validates a request that creates a verification: phone number, then Verify profile, then other members.
    pub(crate) fn validate_verification_creation(
        &self,
        kind: MessageType,
    ) -> Result<TelnyxCreate<'_>, TelnyxError> {
        let phone_number = self.required_text_member("phone_number")?;
        if !is_e164_phone_number(phone_number) {
            return Err(TelnyxError::from_error_code(10016).with_json_pointer("/phone_number"));
        }
        Ok(TelnyxCreate {
            phone_number,
            profile: self.require_verify_profile_id()?,
            timeout_secs: self.parse_timeout_secs()?,
            custom_code: match kind {
                MessageType::Sms | MessageType::Call | MessageType::Whatsapp => {
                    self.parse_custom_one_time_code()?
                }
                MessageType::Flashcall => None,
            },
            extension: match kind {
                MessageType::Call => self.parse_phone_extension()?,
                MessageType::Sms | MessageType::Flashcall | MessageType::Whatsapp => None,
            },
        })
    }

    /// Returns the required id of the Telnyx Verify profile.
    pub(crate) fn require_verify_profile_id(&self) -> Result<&str, TelnyxError> {
        let profile = self.required_text_member("verify_profile_id")?;
        if is_uuid(profile) {
            Ok(profile)
        } else {
            Err(TelnyxError::from_error_code(10015).with_json_pointer("/verify_profile_id"))
        }
    }

    /// Parses the entered code, or the application's verdict on a code that the application has chosen.
    ///
    /// A verdict is ignored unless the check names a verification id.
    pub(crate) fn parse_input_of_code_check(
        &self,
        names_verification_id: bool,
    ) -> Result<CheckInput<'_>, TelnyxError> {
        let status = self
            .find_text_member("status")?
            .filter(|_| names_verification_id);
        match (self.find_text_member("code")?, status) {
            (Some(code), _) => Ok(CheckInput::Code(code)),
            (None, Some("accepted")) => Ok(CheckInput::Reported(true)),
            (None, Some("rejected")) => Ok(CheckInput::Reported(false)),
            (None, Some(_)) => {
                Err(TelnyxError::from_error_code(10015).with_json_pointer("/status"))
            }
            (None, None) => Err(TelnyxError::from_error_code(10004).with_json_pointer("/code")),
        }
    }

    /// Returns the string member `name`, which is required.
    fn required_text_member(&self, name: &'static str) -> Result<&str, TelnyxError> {
        let missing = || TelnyxError::from_error_code(10004).with_json_pointer(format!("/{name}"));
        self.find_text_member(name)?.ok_or_else(missing)
    }

    /// Returns the string member `name`. Null counts as absent.
    fn find_text_member(&self, name: &'static str) -> Result<Option<&str>, TelnyxError> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => {
                Err(TelnyxError::from_error_code(10027).with_json_pointer(format!("/{name}")))
            }
        }
    }

    /// Parses the lifetime of the verification in seconds: 1 second to 1 day. Telnyx documents no range.
    fn parse_timeout_secs(&self) -> Result<Option<u32>, TelnyxError> {
        let wrong = || TelnyxError::from_error_code(10027).with_json_pointer("/timeout_secs");
        match self.members.get("timeout_secs") {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let secs = value.as_u64().filter(|secs| (1..=86_400).contains(secs));
                let secs = secs.and_then(|secs| u32::try_from(secs).ok());
                secs.map(Some).ok_or_else(wrong)
            }
        }
    }

    /// Parses the optional member `custom_code`, a one-time code that the API client has chosen.
    ///
    /// The code has 4 to 10 digits.
    fn parse_custom_one_time_code(&self) -> Result<Option<&str>, TelnyxError> {
        self.validate_json_text_member("custom_code", |code| {
            (4..=10).contains(&code.len()) && code.bytes().all(|digit| digit.is_ascii_digit())
        })
    }

    /// Parses the phone extension: the keys to press after a voice call is answered.
    fn parse_phone_extension(&self) -> Result<Option<&str>, TelnyxError> {
        self.validate_json_text_member("extension", |keys| {
            keys.chars().all(|key| "0123456789ABCD*#wW".contains(key))
        })
    }

    /// Returns the string member `name` if it satisfies `is_valid`, and a Telnyx error otherwise.
    fn validate_json_text_member(
        &self,
        name: &'static str,
        is_valid: impl Fn(&str) -> bool,
    ) -> Result<Option<&str>, TelnyxError> {
        let text = self.find_text_member(name)?;
        if text.is_none_or(is_valid) {
            Ok(text)
        } else {
            Err(TelnyxError::from_error_code(10027).with_json_pointer(format!("/{name}")))
        }
    }
}
