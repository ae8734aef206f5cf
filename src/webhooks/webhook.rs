//! Types that the webhooks of both providers share.

use serde::Deserialize;

/// The reason why the signature of a webhook is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("no key that verifies the signatures of webhooks is configured")]
    NoKey,
    #[error("the signature header of the webhook is missing, repeated or malformed")]
    NoSignature,
    #[error("the timestamp header of the webhook is missing, repeated or malformed")]
    NoTimestamp,
    /// The request is a replay, or a clock is wrong.
    #[error("the timestamp of the webhook is more than five minutes from the current time")]
    OutOfTime,
    #[error("the body of the webhook does not match the signed hash")]
    Body,
    #[error("the signature of the webhook does not match the request")]
    Signature,
}

/// The ID of an event, which is safe to store: 1 to 128 printable ASCII characters, as both providers send.
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
