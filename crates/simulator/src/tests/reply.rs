//! HTTP response that the test client returns.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// Complete HTTP response.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Reply {
    /// Parses the response body as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("the body is JSON")
    }

    /// Returns the HTTP status and the error code of a Twilio error response.
    pub(super) fn twilio_error(&self) -> (u16, u64) {
        (
            self.status.as_u16(),
            self.json()["code"].as_u64().unwrap_or(0),
        )
    }

    /// Returns the member `message` of a Twilio error response; empty if it has none.
    pub(super) fn twilio_error_message(&self) -> String {
        self.json()["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Returns the value of a response header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("header value is text"))
    }
}
