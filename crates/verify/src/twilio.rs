//! The client of Twilio Verify v2 (`docs/verify-contract.md#section-2`).

mod error_codes;
mod messages;
mod response;
mod settings;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use async_trait::async_trait;
use reqwest::{Client, Method, RequestBuilder, Url};
use serde::Serialize;
use serde_json::json;

pub use self::messages::{
    MessageFailure, MessageSender, Messenger, MessengerError, MessengerSettings,
};
use self::response::{PROVIDER, execute_twilio_request};
pub use self::settings::{TwilioCredentials, TwilioSettings};
use crate::api_call::CallError;
use crate::http::append_path;
use crate::identifiers::{ServiceId, VerificationId};
use crate::outcome::{CheckFailure, SendFailure, Sent, Verdict};
use crate::services::SettingsError;
use crate::verifier::{CheckRequest, SendRequest, Transaction, Verifier};
use domain::{Channel, Language, Purpose};

/// Client of Twilio Verify, which sends and checks codes.
pub struct Twilio {
    http: Client,
    base: Url,
    settings: TwilioSettings,
}

/// Form fields of a request to send a code
/// (<https://www.twilio.com/docs/verify/api/verification#start-new-verification>).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreateForm<'a> {
    to: &'a str,
    channel: &'static str,
    locale: &'static str,
    amount: Option<&'a str>,
    payee: Option<&'a str>,
    device_ip: Option<String>,
    rate_limits: Option<String>,
}

/// Returns Twilio's locale code for a language (<https://www.twilio.com/docs/verify/supported-languages>).
const fn twilio_locale(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::German => "de",
        Language::French => "fr",
        Language::Spanish => "es",
        Language::Portuguese => "pt-BR",
        Language::Polish => "pl",
    }
}

/// Form fields of a request to check a code
/// (<https://www.twilio.com/docs/verify/api/verification-check#check-a-verification>).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CheckForm<'a> {
    verification_sid: &'a str,
    code: &'a str,
    amount: Option<&'a str>,
    payee: Option<&'a str>,
}

/// Form fields of a request to cancel a verification
/// (<https://www.twilio.com/docs/verify/api/verification#update-a-verification-status>).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateForm {
    status: &'static str,
}

impl Twilio {
    /// Creates a client after validating `settings`.
    ///
    /// `http` should come from [`build_api_http_client`](crate::build_api_http_client).
    pub fn new(http: Client, settings: TwilioSettings) -> Result<Self, SettingsError> {
        let base = settings.validate_settings_and_parse_base_url()?;
        Ok(Self {
            http,
            base,
            settings,
        })
    }

    /// Builds a POST request to a URL path below `/v2/Services/{service}`.
    fn build_post_request(&self, service: &ServiceId, path: &[&str]) -> RequestBuilder {
        let root = ["v2", "Services", service.as_str()];
        let url = append_path(&self.base, root.iter().chain(path).copied());
        self.settings
            .credentials
            .add_authentication_header(self.http.request(Method::POST, url))
    }

