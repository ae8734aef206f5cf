//! Error responses of Telnyx: <https://developers.telnyx.com/development/api-fundamentals/api-errors>.

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::response::ProviderResponse;

/// Entry in the table of documented Telnyx errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorSpec {
    pub(crate) code: u32,
    pub(crate) http: u16,
    pub(crate) title: &'static str,
    pub(crate) detail: &'static str,
}

/// Creates an entry in the table of Telnyx errors.
const fn error_table_entry(
    error_code: u32,
    http_status: u16,
    title: &'static str,
    detail: &'static str,
) -> ErrorSpec {
    ErrorSpec {
        code: error_code,
        http: http_status,
        title,
        detail,
    }
}

/// Documented Telnyx errors that an application has to handle.
pub(crate) const ERRORS: &[ErrorSpec] = &[
    error_table_entry(
        10002,
        400,
        "Invalid phone number",
        "The phone number is invalid.",
    ),
    error_table_entry(
        10004,
        400,
        "Missing required parameter",
        "A required parameter was missing.",
    ),
    error_table_entry(
        10005,
        404,
        "Resource not found",
        "The requested resource or URL could not be found.",
    ),
    error_table_entry(
        10007,
        500,
        "Unexpected error",
        "An unexpected error occurred.",
    ),
    error_table_entry(
        10009,
        401,
        "Authentication failed",
        "Could not understand the provided credentials.",
    ),
    error_table_entry(
        10010,
        403,
        "Authorization failed",
        "You do not have permission to perform the requested action on the specified resource.",
    ),
    error_table_entry(
        10011,
        429,
        "Too many requests",
        "You have exceeded the maximum number of allowed requests.",
    ),
    error_table_entry(
        10015,
        400,
        "Bad Request",
        "The request failed because it was not well-formed.",
    ),
    error_table_entry(
        10016,
        400,
        "Phone number must be in +E.164 format",
        "The specified phone number parameter must be in +E.164 format.",
    ),
    error_table_entry(
        10027,
        422,
        "Unprocessable entity",
        "The request could not be processed.",
    ),
    error_table_entry(
        20100,
        403,
        "Insufficient funds",
        "You have insufficient funds to perform this action.",
    ),
    error_table_entry(
        40309,
        400,
        "Invalid destination region",
        "The destination is not whitelisted on the profile.",
    ),
];

/// Telnyx error response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TelnyxError {
    pub(crate) http: u16,
    pub(crate) code: u32,
    pub(crate) title: &'static str,
    detail: &'static str,
    /// A JSON pointer to the invalid member.
    pointer: Option<String>,
}

impl TelnyxError {
    /// Creates the Telnyx error with this code. A code that is not in [`ERRORS`] gets HTTP status 400.
    pub(crate) fn from_error_code(error_code: u32) -> Self {
        let listed = ERRORS
            .iter()
            .find(|error| error.code == error_code)
            .copied();
        let error = listed
            .unwrap_or_else(|| error_table_entry(error_code, 400, "Bad Request", "Bad Request"));
        Self {
            http: error.http,
            code: error.code,
            title: error.title,
            detail: error.detail,
            pointer: None,
        }
    }

    /// Sets the JSON pointer to the invalid member of the request body.
    pub(crate) fn with_json_pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// Creates Telnyx's "resource not found" error (HTTP 404, code 10005).
    pub(crate) fn resource_not_found() -> Self {
        Self::from_error_code(10005)
    }

    /// Returns the JSON body of the Telnyx error response.
    pub(crate) fn to_json_body(&self) -> Value {
        telnyx_error_json(
            &self.code.to_string(),
            self.title,
            self.detail,
            self.pointer.as_deref(),
        )
    }
}

/// Returns a JSON body in Telnyx's error format. `pointer` is a JSON pointer into the request body.
pub(crate) fn telnyx_error_json(
    code: &str,
    title: &str,
    detail: &str,
    pointer: Option<&str>,
) -> Value {
    let mut error = json!({
        "code": code,
        "title": title,
        "detail": detail,
        "meta": { "url": format!("https://developers.telnyx.com/docs/overview/errors/{code}") },
    });
    if let Some(pointer) = pointer {
        error["source"] = json!({ "pointer": pointer });
    }
    json!({ "errors": [error] })
}

impl From<TelnyxError> for ProviderResponse {
    fn from(error: TelnyxError) -> Self {
        let status = StatusCode::from_u16(error.http).unwrap_or(StatusCode::BAD_REQUEST);
        let mut answer = Self::json_response(status, error.to_json_body());
        if status == StatusCode::TOO_MANY_REQUESTS {
            answer.headers = vec![(RETRY_AFTER, HeaderValue::from_static("1"))];
        }
        answer
    }
}
