//! Sends one-time codes to phones and checks them. The provider (Twilio or Telnyx) generates and stores the codes.
//!
//! The rest of the server uses the trait [`Verifier`] and provider-neutral outcomes, so the choice of provider is
//! made in one place. No call is retried here and no call is idempotent: commit the intent first, then call, then
//! commit the outcome, and hold no database transaction during the call.

mod api_call;
mod breaker;
mod http;
mod identifiers;
#[cfg(test)]
mod mock_server;
mod outcome;
mod services;
mod telnyx;
#[cfg(test)]
mod testing;
mod twilio;
mod verifier;

pub use self::breaker::{CallLimits, CircuitBreaker};
pub use self::http::{HttpClientError, build_api_http_client};
pub use self::identifiers::{
    InvalidId, ServiceId, VerificationId, is_lower_case_uuid, is_twilio_sid,
};
pub use self::outcome::{CheckFailure, SendFailure, Sent, Verdict};
pub use self::services::{Services, SettingsError};
pub use self::telnyx::{Telnyx, TelnyxApiKey, TelnyxSettings};
pub use self::twilio::{
    MessageFailure, MessageSender, Messenger, MessengerError, MessengerSettings, Twilio,
    TwilioCredentials, TwilioSettings,
};
pub use self::verifier::{
    CheckRequest, PROVIDER_CODE_LIFETIME, SendRequest, Transaction, Verifier,
};
