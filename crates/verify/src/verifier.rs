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
    /// Returns the provider's service that sends the codes of a purpose.
    ///
    /// A service has at most one live code per number, and a code is valid only within its service. Separate services
    /// keep a code of one purpose from being accepted for another.
    fn service_for_purpose(&self, purpose: Purpose) -> &ServiceId;

    /// Returns whether the provider can read out codes of this purpose in a voice call.
    fn supports_voice_calls(&self, purpose: Purpose) -> bool;

    /// Returns whether sending codes is expected to work.
    ///
    /// `false` from the moment a circuit breaker opens until a send succeeds.
    fn is_provider_available(&self) -> bool {
        true
    }

    /// Sends a code to a phone.
    ///
    /// While a code for the number is live, Twilio sends the same code again with the same [`VerificationId`]; Telnyx
    /// creates another code and another ID. With both providers, only the newest ID may be used.
    async fn send_code(&self, request: SendRequest<'_>) -> Result<Sent, SendFailure>;

    /// Checks a code at the provider. The code is correct only if the result is `Ok(Verdict::Approved)`.
    async fn check_code(&self, check: CheckRequest<'_>) -> Result<Verdict, CheckFailure>;

    /// Ends a verification, so that its code is no longer accepted.
    ///
    /// Also succeeds if the verification has already ended, or if the API of the provider cannot end verifications.
    async fn cancel_verification(
        &self,
        service: &ServiceId,
        verification: &VerificationId,
    ) -> Result<(), CheckFailure>;
}

/// Request to send a code to a phone.
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

/// Request to check a code.
///
/// Only `code` comes from the browser; all other fields come from the stored flow, so that an attacker cannot
/// substitute another verification.
#[derive(Clone, Copy, Debug)]
pub struct CheckRequest<'a> {
    pub service: &'a ServiceId,
    pub verification: &'a VerificationId,
    /// The phone number that the response must name. It is not sent to the provider.
    pub to: &'a PhoneNumber,
    pub code: &'a OneTimeCode,
    pub transaction: Option<&'a Transaction>,
}

/// Amount and payee of the payment that a code confirms. The code confirms no other payment (PSD2, dynamic linking).
///
/// The provider's service must have PSD2 enabled (<https://www.twilio.com/docs/verify/verifying-transactions-psd2>).
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
