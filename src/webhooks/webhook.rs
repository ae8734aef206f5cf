//! The parts of a webhook request that both providers share.

use serde::Deserialize;

/// Why a webhook request is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("no key is configured to verify it with")]
    NoKey,
    #[error("the signature is missing, given twice or unreadable")]
    NoSignature,
    #[error("the timestamp is missing, given twice or unreadable")]
    NoTimestamp,
    /// The request is a replay, or a clock is wrong.
    #[error("the timestamp is too far from now")]
    OutOfTime,
    #[error("the body is not what was signed")]
    Body,
    #[error("the signature is not the provider's")]
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
