//! Webhooks: requests in which the phone providers report whether messages were delivered.
//!
//! Only the signature authenticates a request, and the body is parsed after the signature has been verified. The
//! response does not reveal whether a report is known: a valid signature gets 204, or 503 if the report cannot be
//! stored in time, and an invalid signature gets 403.
//! Without a configured key no request is accepted.

mod router;
mod telnyx;
mod twilio;
mod webhook;

pub use self::router::{Webhooks, is_webhook_path, webhook_router};
pub use self::telnyx::TelnyxPublicKeys;
pub use self::twilio::{TwilioAuthTokens, TwilioSignatures};
