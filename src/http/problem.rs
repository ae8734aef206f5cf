//! Problem details: the body of every error response of the JSON API (RFC 9457).

use std::borrow::Cow;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Error response body of the JSON API (RFC 9457).
///
/// It has a stable `code`, a message for people in `error`, and members that tell the client how to continue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProblemDetails {
    /// The kind of problem: `urn:sallyport:problem:` and `code`.
    #[schema(example = "urn:sallyport:problem:invalid_code")]
    pub r#type: String,
    /// A short name for this kind of problem.
    #[schema(example = "Invalid code")]
    pub title: String,
    /// The HTTP status of the response.
    #[schema(example = 401)]
    pub status: u16,
    /// A stable code for programs.
    #[schema(example = "invalid_code")]
    pub code: &'static str,
    /// A message for people, in English. It may change.
    #[schema(example = "Invalid code")]
    pub error: String,
    /// `rejected` after a wrong code: the verdict in the words of Telnyx Verify, whichever provider or app the code is
    /// from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "rejected", nullable = false)]
    pub response_code: Option<&'static str>,
    /// How many more codes may be tried, after a wrong code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 4, nullable = false)]
    pub attempts_remaining: Option<u32>,
    /// Seconds until the same call can succeed, also in `Retry-After`. Absent where waiting does not help.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 30, nullable = false)]
    pub retry_after: Option<u64>,
    /// The problems of single members of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<MemberProblem>,
    /// The flow that was started, or that is still open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub flow: Option<String>,
    /// The payment that was started and still exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015", nullable = false)]
    pub payment_id: Option<String>,
}

/// A problem with one member of the JSON request body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemberProblem {
    /// The name of the member. It is `code` also if the call has no such member but a page would show the problem at the
    /// code field, for example a resend that comes too early.
    #[schema(example = "email")]
    pub field: Cow<'static, str>,
    /// A stable code for this problem of one member, such as `missing` or `too_long`.
    #[schema(example = "email_invalid")]
    pub code: String,
    #[schema(example = "Enter an email address like name@example.com.")]
    pub error: String,
}

impl ProblemDetails {
    pub const MEDIA_TYPE: &'static str = "application/problem+json";

    /// Creates problem details that have only the required members.
    pub fn with_required_members(
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
            response_code: None,
            attempts_remaining: None,
            retry_after: None,
            errors: Vec::new(),
            flow: None,
            payment_id: None,
        }
    }

    /// Serialises the problem details as JSON.
    pub fn to_json(&self) -> String {
        // Serialising texts and numbers cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl IntoResponse for ProblemDetails {
    fn into_response(self) -> Response {
        let mut response = self.to_json().into_response();
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
