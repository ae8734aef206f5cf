//! Webhooks: requests in which the providers report the delivery of messages.
//!
//! Only the signature authenticates a request, and the body is parsed after it has been verified. The response reveals
//! nothing: a valid signature gets 204, whether the report is known, unknown or repeated; an invalid one gets 403.
//! Without a configured key no request is accepted.

mod router;
mod telnyx;
mod twilio;
mod webhook;

pub use self::router::{Webhooks, is_webhook_path, router};
pub use self::telnyx::TelnyxPublicKeys;
pub use self::twilio::{TwilioAuthTokens, TwilioSignatures};
