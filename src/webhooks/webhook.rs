//! The parts of a webhook request that both providers share.

use serde::Deserialize;

/// Why a webhook request is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("no key for signatures is configured")]
    NoKey,
    #[error("the signature header is missing, repeated or malformed")]
    NoSignature,
    #[error("the timestamp header is missing, repeated or malformed")]
    NoTimestamp,
    /// The request is a replay, or a clock is wrong.
    #[error("the timestamp is more than five minutes from the current time")]
    OutOfTime,
    #[error("the body does not match the signed hash")]
    Body,
    #[error("the signature does not match the request")]
    Signature,
}

/// The id of an event, if it is safe to store: 1 to 128 printable ASCII characters. The ids of both providers are.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct EventId(pub(super) String);

impl TryFrom<String> for EventId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if printable && (1..=128).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err("not an event id")
        }
    }
}
