//! Telnyx's errors: contract section 3.7, dictionary at
//! <https://developers.telnyx.com/development/api-fundamentals/api-errors>.

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::super::answer::Answer;

/// One documented error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) code: u32,
    pub(super) http: u16,
    pub(super) title: &'static str,
    pub(super) detail: &'static str,
}

const fn known(code: u32, http: u16, title: &'static str, detail: &'static str) -> Known {
    Known {
        code,
        http,
        title,
        detail,
    }
}

/// Every error of section 3.7.
pub(super) const ERRORS: &[Known] = &[
    known(
        10002,
        400,
        "Invalid phone number",
        "The phone number is invalid.",
    ),
    known(
        10004,
        400,
        "Missing required parameter",
        "A required parameter was missing.",
    ),
    known(
        10005,
        404,
        "Resource not found",
        "The requested resource or URL could not be found.",
    ),
    known(
        10007,
        500,
        "Unexpected error",
        "An unexpected error occurred.",
    ),
    known(
        10009,
        401,
        "Authentication failed",
        "Could not understand the provided credentials.",
    ),
    known(
        10010,
        403,
        "Authorization failed",
        "You do not have permission to perform the requested action on the specified resource.",
    ),
    known(
        10011,
        429,
        "Too many requests",
        "You have exceeded the maximum number of allowed requests.",
    ),
    known(
        10015,
        400,
        "Bad Request",
        "The request failed because it was not well-formed.",
    ),
    known(
        10016,
        400,
        "Phone number must be in +E.164 format",
        "The specified phone number parameter must be in +E.164 format.",
    ),
    known(
        10027,
        422,
        "Unprocessable entity",
        "The request could not be processed.",
    ),
    known(
        20100,
        403,
        "Insufficient funds",
        "You have insufficient funds to perform this action.",
    ),
    known(
        40309,
        400,
        "Invalid destination region",
        "The destination is not whitelisted on the profile.",
    ),
];

/// An error about to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) http: u16,
    pub(super) code: u32,
    pub(super) title: &'static str,
    detail: &'static str,
    /// A JSON pointer to the offending member.
    pointer: Option<String>,
}

impl Refusal {
    /// The error with that code, worded as in the table. An unlisted code becomes a plain 400.
    pub(super) fn of(code: u32) -> Self {
        let listed = ERRORS.iter().find(|error| error.code == code).copied();
        let error = listed.unwrap_or_else(|| known(code, 400, "Bad Request", "Bad Request"));
        Self {
            http: error.http,
            code: error.code,
            title: error.title,
            detail: error.detail,
            pointer: None,
        }
    }

    pub(super) fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    pub(super) fn not_found() -> Self {
        Self::of(10005)
    }

    /// The error envelope of contract section 3.1.
    pub(super) fn body(&self) -> Value {
        envelope(
            &self.code.to_string(),
            self.title,
            self.detail,
            self.pointer.as_deref(),
        )
    }
}

pub(super) fn envelope(code: &str, title: &str, detail: &str, pointer: Option<&str>) -> Value {
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

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.http).unwrap_or(StatusCode::BAD_REQUEST);
        let mut answer = Self::json(status, refusal.body());
        if status == StatusCode::TOO_MANY_REQUESTS {
            answer.headers = vec![(RETRY_AFTER, HeaderValue::from_static("1"))];
        }
        answer
    }
}
