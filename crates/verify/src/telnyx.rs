//! Telnyx Verify v2 (verify-contract.md, section 3).
//!
//! It has no call that ends a verification, and publishes neither how many codes may be tried nor how many may
//! be sent. All of that is kept to here: tries, sends and lifetimes are counted in the row of the flow, and
//! only the verification named there is ever asked about.

mod answer;
mod error_code;
mod settings;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use reqwest::{Client, Method, RequestBuilder, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::answer::{ErrorBody, Judged, Started};
pub use self::settings::{ApiKey, TelnyxSettings};
use super::exchange::{Answer, Trouble, exchange};
use super::http;
use super::{
    CheckFailure, CheckRequest, SendFailure, SendRequest, Sent, ServiceId, SettingsError, Verdict,
    VerificationId, Verifier,
};
use domain::{Channel, Purpose};

const PROVIDER: &str = "telnyx";

/// How long a code lives there, in seconds: as long as Twilio's, so that what is said and decided of a code's
/// life is true of both. A profile's own default would be half of it.
const TIMEOUT_SECS: u32 = 600;

/// The client of Telnyx Verify.
pub struct Telnyx {
    http: Client,
    base: Url,
    settings: TelnyxSettings,
}

/// <https://developers.telnyx.com/api-reference/verify/trigger-sms-verification>
///
/// There is no field for the browser's address, and none for a payment: what a code approves is tied to its
/// id in the row of the flow, and to nothing at Telnyx.
#[derive(Serialize)]
struct CreateBody<'a> {
    phone_number: &'a str,
    verify_profile_id: &'a str,
    timeout_secs: u32,
}

/// <https://developers.telnyx.com/api-reference/verify/verify-verification-code-by-id>
#[derive(Serialize)]
struct CheckBody<'a> {
    code: &'a str,
}

impl Telnyx {
    /// A client that calls through `http`, which should come from [`http_client`](super::http_client).
    pub fn new(http: Client, settings: TelnyxSettings) -> Result<Self, SettingsError> {
        let base = settings.checked()?;
        Ok(Self {
            http,
            base,
            settings,
        })
    }

    /// A call below `/v2/verifications`, every piece percent-encoded.
    fn request(&self, method: Method, below: &[&str]) -> RequestBuilder {
        let all = ["v2", "verifications"];
        let url = http::below(&self.base, all.iter().chain(below).copied());
        self.settings
            .api_key
            .authorise(self.http.request(method, url))
    }

    async fn start(&self, request: &SendRequest<'_>) -> Result<Sent, Trouble> {
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
        let call = self.request(Method::POST, &[channel]);
        let answer: Answer<Started> = self::call(call.json(&body)).await?;
        answer.sent(request)
    }

    /// By id and never by number: a number would match whatever is live for it, this flow's or another's
    /// (OTP-01).
    async fn judge(&self, check: &CheckRequest<'_>) -> Result<Verdict, Trouble> {
        let body = CheckBody {
            code: check.code.expose(),
        };
        // https://developers.telnyx.com/api-reference/verify/verify-verification-code-by-id
        let path = [check.verification.as_str(), "actions", "verify"];
        let call = self.request(Method::POST, &path);
        let answer: Answer<Judged> = self::call(call.json(&body)).await?;
        answer.verdict(check)
    }
}

#[async_trait]
impl Verifier for Telnyx {
    fn service_for(&self, purpose: Purpose) -> &ServiceId {
        self.settings.profiles.of(purpose)
    }

    fn can_call(&self, _: Purpose) -> bool {
        true
    }

    async fn send(&self, request: SendRequest<'_>) -> Result<Sent, SendFailure> {
        self.start(&request)
            .await
            .map_err(|trouble| trouble.of_send(PROVIDER, error_code::send_refused))
    }

    async fn check(&self, check: CheckRequest<'_>) -> Result<Verdict, CheckFailure> {
        let trouble = match self.judge(&check).await {
            Ok(verdict) => return Ok(verdict),
            Err(trouble) => trouble,
        };
        if let Some(verdict) = error_code::verdict(&trouble) {
            return Ok(verdict);
        }
        Err(told_nothing("check", &trouble))
    }

    /// Nothing to be asked for (section 3.6). The code is dead here, and at Telnyx when its time is over.
    async fn cancel(&self, _: &ServiceId, _: &VerificationId) -> Result<(), CheckFailure> {
        Ok(())
    }
}

fn told_nothing(operation: &'static str, trouble: &Trouble) -> CheckFailure {
    trouble.of_check(PROVIDER, operation, error_code::check_refused)
}

/// One call, answered as Telnyx answers.
async fn call<B: DeserializeOwned>(call: RequestBuilder) -> Result<Answer<B>, Trouble> {
    exchange::<B, ErrorBody>(call).await
}
