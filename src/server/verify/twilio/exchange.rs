//! One request to Twilio and what came back, read within bounds.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use tracing::{error, warn};

use super::answer::{Answer, Body, ErrorBody, Parameter};

/// The most bytes of an answer; real ones have some 1,500 (PRV-01).
const MAX_BODY: usize = 64 * 1024;
/// A longer pause than this is not believed.
const MAX_RETRY_AFTER: u64 = 24 * 60 * 60;

const JSON: &str = "application/json";

/// Why a call brought no answer to go by.
pub(super) enum Trouble {
    /// Not one byte of the request left.
    NotSent { cause: String },
    /// Twilio, or something before it, answered with an error.
    Answered(ErrorAnswer),
    /// The request left, and what came back, if anything, is of no use.
    Unclear {
        status: Option<StatusCode>,
        cause: String,
    },
}

/// Any answer without a status of success.
pub(super) struct ErrorAnswer {
    pub(super) status: StatusCode,
    /// Twilio's own code: the stable key. Missing when it was not Twilio who answered.
    pub(super) code: Option<u32>,
    pub(super) parameter: Option<Parameter>,
    pub(super) retry_after: Option<Duration>,
}

impl ErrorAnswer {
    /// Whether the request was turned away. Of a 5xx, a redirect or a 408 nobody can tell.
    pub(super) fn is_refusal(&self) -> bool {
        self.status.is_client_error() && self.status != StatusCode::REQUEST_TIMEOUT
    }
}

/// Makes the call, once.
pub(super) async fn exchange(call: RequestBuilder) -> Result<Answer, Trouble> {
    let response = call.header(ACCEPT, JSON).send().await;
    let response = response.map_err(Trouble::of_transport)?;
    let status = response.status();
    if !status.is_success() {
        return Err(Trouble::Answered(error_answer(response).await));
    }
    if !is_json(response.headers()) {
        return Err(Trouble::unclear(Some(status), "the answer is not JSON"));
    }
    let bytes = read(response)
        .await
        .map_err(|cause| Trouble::unclear(Some(status), cause))?;
    parse(status, &bytes)
}

/// A body of success, if it is what the documentation says it is.
pub(super) fn parse(status: StatusCode, bytes: &[u8]) -> Result<Answer, Trouble> {
    // A field that is passed over is not checked to be text, and the fields in a row without their names are
    // taken for an object: neither is what was promised.
    let text = str::from_utf8(bytes).unwrap_or_default();
    if !text.trim_ascii_start().starts_with('{') {
        return Err(Trouble::unclear(Some(status), "the answer is no object"));
    }
    serde_json::from_str::<Body>(text)
        .map(|body| Answer { status, body })
        // The parser's own message may quote what it read.
        .map_err(|error| Trouble::unclear(Some(status), format!("{:?} error", error.classify())))
}

async fn error_answer(response: Response) -> ErrorAnswer {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let body = if is_json(response.headers()) {
        read(response).await.unwrap_or_default()
    } else {
        Vec::new()
    };
    // An error without a body to go by is judged by its status alone, as Twilio's own libraries do.
    let body: ErrorBody = serde_json::from_slice(&body).unwrap_or_default();
    ErrorAnswer {
        status,
        code: body.code,
        parameter: body.parameter(),
        retry_after,
    }
}

/// The whole body, or why not.
async fn read(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(root_cause)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(format!("the answer has more than {MAX_BODY} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(one), None) = (types.next(), types.next()) else {
        return false;
    };
    let media = one.to_str().unwrap_or_default().split(';').next();
    media.is_some_and(|media| media.trim().eq_ignore_ascii_case(JSON))
}

/// Whole seconds; a date is not understood, and then the caller's own pause applies.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds.min(MAX_RETRY_AFTER)))
}

/// The innermost reason, such as "Connection refused": the outer ones hold the URL.
fn root_cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| error.to_string(), ToString::to_string)
}

impl Trouble {
    pub(super) fn unclear(status: Option<StatusCode>, cause: impl Into<String>) -> Self {
        let cause = cause.into();
        Self::Unclear { status, cause }
    }

    fn of_transport(error: reqwest::Error) -> Self {
        // The connector resolves, connects and shakes hands for TLS; a builder's error comes before all that.
        let before_writing = error.is_connect() || error.is_builder();
        let cause = root_cause(error);
        if before_writing {
            return Self::NotSent { cause };
        }
        Self::unclear(None, cause)
    }

    pub(super) fn refusal(&self) -> Option<&ErrorAnswer> {
        match self {
            Self::Answered(error) => Some(error).filter(|error| error.is_refusal()),
            Self::NotSent { .. } | Self::Unclear { .. } => None,
        }
    }

    /// Tells the operator, in fields that hold neither number nor code nor anything secret (LEAK-04).
    pub(super) fn log(&self, operation: &'static str, outcome: &'static str, ours: bool) {
        let (http_status, twilio_code, cause) = match self {
            Self::NotSent { cause } => (None, None, Some(cause.as_str())),
            Self::Answered(error) => (Some(error.status), error.code, None),
            Self::Unclear { status, cause } => (*status, None, Some(cause.as_str())),
        };
        let http_status = http_status.map(|status| status.as_u16());
        if ours {
            error!(
                operation,
                http_status,
                twilio_code,
                outcome,
                cause,
                "Twilio refuses how it is called: check credentials, services and their features"
            );
        } else {
            warn!(
                operation,
                http_status, twilio_code, outcome, cause, "A call to Twilio failed"
            );
        }
    }
}
