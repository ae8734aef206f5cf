//! Twilio Verify v2 (verify-contract.md, section 2).

mod answer;
mod error_code;
mod messages;
mod settings;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use async_trait::async_trait;
use reqwest::{Client, Method, RequestBuilder, Url};
use serde::Serialize;
use serde_json::json;

use self::answer::{Body, ErrorBody};
pub use self::messages::{MessageFailure, Messenger, MessengerError, MessengerSettings, Sender};
pub use self::settings::{Credentials, TwilioSettings};
use super::exchange::{Answer, Trouble, exchange};
use super::http;
use super::{
    CheckFailure, CheckRequest, SendFailure, SendRequest, Sent, ServiceId, SettingsError,
    Transaction, Verdict, VerificationId, Verifier,
};
use domain::{Channel, Purpose};

const PROVIDER: &str = "twilio";

/// The client of Twilio Verify.
pub struct Twilio {
    http: Client,
    base: Url,
    settings: TwilioSettings,
}

/// <https://www.twilio.com/docs/verify/api/verification#start-new-verification>
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreateForm<'a> {
    to: &'a str,
    channel: &'static str,
    amount: Option<&'a str>,
    payee: Option<&'a str>,
    device_ip: Option<String>,
    rate_limits: Option<String>,
}

/// <https://www.twilio.com/docs/verify/api/verification-check#check-a-verification>
///
/// By SID and never by number: a number would match whatever is live for it, this flow's or another's (OTP-01).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CheckForm<'a> {
    verification_sid: &'a str,
    code: &'a str,
    amount: Option<&'a str>,
    payee: Option<&'a str>,
}

/// <https://www.twilio.com/docs/verify/api/verification#update-a-verification-status>
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateForm {
    status: &'static str,
}

impl Twilio {
    /// A client that calls through `http`, which should come from [`http_client`](super::http_client).
    pub fn new(http: Client, settings: TwilioSettings) -> Result<Self, SettingsError> {
        let base = settings.checked()?;
        Ok(Self {
            http,
            base,
            settings,
        })
    }

    /// A call below `/v2/Services/{service}`, every piece percent-encoded.
    fn request(&self, method: Method, service: &ServiceId, below: &[&str]) -> RequestBuilder {
        let service = ["v2", "Services", service.as_str()];
        let url = http::below(&self.base, service.iter().chain(below).copied());
        self.settings
            .credentials
            .authorise(self.http.request(method, url))
    }

    /// Amount and payee, for a service that wants to know: any other refuses them.
    fn bound<'a>(
        &self,
        service: &ServiceId,
        transaction: Option<&'a Transaction>,
    ) -> Option<&'a Transaction> {
        transaction.filter(|_| self.settings.binds_to_payments(service))
    }

    async fn start(&self, request: SendRequest<'_>) -> Result<Sent, Trouble> {
        let request = SendRequest {
            transaction: self.bound(request.service, request.transaction),
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
            amount: request.transaction.map(|t| t.amount.as_str()),
            payee: request.transaction.map(|t| t.payee.as_str()),
            // The name under which the service's rate limit has to be set up:
            // https://www.twilio.com/docs/verify/api/programmable-rate-limits
            rate_limits: ip
                .as_ref()
                .map(|ip| json!({ "end_user_ip": ip }).to_string()),
            device_ip: ip,
        };
        // https://www.twilio.com/docs/verify/api/verification#start-new-verification
        let call = self.request(Method::POST, request.service, &["Verifications"]);
        let answer = self::call(call.form(&form)).await?;
        answer.sent(&request)
    }

    async fn judge(&self, check: CheckRequest<'_>) -> Result<Verdict, Trouble> {
        let check = CheckRequest {
            transaction: self.bound(check.service, check.transaction),
            ..check
        };
        let form = CheckForm {
            verification_sid: check.verification.as_str(),
            code: check.code.expose(),
            amount: check.transaction.map(|t| t.amount.as_str()),
            payee: check.transaction.map(|t| t.payee.as_str()),
        };
        // https://www.twilio.com/docs/verify/api/verification-check#check-a-verification
        let call = self.request(Method::POST, check.service, &["VerificationCheck"]);
        let answer = self::call(call.form(&form)).await?;
        answer.verdict(&check)
    }

    async fn end(&self, service: &ServiceId, sid: &VerificationId) -> Result<(), Trouble> {
        let form = UpdateForm { status: "canceled" };
        // https://www.twilio.com/docs/verify/api/verification#update-a-verification-status
        let call = self.request(Method::POST, service, &["Verifications", sid.as_str()]);
        let answer = self::call(call.form(&form)).await?;
        answer.canceled(service, sid)
    }
}

#[async_trait]
impl Verifier for Twilio {
    fn service_for(&self, purpose: Purpose) -> &ServiceId {
        self.settings.services.of(purpose)
    }

    /// A service with PSD2 has no voice (error 60214, verify-contract.md, section 2.8).
    fn can_call(&self, purpose: Purpose) -> bool {
        !self.settings.binds_to_payments(self.service_for(purpose))
    }

    async fn send(&self, request: SendRequest<'_>) -> Result<Sent, SendFailure> {
        self.start(request)
            .await
            .map_err(|trouble| trouble.of_send(PROVIDER, error_code::send_refused))
    }

    async fn check(&self, check: CheckRequest<'_>) -> Result<Verdict, CheckFailure> {
        let trouble = match self.judge(check).await {
            Ok(verdict) => return Ok(verdict),
            Err(trouble) => trouble,
        };
        if let Some(verdict) = error_code::verdict(&trouble) {
            return Ok(verdict);
        }
        Err(told_nothing("check", &trouble))
    }

    async fn cancel(
        &self,
        service: &ServiceId,
        verification: &VerificationId,
    ) -> Result<(), CheckFailure> {
        match self.end(service, verification).await {
            Err(trouble) if !error_code::nothing_live(&trouble) => {
                Err(told_nothing("cancel", &trouble))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

fn told_nothing(operation: &'static str, trouble: &Trouble) -> CheckFailure {
    trouble.of_check(PROVIDER, operation, error_code::check_refused)
}

/// One call, answered as Twilio answers.
async fn call(call: RequestBuilder) -> Result<Answer<Body>, Trouble> {
    exchange::<Body, ErrorBody>(call).await
}
