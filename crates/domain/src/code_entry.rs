use serde::{Deserialize, Serialize};

use crate::code::CodeLength;
use crate::is_in_browser;
use crate::method::Channel;
use crate::phone::PhoneHint;
use crate::purpose::Purpose;
use crate::time::Timestamp;

/// Maximum delay in seconds after which a form repeats a refused request for a code.
///
/// For a longer delay, the form shows an error.
pub const MAX_SEND_WAIT_SECS: u64 = 60;

/// State of the form in which the user enters a one-time code. Times are by the server's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeEntry {
    #[serde(skip_serializing_if = "is_in_browser")]
    pub purpose: Purpose,
    #[serde(skip_serializing_if = "is_in_browser")]
    pub length: CodeLength,
    /// The server's time when it created this value. The clock of the browser is never trusted.
    #[serde(skip_serializing_if = "is_in_browser")]
    pub now: Timestamp,
    /// The message that delivered the code; `None` if an authenticator app shows the code.
    #[serde(skip_serializing_if = "is_in_browser")]
    #[cfg_attr(feature = "sign-in-bundle", serde(skip_deserializing))]
    pub sent: Option<SentMessage>,
}

/// Text message or voice call that delivered a one-time code to a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentMessage {
    pub hint: PhoneHint,
    pub channel: Channel,
    pub expires_at: Timestamp,
    /// The earliest time at which the user can request another code.
    pub resend_at: Timestamp,
    /// Whether to offer a voice call, because text messages do not seem to arrive.
    pub offer_call: bool,
}

impl CodeEntry {
    /// Returns whether the code has expired while a limit on messages is reached.
    pub fn is_expired_at_message_limit(&self) -> bool {
        self.sent.as_ref().is_some_and(|sent| {
            sent.expires_at <= self.now && sent.resend_at.secs_since(self.now) > MAX_SEND_WAIT_SECS
        })
    }
}
