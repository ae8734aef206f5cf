//! The client of Telnyx Verify v2 (`docs/verify-contract.md#section-3`).
//!
//! Telnyx has no request that ends a verification, and documents neither how many codes may be tried nor how many
//! may be sent. The server enforces these limits itself: it counts attempts, sends and lifetimes in the stored flow,
//! and checks codes only against the verification id that the flow stores.

mod error_codes;
mod response;
mod settings;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use reqwest::{Client, Method, RequestBuilder, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::response::{CheckedCode, CreatedVerification, ErrorBody};
pub use self::settings::{TelnyxApiKey, TelnyxSettings};
use crate::api_call::{CallError, SuccessResponse, execute_request};
use crate::http::append_path;
use crate::identifiers::{ServiceId, VerificationId};
use crate::outcome::{CheckFailure, SendFailure, Sent, Verdict};
use crate::services::SettingsError;
use crate::verifier::{CheckRequest, SendRequest, Verifier};
use domain::{Channel, Purpose};

const PROVIDER: &str = "telnyx";

/// Lifetime of a code in seconds.
///
/// It equals that of a Twilio code, so that all rules about lifetimes hold for both providers. The default of a Telnyx
/// profile is half as long.
const TIMEOUT_SECS: u32 = 600;

/// Client of Telnyx Verify, which sends and checks codes.
pub struct Telnyx {
    http: Client,
    base: Url,
    settings: TelnyxSettings,
}

/// Request body for sending a code (<https://developers.telnyx.com/api-reference/verify/trigger-sms-verification>).
#[derive(Serialize)]
struct CreateBody<'a> {
    phone_number: &'a str,
    verify_profile_id: &'a str,
    timeout_secs: u32,
}

/// Request body for checking a code
/// (<https://developers.telnyx.com/api-reference/verify/verify-verification-code-by-id>).
#[derive(Serialize)]
struct CheckBody<'a> {
    code: &'a str,
}

impl Telnyx {
    /// Creates a client after validating `settings`.
    ///
    /// `http` should come from [`build_api_http_client`](crate::build_api_http_client).
    pub fn new(http: Client, settings: TelnyxSettings) -> Result<Self, SettingsError> {
        let base = settings.validate_settings_and_parse_base_url()?;
        Ok(Self {
            http,
            base,
            settings,
        })
    }

    /// Builds a POST request to a URL path below `/v2/verifications`.
    fn build_post_request(&self, path: &[&str]) -> RequestBuilder {
        let root = ["v2", "verifications"];
        let url = append_path(&self.base, root.iter().chain(path).copied());
        self.settings
            .api_key
            .add_authentication_header(self.http.request(Method::POST, url))
    }

    /// Asks Telnyx to send a code.
    async fn create_verification(&self, request: &SendRequest<'_>) -> Result<Sent, CallError> {
        // Telnyx has no field for the language (the profile sets it), for the client's address or for a payment.
        // The stored flow binds the verification ID to the payment instead.
        let body = CreateBody {
            phone_number: request.to.as_e164(),
            verify_profile_id: request.service.as_str(),
            timeout_secs: TIMEOUT_SECS,
        };
        let channel = match request.channel {
            // https://developers.telnyx.com/api-reference/verify/trigger-sms-verification
            Channel::Sms => "sms",
            // https://developers.telnyx.com/api-reference/verify/trigger-call-verification
            Channel::Call => "call",
        };
        let call = self.build_post_request(&[channel]).json(&body);
        let response: SuccessResponse<CreatedVerification> = execute_telnyx_request(call).await?;
        response.into_send_result(request)
    }

    /// Asks Telnyx to check the code of a verification.
    async fn request_code_check(&self, check: &CheckRequest<'_>) -> Result<Verdict, CallError> {
        // A check by phone number would match any live verification of the number, also one of another flow.
        let body = CheckBody {
            code: check.code.expose(),
        };
        // https://developers.telnyx.com/api-reference/verify/verify-verification-code-by-id
        let path = [check.verification.as_str(), "actions", "verify"];
        let call = self.build_post_request(&path).json(&body);
        let response: SuccessResponse<CheckedCode> = execute_telnyx_request(call).await?;
        response.into_verdict(check)
    }
}

#[async_trait]
impl Verifier for Telnyx {
    fn service_for_purpose(&self, purpose: Purpose) -> &ServiceId {
        self.settings.profiles.service_for_purpose(purpose)
    }

    fn supports_voice_calls(&self, _: Purpose) -> bool {
        true
    }

    async fn send_code(&self, request: SendRequest<'_>) -> Result<Sent, SendFailure> {
        self.create_verification(&request)
            .await
            .map_err(|error| error.log_send_failure(PROVIDER, error_codes::classify_send_error))
    }

    async fn check_code(&self, check: CheckRequest<'_>) -> Result<Verdict, CheckFailure> {
        let error = match self.request_code_check(&check).await {
            Ok(verdict) => return Ok(verdict),
            Err(error) => error,
        };
        if let Some(verdict) = error_codes::convert_error_to_verdict(&error) {
            return Ok(verdict);
        }
        Err(error.log_check_failure(PROVIDER, "check", error_codes::classify_check_error))
    }

    /// Does nothing, because Telnyx has no request that ends a verification.
    ///
    /// The server no longer checks the code, which expires at Telnyx.
    async fn cancel_verification(
        &self,
        _: &ServiceId,
        _: &VerificationId,
    ) -> Result<(), CheckFailure> {
        Ok(())
    }
}

/// Sends an HTTP request to Telnyx, and parses errors in its format.
async fn execute_telnyx_request<B: DeserializeOwned>(
    call: RequestBuilder,
) -> Result<SuccessResponse<B>, CallError> {
    execute_request::<B, ErrorBody>(call).await
}
