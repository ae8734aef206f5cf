//! Strict reading of the JSON bodies: contract sections 3.2 to 3.4.

use serde_json::{Map, Value};

use super::super::codes::is_e164;
use super::errors::Refusal;
use super::verification::{Kind, is_uuid};

/// The members of a body; empty where there was none, and none at all where it was no JSON object.
#[derive(Clone, Debug, Default)]
pub(super) struct Body {
    members: Map<String, Value>,
    /// False when the content type is another one, or the body is no object.
    is_object: bool,
}

/// A create as it may be acted on.
#[derive(Clone, Debug)]
pub(super) struct Create<'a> {
    pub(super) phone_number: &'a str,
    pub(super) profile: &'a str,
    pub(super) timeout_secs: Option<u32>,
    pub(super) custom_code: Option<&'a str>,
    pub(super) extension: Option<&'a str>,
}

/// What a check brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt<'a> {
    Code(&'a str),
    /// The application compared a code of its own: whether it was right.
    Judged(bool),
}

impl Body {
    pub(super) fn read(kind: Option<&str>, bytes: &[u8]) -> Self {
        let media = kind.and_then(|kind| kind.split(';').next());
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

    pub(super) fn as_json(&self) -> Value {
        Value::Object(self.members.clone())
    }

    /// A form, or anything else that is no JSON object, is a bad request as a whole.
    pub(super) fn refuse_others(&self) -> Result<(), Refusal> {
        if self.is_object {
            Ok(())
        } else {
            Err(Refusal::of(10015))
        }
    }

    /// Number first, profile second, then the rest.
    pub(super) fn create(&self, kind: Kind) -> Result<Create<'_>, Refusal> {
        let phone_number = self.required("phone_number")?;
        if !is_e164(phone_number) {
            return Err(Refusal::of(10016).at("/phone_number"));
        }
        Ok(Create {
            phone_number,
            profile: self.profile()?,
            timeout_secs: self.timeout_secs()?,
            custom_code: match kind {
                Kind::Sms | Kind::Call | Kind::Whatsapp => self.custom_code()?,
                Kind::Flashcall => None,
            },
            extension: match kind {
                Kind::Call => self.extension()?,
                Kind::Sms | Kind::Flashcall | Kind::Whatsapp => None,
            },
        })
    }

    /// A check by number names its profile.
    pub(super) fn profile(&self) -> Result<&str, Refusal> {
        let profile = self.required("verify_profile_id")?;
        if is_uuid(profile) {
            Ok(profile)
        } else {
            Err(Refusal::of(10015).at("/verify_profile_id"))
        }
    }

    /// `by_id` also takes a status, in place of a code.
    pub(super) fn attempt(&self, by_id: bool) -> Result<Attempt<'_>, Refusal> {
        let status = self.text("status")?.filter(|_| by_id);
        match (self.text("code")?, status) {
            (Some(code), _) => Ok(Attempt::Code(code)),
            (None, Some("accepted")) => Ok(Attempt::Judged(true)),
            (None, Some("rejected")) => Ok(Attempt::Judged(false)),
            (None, Some(_)) => Err(Refusal::of(10015).at("/status")),
            (None, None) => Err(Refusal::of(10004).at("/code")),
        }
    }

    fn required(&self, name: &'static str) -> Result<&str, Refusal> {
        let missing = || Refusal::of(10004).at(format!("/{name}"));
        self.text(name)?.ok_or_else(missing)
    }

    /// Absent and null are the same.
    fn text(&self, name: &'static str) -> Result<Option<&str>, Refusal> {
        match self.members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::of(10027).at(format!("/{name}"))),
        }
    }

    /// No range is documented; less than a second and more than a day make no sense.
    fn timeout_secs(&self) -> Result<Option<u32>, Refusal> {
        let wrong = || Refusal::of(10027).at("/timeout_secs");
        match self.members.get("timeout_secs") {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let secs = value.as_u64().filter(|secs| (1..=86_400).contains(secs));
                let secs = secs.and_then(|secs| u32::try_from(secs).ok());
                secs.map(Some).ok_or_else(wrong)
            }
        }
    }

    fn custom_code(&self) -> Result<Option<&str>, Refusal> {
        self.fitting("custom_code", |code| {
            (4..=10).contains(&code.len()) && code.bytes().all(|digit| digit.is_ascii_digit())
        })
    }

    /// Keys to be pressed once the call is answered.
    fn extension(&self) -> Result<Option<&str>, Refusal> {
        self.fitting("extension", |keys| {
            keys.chars().all(|key| "0123456789ABCD*#wW".contains(key))
        })
    }

    fn fitting(
        &self,
        name: &'static str,
        fits: impl Fn(&str) -> bool,
    ) -> Result<Option<&str>, Refusal> {
        let text = self.text(name)?;
        if text.is_none_or(fits) {
            Ok(text)
        } else {
            Err(Refusal::of(10027).at(format!("/{name}")))
        }
    }
}
