//! Response of a simulated provider, before it becomes an HTTP response.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, StatusCode};
use serde_json::Value;

/// Response of a simulated provider before fault injection.
#[derive(Clone, Debug)]
pub(crate) struct ProviderResponse {
    pub(crate) status: StatusCode,
    pub(crate) body: ResponseBody,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// The id of the verification that the call concerned, for the ledger.
    pub(crate) verification: Option<String>,
}

/// Body of a simulated provider's response: JSON or HTML.
#[derive(Clone, Debug)]
pub(crate) enum ResponseBody {
    Json(Value),
    Html(&'static str),
}

impl ProviderResponse {
    /// Creates a provider response with a JSON body.
    pub(crate) fn json_response(status: StatusCode, body: Value) -> Self {
        Self {
            status,
            body: ResponseBody::Json(body),
            headers: Vec::new(),
            verification: None,
        }
    }

    /// Creates an HTML response with HTTP status 503, like a failing gateway in front of a provider.
    pub(crate) fn gateway_failure_response() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            body: ResponseBody::Html(
                "<html><body><h1>503 Service Unavailable</h1></body></html>\n",
            ),
            headers: Vec::new(),
            verification: None,
        }
    }

    /// Sets the id of the verification that the simulator records with the call.
    pub(crate) fn with_verification_id(mut self, verification_id: impl Into<String>) -> Self {
        self.verification = Some(verification_id.into());
        self
    }

    /// Returns the provider's error code from the body of an error response.
    ///
    /// Twilio sends the code as a number in an object, Telnyx as a text in the first element of a list.
    pub(crate) fn provider_error_code(&self) -> Option<u32> {
        let ResponseBody::Json(body) = &self.body else {
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
}

impl IntoResponse for ProviderResponse {
    fn into_response(self) -> Response {
        let (content_type, body) = match self.body {
            ResponseBody::Json(body) => ("application/json", Body::from(body.to_string())),
            ResponseBody::Html(page) => ("text/html; charset=utf-8", Body::from(page)),
        };
        let mut response = (self.status, [(CONTENT_TYPE, content_type)], body).into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}
