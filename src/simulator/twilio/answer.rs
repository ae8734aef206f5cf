//! What goes back on the wire.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::super::clock::{rfc3339_millis, rfc3339_secs};
use super::errors::Refusal;
use super::verification::Verification;

/// Declared by Twilio's `OpenAPI` document on the 201 and 429 of a create.
const REACHED_RATE_LIMIT: HeaderName = HeaderName::from_static("twilio-reached-rate-limit");

/// One answer, still open to tampering by a fault.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content: Content,
    /// `Retry-After` in seconds together with `Twilio-Reached-Rate-Limit`.
    pub(super) rate: Option<Rate>,
    /// The verification it is about, for the ledger.
    pub(super) verification: Option<String>,
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Json(Value),
    Html(&'static str),
}

/// The two rate headers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) retry_after_secs: i64,
    pub(super) reached: bool,
}

impl Answer {
    pub(super) fn json(status: StatusCode, body: Value) -> Self {
        Self {
            status,
            content: Content::Json(body),
            rate: None,
            verification: None,
        }
    }

    /// What a gateway in trouble answers in Twilio's place.
    pub(super) fn unavailable() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            content: Content::Html("<html><body><h1>503 Service Unavailable</h1></body></html>\n"),
            rate: None,
            verification: None,
        }
    }

    pub(super) fn about(mut self, verification: &Verification) -> Self {
        self.verification = Some(verification.sid.clone());
        self
    }

    pub(super) fn rated(mut self, retry_after_secs: i64, reached: bool) -> Self {
        self.rate = Some(Rate {
            retry_after_secs,
            reached,
        });
        self
    }

    /// Twilio's own error code, where the body has one.
    pub(super) fn error_code(&self) -> Option<u32> {
        match &self.content {
            Content::Json(body) if !self.status.is_success() => body
                .get("code")
                .and_then(Value::as_u64)
                .and_then(|code| u32::try_from(code).ok()),
            _ => None,
        }
    }

    /// Puts the rate headers on any response made from this answer.
    pub(super) fn add_headers(&self, response: &mut Response) {
        let Some(rate) = self.rate else { return };
        let headers = response.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from(rate.retry_after_secs));
        let reached = if rate.reached { "true" } else { "false" };
        headers.insert(REACHED_RATE_LIMIT, HeaderValue::from_static(reached));
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.http).unwrap_or(StatusCode::BAD_REQUEST);
        let answer = Self::json(status, refusal.body());
        match refusal.retry_after_secs {
            Some(secs) => answer.rated(secs, true),
            None => answer,
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let (content_type, body) = match &self.content {
            Content::Json(body) => ("application/json", Body::from(body.to_string())),
            Content::Html(page) => ("text/html; charset=utf-8", Body::from(*page)),
        };
        let mut response = (self.status, [(CONTENT_TYPE, content_type)], body).into_response();
        self.add_headers(&mut response);
        response
    }
}

/// The object of contract section 2.2: create, update and fetch answer it.
pub(super) fn verification(account_sid: &str, found: &Verification, status: &str) -> Value {
    let attempts: Vec<Value> = found
        .attempts
        .iter()
        .map(|attempt| {
            json!({
                "attempt_sid": attempt.sid,
                "channel": attempt.channel.name(),
                "time": rfc3339_millis(attempt.at),
            })
        })
        .collect();
    let mut body = common(account_sid, found, status);
    body["lookup"] = json!({ "carrier": null });
    body["send_code_attempts"] = Value::Array(attempts);
    body["sna"] = Value::Null;
    body["url"] = verification_url(&found.key.service, &found.sid).into();
    body
}

/// The object of contract section 2.3, answered by a check.
pub(super) fn verification_check(account_sid: &str, found: &Verification, status: &str) -> Value {
    let mut body = common(account_sid, found, status);
    body["sna_attempts_error_codes"] = json!([]);
    body
}

/// Where Twilio would serve the verification. Its host, not ours: a client must not follow it.
pub(super) fn verification_url(service: &str, sid: &str) -> String {
    format!("https://verify.twilio.com/v2/Services/{service}/Verifications/{sid}")
}

fn common(account_sid: &str, found: &Verification, status: &str) -> Value {
    let transaction = found.key.transaction.as_ref();
    json!({
        "sid": found.sid,
        "service_sid": found.key.service,
        "account_sid": account_sid,
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
