use std::fmt;

use serde::{Deserialize, Serialize};

/// The provider's name of one verification: at Twilio a `VE` SID, at Telnyx a UUID.
///
/// Letters, digits, dash and underscore alone, so it is safe in a path and in a log.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VerificationId(String);

/// The provider's name of the settings a verification is made with: at Twilio a `VA` SID of a Verify service, at
/// Telnyx the UUID of a Verify profile.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServiceId(String);

/// A text that cannot be a provider's identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of the provider")]
pub struct InvalidId;

/// Room for a SID (34), a UUID (36) and then some.
const MAX_BYTES: usize = 64;

fn is_id(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(plain)
}

/// Whether `text` is a SID of Twilio's of this kind: two letters and 32 hexadecimal digits in either case.
pub fn is_sid(text: &str, prefix: &str) -> bool {
    let digits = text.strip_prefix(prefix).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether `text` is a UUID as Telnyx writes them: in lower case (RFC 9562, section 4).
pub fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-');
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(digit)
}

macro_rules! identifier {
    ($($name:ident),+) => {$(
        impl $name {
            /// `None` for what no provider would call anything.
            pub fn parse(text: &str) -> Option<Self> {
                is_id(text).then(|| Self(text.to_owned()))
            }

            /// As the provider spells it; two are the same only when every character is.
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
                Self::parse(&text).ok_or(InvalidId)
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
    fn what_could_leave_its_place_in_a_path_or_a_log_line_is_no_identifier() {
        let long = "a".repeat(MAX_BYTES + 1);
        for text in [
            "", ".", "..", "VE/1", "VE?1", "VE%2F", "VE 1", "VE\n1", "VÉ1", &long,
        ] {
            assert!(VerificationId::parse(text).is_none(), "{text:?}");
            assert!(ServiceId::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn an_identifier_is_checked_when_it_is_read_back_too() {
        let id = VerificationId::parse("VE91ab6f20c7d34e5f8b12a0946ce5d7f3").expect("a SID");
        let stored = serde_json::to_string(&id).expect("a string");
        assert_eq!(stored, "\"VE91ab6f20c7d34e5f8b12a0946ce5d7f3\"");
        assert_eq!(
            serde_json::from_str::<VerificationId>(&stored).expect("as stored"),
            id
        );
        assert!(serde_json::from_str::<VerificationId>("\"../x\"").is_err());
    }
}
