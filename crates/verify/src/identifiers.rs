//! Identifiers that the providers assign. They are safe in URL paths and log lines.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Provider's ID of a verification: a `VE` SID at Twilio, a UUID at Telnyx.
///
/// Its characters are safe in URL paths and log lines.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VerificationId(String);

/// Provider's ID of the service that sends codes.
///
/// At Twilio it is the `VA` SID of a Verify service, at Telnyx the UUID of a Verify profile.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServiceId(String);

/// Error for a text that does not have the format of an ID that a phone provider assigns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a provider ID must be 1 to 64 letters, digits, dashes or underscores")]
pub struct InvalidId;

/// Maximum length of an identifier in bytes. A SID has 34 bytes and a UUID 36.
const MAX_BYTES: usize = 64;

/// Returns whether a text has 1 to 64 bytes and consists of ASCII letters, digits, `-` and `_`.
fn is_well_formed_provider_id(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(plain)
}

/// Returns whether a text is a Twilio SID: `prefix` (two letters) and 32 hexadecimal digits
/// (<https://www.twilio.com/docs/glossary/what-is-a-sid>).
pub fn is_twilio_sid(text: &str, prefix: &str) -> bool {
    let digits = text.strip_prefix(prefix).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Returns whether a text is a UUID in lower case (<https://www.rfc-editor.org/rfc/rfc9562#section-4>), the form that
/// Telnyx uses.
pub fn is_lower_case_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-');
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(digit)
}

macro_rules! identifier {
    ($($name:ident),+) => {$(
        impl $name {
            /// Parses a provider's identifier of 1 to 64 ASCII letters, digits, dashes and underscores.
            ///
            /// Returns `None` for any other text.
            pub fn parse_provider_id(text: &str) -> Option<Self> {
                is_well_formed_provider_id(text).then(|| Self(text.to_owned()))
            }

            /// Returns the identifier as text, exactly as the provider writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse_provider_id(&text).ok_or(InvalidId)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

identifier!(VerificationId, ServiceId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_unsafe_in_a_url_path_or_log_line_is_not_an_identifier() {
        let long = "a".repeat(MAX_BYTES + 1);
        for text in [
            "", ".", "..", "VE/1", "VE?1", "VE%2F", "VE 1", "VE\n1", "VÉ1", &long,
        ] {
            assert!(
                VerificationId::parse_provider_id(text).is_none(),
                "{text:?}"
            );
            assert!(ServiceId::parse_provider_id(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn stored_identifier_is_validated_when_it_is_read() {
        let id =
            VerificationId::parse_provider_id("VE91ab6f20c7d34e5f8b12a0946ce5d7f3").expect("a SID");
        let stored = serde_json::to_string(&id).expect("a string");
        assert_eq!(stored, "\"VE91ab6f20c7d34e5f8b12a0946ce5d7f3\"");
        assert_eq!(
            serde_json::from_str::<VerificationId>(&stored).expect("valid stored value"),
            id
        );
        assert!(serde_json::from_str::<VerificationId>("\"../x\"").is_err());
    }
}
