//! The meaning of Telnyx's error codes (`docs/verify-contract.md#section-3-7`).
//!
//! The code decides; without a known code the HTTP status decides. A 404 after a send means
//! that the profile is wrong. A 404 after a check means that the verification has ended.

use crate::api_call::{CallError, ErrorResponse, Parameter};
use crate::outcome::{CheckFailure, SendFailure, Verdict};

/// Error "Resource not found": <https://developers.telnyx.com/docs/overview/errors/10005>.
const NOT_FOUND: u32 = 10005;
/// Error "Too many requests": <https://developers.telnyx.com/docs/overview/errors/10011>.
const TOO_MANY_REQUESTS: u32 = 10011;
/// Error "Invalid destination region" about a country that the profile does not permit:
/// <https://developers.telnyx.com/docs/overview/errors/40309>.
const BLOCKED: u32 = 40309;
/// Errors about a field of the request. Their meaning depends on the field.
const INVALID_FIELD: [u32; 2] = [
    // "Bad Request": https://developers.telnyx.com/docs/overview/errors/10015
    10015,
    // "Unprocessable entity": https://developers.telnyx.com/docs/overview/errors/10027
    10027,
];
/// Errors about the phone number.
const BAD_DESTINATION: [u32; 2] = [
    // "Invalid phone number": https://developers.telnyx.com/docs/overview/errors/10002
    10002,
    // "Phone number must be in +E.164 format": https://developers.telnyx.com/docs/overview/errors/10016
    10016,
];
/// Errors whose cause the operator must correct.
const CONFIGURATION: [u32; 4] = [
    // "Missing required parameter": https://developers.telnyx.com/docs/overview/errors/10004
    10004,
    // "Authentication failed": https://developers.telnyx.com/docs/overview/errors/10009
    10009,
    // "Authorization failed": https://developers.telnyx.com/docs/overview/errors/10010
    10010,
    // "Insufficient funds": https://developers.telnyx.com/docs/overview/errors/20100
    20100,
];

/// Returns why no code was sent, from the error response with which Telnyx answered a send request.
pub(super) fn classify_send_error(error: &ErrorResponse) -> SendFailure {
    let retry_after = error.retry_after;
    match (error.code, error.status.as_u16()) {
        (Some(code), _) if BAD_DESTINATION.contains(&code) => SendFailure::BadDestination,
        // The phone number is the only field of a create that the user typed.
        (Some(code), _) if INVALID_FIELD.contains(&code) => match error.parameter {
            Some(Parameter::To) => SendFailure::BadDestination,
            Some(Parameter::Code | Parameter::Other) | None => SendFailure::Configuration,
        },
        (Some(BLOCKED), _) => SendFailure::Blocked,
        (Some(TOO_MANY_REQUESTS), _) | (_, 429) => SendFailure::Throttled { retry_after },
        // An unknown code still proves that Telnyx itself rejected the request.
        (_, 401 | 403 | 404) | (Some(_), _) => SendFailure::Configuration,
        (None, _) => SendFailure::Unknown,
    }
}

/// Converts a Telnyx error that is a verdict on a code, such as "too many wrong codes".
///
/// Returns `None` for all other errors.
pub(super) fn convert_error_to_verdict(error: &CallError) -> Option<Verdict> {
    let error = error.as_certain_rejection()?;
    match (error.code?, error.parameter) {
        (NOT_FOUND, _) => Some(Verdict::NoLiveVerification),
        // Telnyx does not accept the text as a code, so it is not the right one.
        (code, Some(Parameter::Code)) if INVALID_FIELD.contains(&code) => Some(Verdict::Wrong),
        _ => None,
    }
}

/// Returns why a code was not checked, from the error response with which Telnyx answered a check request.
pub(super) fn classify_check_error(error: &ErrorResponse) -> CheckFailure {
    let retry_after = error.retry_after;
    match (error.code, error.status.as_u16()) {
        (Some(TOO_MANY_REQUESTS), _) | (_, 429) => CheckFailure::Throttled { retry_after },
        (Some(code), _) if INVALID_FIELD.contains(&code) => CheckFailure::Configuration,
        (Some(code), _) if CONFIGURATION.contains(&code) => CheckFailure::Configuration,
        (_, 401 | 403) => CheckFailure::Configuration,
        _ => CheckFailure::Unknown,
    }
}
