//! How a program is told that its call was not carried out (RFC 9457).

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The body of every refusal: `code` never changes, `error` is for people, and the rest is what
/// the caller needs to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProblemDetails {
    /// A name for this kind of problem; `urn:sallyport:problem:` and its `code`.
    #[schema(example = "urn:sallyport:problem:invalid_code")]
    pub r#type: String,
    /// What this kind of problem is called.
    #[schema(example = "Invalid code")]
    pub title: String,
    /// The status of the response.
    #[schema(example = 401)]
    pub status: u16,
    /// Stable: for programs to go by.
    #[schema(example = "invalid_code")]
    pub code: &'static str,
    /// For people; may change, and is in English.
    #[schema(example = "Invalid code. 4 attempts remaining.")]
    pub error: String,
    /// How many more codes may be tried, after a wrong one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 4, nullable = false)]
    pub attempts_remaining: Option<u32>,
    /// Seconds to wait before the same call can succeed; also in `Retry-After`. Not there where
    /// waiting does not help.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 30, nullable = false)]
    pub retry_after: Option<u64>,
    /// What is wrong, member by member.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<MemberProblem>,
    /// The flow that was opened or goes on all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub flow: Option<String>,
    /// The payment that was begun and stands all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015", nullable = false)]
    pub payment_id: Option<String>,
}

/// What is wrong with one member of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemberProblem {
    /// The member's name.
    #[schema(example = "email")]
    pub field: &'static str,
    #[schema(example = "email_invalid")]
    pub code: String,
    #[schema(example = "Enter an email address like name@example.com.")]
    pub error: String,
}

impl ProblemDetails {
    pub const MEDIA_TYPE: &'static str = "application/problem+json";

    /// With nothing but what every problem says.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        title: impl Into<String>,
        error: impl Into<String>,
    ) -> Self {
        Self {
            r#type: format!("urn:sallyport:problem:{code}"),
            title: title.into(),
            status: status.as_u16(),
            code,
            error: error.into(),
            attempts_remaining: None,
            retry_after: None,
            errors: Vec::new(),
            flow: None,
            payment_id: None,
        }
    }

    /// As the body of a response. The status is the caller's to set.
    pub fn json(&self) -> String {
        // Texts and numbers alone: nothing that could fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl IntoResponse for ProblemDetails {
    fn into_response(self) -> Response {
        let mut response = self.json().into_response();
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(Self::MEDIA_TYPE));
        if let Some(secs) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(secs));
        }
        response
    }
}
