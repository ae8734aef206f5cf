//! Types of the simulated providers and of the webhook events that they send to an application.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// Simulated SMS verification provider. Serialised as `twilio` or `telnyx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Provider {
    Twilio,
    Telnyx,
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Twilio => "twilio",
            Self::Telnyx => "telnyx",
        })
    }
}

/// Webhook event of a simulated provider, before it is signed and sent.
#[derive(Clone, Debug)]
pub(crate) struct WebhookEvent {
    pub(crate) provider: Provider,
    /// The id of the event. All copies and all attempts carry the same id.
    pub(crate) id: String,
    /// The event type, as the provider names it.
    pub(crate) kind: String,
    /// The id of the verification that the event concerns.
    pub(crate) verification: String,
    /// The part of the request body that is the same in each attempt.
    pub(crate) body: Value,
}

/// Webhook request with the provider's signature, ready to send.
pub(crate) struct SignedWebhook {
    /// The URL with its query.
    pub(crate) url: String,
    pub(crate) body: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}
