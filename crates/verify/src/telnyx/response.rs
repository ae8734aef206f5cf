//! Parses the response bodies of Telnyx. Its specification requires no field of a verification, so every field may be
//! missing or null (`docs/verify-contract.md#section-3-1`). Unlisted fields are ignored, among them `custom_code` and
//! the timestamps, which have no time zone.

use serde::Deserialize;
use serde_json::Value;

use crate::api_call::{CallError, ErrorDetails, JsonObject, Parameter, SuccessResponse};
use crate::identifiers::{ServiceId, VerificationId, is_lower_case_uuid};
use crate::outcome::{Sent, Verdict};
use crate::verifier::{CheckRequest, SendRequest};
use domain::{Channel, PhoneNumber};

/// Telnyx's response to a request to send a code
/// (<https://developers.telnyx.com/api-reference/verify/retrieve-verification>).
///
/// Parsing fails if a field occurs twice.
#[derive(Deserialize)]
pub(super) struct CreatedVerification {
    data: JsonObject<Verification>,
}

#[derive(Deserialize)]
struct Verification {
    id: Option<String>,
    verify_profile_id: Option<String>,
    phone_number: Option<String>,
    r#type: Option<String>,
    status: Option<String>,
}

/// Telnyx's response to a request to check a code
/// (<https://developers.telnyx.com/api-reference/verify/verify-verification-code-by-id>).
#[derive(Deserialize)]
pub(super) struct CheckedCode {
    data: JsonObject<CheckResult>,
}

#[derive(Deserialize)]
struct CheckResult {
    phone_number: Option<String>,
    /// The verdict on the code. The specification lists two values and the guides two more; there may be others.
    response_code: Option<String>,
    /// A member that Telnyx does not document. It never approves a code.
    valid: Option<Value>,
}

impl SuccessResponse<CreatedVerification> {
    /// Converts the response to the result of a send.
    ///
    /// Fails if the response names another number or profile, or a verification that has ended.
    pub(super) fn into_send_result(self, request: &SendRequest<'_>) -> Result<Sent, CallError> {
        let JsonObject(body) = &self.body.data;
        let matches_request = body.matches_profile(request.service)
            && is_requested_number(body.phone_number.as_ref(), request.to);
        let id = body.id.as_deref().filter(|id| is_lower_case_uuid(id));
        match id.and_then(VerificationId::parse_provider_id) {
            Some(verification) if matches_request && body.is_verification_in_progress() => {
                Ok(Sent {
                    verification,
                    service: request.service.clone(),
                    channel: body.parse_message_channel().unwrap_or(request.channel),
                })
            }
            _ => Err(CallError::from_unusable_response(
                Some(self.status),
                "the response is not about the verification just created",
            )),
        }
    }
}

impl SuccessResponse<CheckedCode> {
    /// Converts the response to a verdict on the code.
    ///
    /// Only the response code `accepted` for the requested number approves it.
    pub(super) fn into_verdict(self, check: &CheckRequest<'_>) -> Result<Verdict, CallError> {
        // The response does not name the verification; the path of the request does.
        let JsonObject(body) = &self.body.data;
        let create_mismatch_error =
            |cause| CallError::from_unusable_response(Some(self.status), cause);
        if !is_requested_number(body.phone_number.as_ref(), check.to) {
            return Err(create_mismatch_error(
                "the response is about another number",
            ));
        }
        // Compared exactly: `Accepted` or `accepted ` must not approve.
        match body.response_code.as_deref() {
            Some("accepted") => Ok(Verdict::Approved),
            Some("rejected") if body.valid == Some(Value::Bool(true)) => Ok(Verdict::Contradictory),
            Some("rejected") => Ok(Verdict::Wrong),
            Some("expired") => Ok(Verdict::NoLiveVerification),
            Some("max_attempts_exceeded") => Ok(Verdict::ChecksExhausted),
            _ => Err(create_mismatch_error("the response code is not known")),
        }
    }
}

impl Verification {
    /// Returns whether the response names this Verify profile.
    fn matches_profile(&self, profile_id: &ServiceId) -> bool {
        self.verify_profile_id.as_deref() == Some(profile_id.as_str())
    }

    /// Returns whether the verification is still in progress. An undocumented status counts as in progress.
    fn is_verification_in_progress(&self) -> bool {
        let ended = ["accepted", "invalid", "expired", "error"];
        let status = self.status.as_deref();
        status.is_none_or(|status| !ended.contains(&status))
    }

    /// Parses the channel over which the code is sent. Returns `None` if it is unknown.
    fn parse_message_channel(&self) -> Option<Channel> {
        Channel::from_name(self.r#type.as_deref()?)
    }
}

/// Returns whether the number in a response equals the requested phone number.
fn is_requested_number(number_in_response: Option<&String>, requested: &PhoneNumber) -> bool {
    number_in_response.map(String::as_str) == Some(requested.as_e164())
}

/// Body of a Telnyx error response (<https://developers.telnyx.com/development/api-fundamentals/api-errors>).
///
/// Titles and details are not parsed, because they may contain the phone number or the ID of the API key.
#[derive(Deserialize)]
pub(super) struct ErrorBody {
    errors: Vec<ErrorItem>,
}

#[derive(Deserialize)]
struct ErrorItem {
    /// The error code in decimal digits.
    code: Option<String>,
    source: Option<ErrorSource>,
}

#[derive(Deserialize)]
struct ErrorSource {
    /// A JSON pointer to the invalid field of the request.
    pointer: Option<String>,
}

impl From<ErrorBody> for ErrorDetails {
    /// Takes code and parameter from the first error in the response body, and ignores the other errors.
    fn from(body: ErrorBody) -> Self {
        let Some(first) = body.errors.into_iter().next() else {
            return Self::default();
        };
        let pointer = first.source.and_then(|source| source.pointer);
        Self {
            code: first.code.and_then(|code| code.parse().ok()),
            parameter: pointer.map(|pointer| match pointer.as_str() {
                "/phone_number" => Parameter::To,
                "/code" => Parameter::Code,
                _ => Parameter::Other,
            }),
        }
    }
}