    /// Returns the payment to which a Twilio service binds a code, for which alone the code is valid.
    ///
    /// That is `transaction`, with its amount and payee, if PSD2 is enabled for the service. Otherwise returns `None`.
    fn payment_that_code_is_bound_to<'a>(
        &self,
        service: &ServiceId,
        transaction: Option<&'a Transaction>,
    ) -> Option<&'a Transaction> {
        // Any other service rejects amount and payee.
        transaction.filter(|_| self.settings.does_service_bind_codes_to_payments(service))
    }

    /// Asks Twilio to send a code for a new or pending verification.
    async fn create_verification(&self, request: SendRequest<'_>) -> Result<Sent, CallError> {
        let request = SendRequest {
            transaction: self.payment_that_code_is_bound_to(request.service, request.transaction),
            ..request
        };
        let ip = request.client_ip.filter(|_| self.settings.rate_limits);
        let ip = ip.map(|ip| IpAddr::to_canonical(&ip).to_string());
        let form = CreateForm {
            to: request.to.as_e164(),
            channel: match request.channel {
                Channel::Sms => "sms",
                Channel::Call => "call",
            },
            locale: twilio_locale(request.language),
            amount: request.transaction.map(|t| t.amount.as_str()),
            payee: request.transaction.map(|t| t.payee.as_str()),
            // The service must have a rate limit named `end_user_ip`:
            // https://www.twilio.com/docs/verify/api/programmable-rate-limits
            rate_limits: ip
                .as_ref()
                .map(|ip| json!({ "end_user_ip": ip }).to_string()),
            device_ip: ip,
        };
        // https://www.twilio.com/docs/verify/api/verification#start-new-verification
        let call = self
            .build_post_request(request.service, &["Verifications"])
            .form(&form);
        execute_twilio_request(call)
            .await?
            .into_send_result(&request)
    }

    /// Asks Twilio to check the code of a verification.
    async fn request_code_check(&self, check: CheckRequest<'_>) -> Result<Verdict, CallError> {
        // A check by phone number would match any live verification of the number, also one of another flow.
        let check = CheckRequest {
            transaction: self.payment_that_code_is_bound_to(check.service, check.transaction),
            ..check
        };
        let form = CheckForm {
            verification_sid: check.verification.as_str(),
            code: check.code.expose(),
            amount: check.transaction.map(|t| t.amount.as_str()),
            payee: check.transaction.map(|t| t.payee.as_str()),
        };
        // https://www.twilio.com/docs/verify/api/verification-check#check-a-verification
        let call = self
            .build_post_request(check.service, &["VerificationCheck"])
            .form(&form);
        execute_twilio_request(call).await?.into_verdict(&check)
    }

    /// Asks Twilio to cancel a verification.
    async fn request_verification_cancellation(
        &self,
        service: &ServiceId,
        sid: &VerificationId,
    ) -> Result<(), CallError> {
        let form = UpdateForm { status: "canceled" };
        // https://www.twilio.com/docs/verify/api/verification#update-a-verification-status
        let call = self
            .build_post_request(service, &["Verifications", sid.as_str()])
            .form(&form);
        execute_twilio_request(call)
            .await?
            .ensure_verification_cancelled(service, sid)
    }
}

#[async_trait]
impl Verifier for Twilio {
    fn service_for_purpose(&self, purpose: Purpose) -> &ServiceId {
        self.settings.services.service_for_purpose(purpose)
    }

    /// Returns whether Twilio can read out a code in a voice call for this purpose.
    ///
    /// Twilio supports no voice calls if PSD2 is enabled for the Verify service of the purpose
    /// (<https://www.twilio.com/docs/api/errors/60214>).
    fn supports_voice_calls(&self, purpose: Purpose) -> bool {
        let service = self.service_for_purpose(purpose);
        !self.settings.does_service_bind_codes_to_payments(service)
    }

    async fn send_code(&self, request: SendRequest<'_>) -> Result<Sent, SendFailure> {
        self.create_verification(request)
            .await
            .map_err(|error| error.log_send_failure(PROVIDER, error_codes::classify_send_error))
    }

    async fn check_code(&self, check: CheckRequest<'_>) -> Result<Verdict, CheckFailure> {
        let error = match self.request_code_check(check).await {
            Ok(verdict) => return Ok(verdict),
            Err(error) => error,
        };
        if let Some(verdict) = error_codes::convert_error_to_verdict(&error) {
            return Ok(verdict);
        }
        Err(error.log_check_failure(PROVIDER, "check", error_codes::classify_check_error))
    }

    async fn cancel_verification(
        &self,
        service: &ServiceId,
        verification: &VerificationId,
    ) -> Result<(), CheckFailure> {
        match self
            .request_verification_cancellation(service, verification)
            .await
        {
            Err(error) if !error_codes::is_verification_not_found(&error) => {
                Err(error.log_check_failure(PROVIDER, "cancel", error_codes::classify_check_error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}
