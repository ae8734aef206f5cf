//! Twilio's answers.

use http::header::{HeaderName, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::clock::{rfc3339_millis, rfc3339_secs};
use super::super::settings::TwilioSettings;
use super::errors::Refusal;
use super::verification::Verification;

/// Whether the limit was met.
const REACHED_RATE_LIMIT: HeaderName = HeaderName::from_static("twilio-reached-rate-limit");

/// The two headers Twilio's document declares on the 201 and 429 of a create.
pub(super) fn rated(mut answer: Answer, retry_after_secs: i64, reached: bool) -> Answer {
    let reached = if reached { "true" } else { "false" };
    answer.headers = vec![
        (RETRY_AFTER, HeaderValue::from(retry_after_secs)),
        (REACHED_RATE_LIMIT, HeaderValue::from_static(reached)),
    ];
    answer
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.http).unwrap_or(StatusCode::BAD_REQUEST);
        let answer = Self::json(status, refusal.body());
        match refusal.retry_after_secs {
            Some(secs) => rated(answer, secs, true),
            None => answer,
        }
    }
}

/// The object of contract section 2.2: create, update and fetch answer it.
pub(super) fn verification(settings: &TwilioSettings, found: &Verification, status: &str) -> Value {
    let attempts: Vec<Value> = found
        .attempts
        .iter()
        .map(|attempt| {
            let channel = attempt.sending.channel.name();
            let upper_case = settings.upper_case_channels.then(|| channel.to_uppercase());
            json!({
                "attempt_sid": attempt.sid,
                "channel": upper_case.as_deref().unwrap_or(channel),
                "time": rfc3339_millis(attempt.at),
            })
        })
        .collect();
    let mut body = common(settings, found, status);
    body["lookup"] = if settings.lookup_is_empty {
        json!({})
    } else {
        json!({ "carrier": null })
    };
    body["send_code_attempts"] = Value::Array(attempts);
    if !settings.sna_is_absent {
        body["sna"] = Value::Null;
    }
    body["url"] = verification_url(&found.key.service, &found.sid).into();
    body
}

/// The object of contract section 2.3, answered by a check.
pub(super) fn verification_check(
    settings: &TwilioSettings,
    found: &Verification,
    status: &str,
) -> Value {
    let mut body = common(settings, found, status);
    if !settings.sna_is_absent {
        body["sna_attempts_error_codes"] = json!([]);
    }
    body
}

/// Where Twilio would serve the verification. Its host, not ours: a client must not follow it.
pub(super) fn verification_url(service: &str, sid: &str) -> String {
    format!("https://verify.twilio.com/v2/Services/{service}/Verifications/{sid}")
}

fn common(settings: &TwilioSettings, found: &Verification, status: &str) -> Value {
    let transaction = found.key.transaction.as_ref();
    json!({
        "sid": found.sid,
        "service_sid": found.key.service,
        "account_sid": settings.account_sid,
        "to": found.key.to,
        "channel": found.channel.name(),
        "status": status,
        "valid": status == "approved",
        "amount": transaction.map(|payment| &payment.amount),
        "payee": transaction.map(|payment| &payment.payee),
        "date_created": rfc3339_secs(found.created_at),
        "date_updated": rfc3339_secs(found.updated_at),
    })
}
