//! Sends one-time codes to phones and has them checked, by a provider that makes the codes and keeps them.
//!
//! The rest of the server knows [`Verifier`] and the neutral outcomes alone, so that which provider stands
//! behind them is decided in one place. No call retries by itself and none is idempotent: commit the intent
//! first, call, then commit the outcome, outside any transaction (PRV-02, PRV-03).

mod breaker;
mod exchange;
mod http;
mod id;
mod outcome;
mod services;
#[cfg(test)]
mod stand_in;
mod telnyx;
#[cfg(test)]
mod testing;
mod twilio;

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;

pub use self::breaker::Breaker;
pub use self::http::{HttpClientError, http_client};
pub use self::id::{InvalidId, ServiceId, VerificationId, is_sid, is_uuid};
pub use self::outcome::{CheckFailure, SendFailure, Sent, Verdict};
pub use self::services::{Services, SettingsError};
pub use self::telnyx::{ApiKey, Telnyx, TelnyxSettings};
pub use self::twilio::{
    Credentials, MessageFailure, Messenger, MessengerError, MessengerSettings, Sender, Twilio,
    TwilioSettings,
};
use domain::{Channel, OneTimeCode, PhoneNumber, Purpose};

/// How long the provider keeps a code valid, counted from its creation. A resend does not extend it.
pub const PROVIDER_LIFE: Duration = Duration::from_mins(10);

/// A provider of phone verification.
#[async_trait]
pub trait Verifier: Send + Sync {
    /// The service whose settings verifications of this purpose use. It is the container within which a number
    /// has at most one live code, so a code of one purpose is none of another (OTP-02).
    fn service_for(&self, purpose: Purpose) -> &ServiceId;

    /// Whether codes of this purpose can also be told in a voice call.
    fn can_call(&self, purpose: Purpose) -> bool;

    /// Sends a code. While one is live for the number at this service, Twilio sends the same code again and
    /// answers the same [`VerificationId`] (verify-contract.md, section 2.2); Telnyx makes another code and
    /// another id each time (section 5), and whoever goes by the newest id alone has one live code.
    async fn send(&self, request: SendRequest<'_>) -> Result<Sent, SendFailure>;

    /// Has a code checked. Only `Ok(Verdict::Approved)` lets anybody in (OTP-04).
    async fn check(&self, check: CheckRequest<'_>) -> Result<Verdict, CheckFailure>;

    /// Ends a verification, so that its code is dead and the next send makes a new one. Fine when nothing was
    /// live any more, and where the provider has no such call: the code is dead to us in any case, since only
    /// the id in the row of the flow is ever asked about.
    async fn cancel(
        &self,
        service: &ServiceId,
        verification: &VerificationId,
    ) -> Result<(), CheckFailure>;
}

/// One code to be sent.
#[derive(Clone, Copy, Debug)]
pub struct SendRequest<'a> {
    pub service: &'a ServiceId,
    pub to: &'a PhoneNumber,
    pub channel: Channel,
    /// Who asked, for the provider's own limits and fraud checks.
    pub client_ip: Option<IpAddr>,
    /// What is to be paid; told where the service binds codes to it.
    pub transaction: Option<&'a Transaction>,
}

/// One code to be checked. Everything but the code comes from the row of the flow, nothing from the browser
/// (OTP-01).
#[derive(Clone, Copy, Debug)]
pub struct CheckRequest<'a> {
    pub service: &'a ServiceId,
    pub verification: &'a VerificationId,
    /// Never sent: the answer has to name it.
    pub to: &'a PhoneNumber,
    pub code: &'a OneTimeCode,
    pub transaction: Option<&'a Transaction>,
}

/// The payment a code is for, so that it approves this one and no other (PSD2, dynamic linking).
///
/// Needs a service with PSD2 switched on: <https://www.twilio.com/docs/verify/verifying-transactions-psd2>.
#[derive(Clone, PartialEq, Eq)]
pub struct Transaction {
    pub amount: String,
    pub payee: String,
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transaction")
    }
}
