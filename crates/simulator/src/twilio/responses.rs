//! JSON bodies of successful Twilio responses.

use http::header::{HeaderName, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::errors::TwilioError;
use super::verification::TwilioVerification;
use crate::clock::{format_rfc3339_millis, format_rfc3339_secs};
use crate::response::ProviderResponse;
use crate::settings::TwilioSettings;

/// Twilio response header that states whether a rate limit was reached.
const REACHED_RATE_LIMIT: HeaderName = HeaderName::from_static("twilio-reached-rate-limit");

/// Adds the two rate limit headers that Twilio documents for create responses with status 201 and 429.
pub(crate) fn add_twilio_rate_limit_headers(
    mut response: ProviderResponse,
    retry_after_secs: i64,
    reached: bool,
) -> ProviderResponse {
    let reached = if reached { "true" } else { "false" };
    response.headers = vec![
        (RETRY_AFTER, HeaderValue::from(retry_after_secs)),
        (REACHED_RATE_LIMIT, HeaderValue::from_static(reached)),
    ];
    response
}

impl From<TwilioError> for ProviderResponse {
    fn from(error: TwilioError) -> Self {
        let status = StatusCode::from_u16(error.http).unwrap_or(StatusCode::BAD_REQUEST);
        let response = Self::json_response(status, error.to_json_body());
        match error.retry_after_secs {
            Some(secs) => add_twilio_rate_limit_headers(response, secs, true),
            None => response,
        }
    }
}

/// Returns the JSON of a Twilio verification: <https://www.twilio.com/docs/verify/api/verification>.
pub(crate) fn build_twilio_verification_json(
    settings: &TwilioSettings,
    verification: &TwilioVerification,
    status: &str,
) -> Value {
    let attempts: Vec<Value> = verification
        .attempts
        .iter()
        .map(|attempt| {
            let channel = attempt.options.channel.as_str();
            let upper_case = settings.upper_case_channels.then(|| channel.to_uppercase());
            json!({
                "attempt_sid": attempt.sid,
                "channel": upper_case.as_deref().unwrap_or(channel),
                "time": format_rfc3339_millis(attempt.at),
            })
        })
        .collect();
    let mut body = build_common_verification_json(settings, verification, status);
    body["lookup"] = if settings.lookup_is_empty {
        json!({})
    } else {
        json!({ "carrier": null })
    };
    body["send_code_attempts"] = Value::Array(attempts);
    if !settings.sna_is_absent {
        body["sna"] = Value::Null;
    }
    body["url"] =
        build_twilio_verification_url(&verification.key.service, &verification.sid).into();
    body
}

/// Returns the JSON of a Twilio code check: <https://www.twilio.com/docs/verify/api/verification-check>.
pub(crate) fn build_twilio_check_json(
    settings: &TwilioSettings,
    verification: &TwilioVerification,
    status: &str,
) -> Value {
    let mut body = build_common_verification_json(settings, verification, status);
    if !settings.sna_is_absent {
        body["sna_attempts_error_codes"] = json!([]);
    }
    body
}

/// Returns the `url` member of a Twilio verification. As in real responses, its host is Twilio's.
pub(crate) fn build_twilio_verification_url(service: &str, sid: &str) -> String {
    format!("https://verify.twilio.com/v2/Services/{service}/Verifications/{sid}")
}

/// Returns the JSON members that verification and check responses have in common.
fn build_common_verification_json(
    settings: &TwilioSettings,
    verification: &TwilioVerification,
    status: &str,
) -> Value {
    let transaction = verification.key.transaction.as_ref();
    json!({
        "sid": verification.sid,
        "service_sid": verification.key.service,
        "account_sid": settings.account_sid,
        "to": verification.key.to,
        "channel": verification.channel.as_str(),
        "status": status,
        "valid": status == "approved",
        "amount": transaction.map(|payment| &payment.amount),
        "payee": transaction.map(|payment| &payment.payee),
        "date_created": format_rfc3339_secs(verification.created_at),
        "date_updated": format_rfc3339_secs(verification.updated_at),
    })
}
