//! Types that the webhooks of both providers share.

use serde::Deserialize;

/// The reason why the signature of a webhook request is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("no key to verify webhook signatures is configured")]
    NoKey,
    #[error("the signature header of the webhook request is missing, repeated or malformed")]
    NoSignature,
    #[error("the timestamp header of the webhook request is missing, repeated or malformed")]
    NoTimestamp,
    /// The request is a replay, or a clock is wrong.
    #[error(
        "the timestamp of the webhook request differs from the server time by more than 5 minutes"
    )]
    OutOfTime,
    #[error("the body of the webhook request does not match its signed hash")]
    Body,
    #[error("the signature does not match the webhook request")]
    Signature,
}

/// Event ID of a provider, validated before it is stored: 1 to 128 printable ASCII characters.
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
