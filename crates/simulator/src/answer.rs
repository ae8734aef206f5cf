//! What goes back on the wire, whichever provider says it.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, StatusCode};
use serde_json::Value;

/// One answer, still open to tampering by a fault.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content: Content,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// The verification it is about, for the ledger.
    pub(super) verification: Option<String>,
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Json(Value),
    Html(&'static str),
}

impl Answer {
    pub(super) fn json(status: StatusCode, body: Value) -> Self {
        Self {
            status,
            content: Content::Json(body),
            headers: Vec::new(),
            verification: None,
        }
    }

    /// What a gateway in trouble answers in the provider's place.
    pub(super) fn unavailable() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            content: Content::Html("<html><body><h1>503 Service Unavailable</h1></body></html>\n"),
            headers: Vec::new(),
            verification: None,
        }
    }

    pub(super) fn about(mut self, verification: impl Into<String>) -> Self {
        self.verification = Some(verification.into());
        self
    }

    /// The provider's own error code, where the body has one: Twilio's is a number in the one object,
    /// Telnyx's the text of one in the first of a list.
    pub(super) fn error_code(&self) -> Option<u32> {
        let Content::Json(body) = &self.content else {
            return None;
        };
        if self.status.is_success() {
            return None;
        }
        let number = body.get("code").and_then(Value::as_u64);
        let text = body.pointer("/errors/0/code").and_then(Value::as_str);
        number
            .and_then(|code| u32::try_from(code).ok())
            .or_else(|| text?.parse().ok())
    }

    /// Puts the headers on any response made from this answer.
    fn add_headers(&self, response: &mut Response) {
        for (name, value) in &self.headers {
            response.headers_mut().insert(name, value.clone());
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
