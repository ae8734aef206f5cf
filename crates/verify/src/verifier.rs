//! The interface that every provider client implements.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;

use crate::identifiers::{ServiceId, VerificationId};
use crate::outcome::{CheckFailure, SendFailure, Sent, Verdict};
use domain::{Channel, Language, OneTimeCode, PhoneNumber, Purpose};

/// How long the provider accepts a code, counted from its creation. A resend does not extend this time.
pub const PROVIDER_CODE_LIFETIME: Duration = Duration::from_mins(10);

/// A provider that sends one-time codes to phones and checks them.
#[async_trait]
pub trait Verifier: Send + Sync {
    /// Returns the provider's service for codes of this purpose.
    ///
    /// A service accepts at most one live code per number, and a code is valid only within its service. Separate
    /// services therefore keep a code of one purpose from being accepted for another.
    fn service_for(&self, purpose: Purpose) -> &ServiceId;

    /// Returns whether the provider can read out codes of this purpose in a voice call.
    fn supports_voice_calls(&self, purpose: Purpose) -> bool;

    /// Returns whether sends are expected to work. `false` from the moment a circuit breaker opens until a send
    /// succeeds.
    fn is_available(&self) -> bool {
        true
    }

    /// Sends a code to a phone.
    ///
    /// While a code for the number is live at this service, Twilio sends the same code again and returns the same
    /// [`VerificationId`]. Telnyx creates another code and another ID each time. Callers that use only the newest ID
    /// therefore have one live code with both providers.
    async fn send_code(&self, request: SendRequest<'_>) -> Result<Sent, SendFailure>;

    /// Checks a code at the provider. Only `Ok(Verdict::Approved)` means that it is correct.
    async fn check_code(&self, check: CheckRequest<'_>) -> Result<Verdict, CheckFailure>;

    /// Ends a verification, so that its code is no longer accepted and the next send creates a new one.
    ///
    /// Also succeeds if the verification is over already, or if the provider has no such request. The server checks
    /// codes only against the verification ID that the flow stores, so the old code is invalid in any case.
    async fn cancel_verification(
        &self,
        service: &ServiceId,
        verification: &VerificationId,
    ) -> Result<(), CheckFailure>;
}

/// A request to send a code to a phone.
#[derive(Clone, Copy, Debug)]
pub struct SendRequest<'a> {
    pub service: &'a ServiceId,
    pub to: &'a PhoneNumber,
    pub channel: Channel,
    /// The language of the message, if the provider lets the request choose it.
    pub language: Language,
    /// The address of the user's browser or app, for the provider's own rate limits and fraud checks.
    pub client_ip: Option<IpAddr>,
    /// The payment that the code confirms. It is sent only if the service binds codes to payments.
    pub transaction: Option<&'a Transaction>,
}

/// A request to check a code. Only `code` comes from the browser and everything else from the stored flow, so an
/// attacker cannot substitute another verification.
#[derive(Clone, Copy, Debug)]
pub struct CheckRequest<'a> {
    pub service: &'a ServiceId,
    pub verification: &'a VerificationId,
    /// The phone number that the response must name. It is not sent to the provider.
    pub to: &'a PhoneNumber,
    pub code: &'a OneTimeCode,
    pub transaction: Option<&'a Transaction>,
}

/// The payment that a code confirms; the code approves no other payment (PSD2, dynamic linking).
///
/// Needs a service with PSD2 enabled: <https://www.twilio.com/docs/verify/verifying-transactions-psd2>.
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
