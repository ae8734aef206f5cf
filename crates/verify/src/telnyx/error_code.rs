//! What Telnyx's error codes mean to us (verify-contract.md, sections 3.7 and 4).
//!
//! The code is the stable key; the HTTP status decides where there is no known code. The same 404 means "the
//! profile is wrong" on a create and "too late" on a check.

use super::super::exchange::{ErrorAnswer, Parameter, Trouble};
use super::super::{CheckFailure, SendFailure, Verdict};

/// "Resource not found" (<https://developers.telnyx.com/docs/overview/errors/10005>).
const NOT_FOUND: u32 = 10005;
/// "Too many requests" (<https://developers.telnyx.com/docs/overview/errors/10011>).
const TOO_MANY_REQUESTS: u32 = 10011;
/// "Bad Request" and "Unprocessable entity": the field they point at decides.
const BY_POINTER: [u32; 2] = [10015, 10027];
/// "Invalid phone number" and "Phone number must be in +E.164 format".
const BAD_DESTINATION: [u32; 2] = [10002, 10016];
/// "Invalid destination region": not among the profile's whitelisted destinations.
const BLOCKED: u32 = 40309;
/// A missing parameter, key, permission or balance.
const CONFIGURATION: [u32; 4] = [10004, 10009, 10010, 20100];

/// What a refused create means.
pub(super) fn send_refused(error: &ErrorAnswer) -> SendFailure {
    let retry_after = error.retry_after;
    match (error.code, error.status.as_u16()) {
        (Some(code), _) if BAD_DESTINATION.contains(&code) => SendFailure::BadDestination,
        // The number is the one thing in a create that a person typed.
        (Some(code), _) if BY_POINTER.contains(&code) => match error.parameter {
            Some(Parameter::To) => SendFailure::BadDestination,
            Some(Parameter::Code | Parameter::Other) | None => SendFailure::Configuration,
        },
        (Some(BLOCKED), _) => SendFailure::Blocked,
        (Some(TOO_MANY_REQUESTS), _) | (_, 429) => SendFailure::Throttled { retry_after },
        // A code that is not in the table still is Telnyx's own refusal.
        (_, 401 | 403 | 404) | (Some(_), _) => SendFailure::Configuration,
        (None, _) => SendFailure::Unknown,
    }
}

/// The verdicts that Telnyx gives as errors.
pub(super) fn verdict(trouble: &Trouble) -> Option<Verdict> {
    let error = trouble.refusal()?;
    match (error.code?, error.parameter) {
        (NOT_FOUND, _) => Some(Verdict::NoLiveVerification),
        // No code at all in Telnyx's eyes, so not the right one.
        (code, Some(Parameter::Code)) if BY_POINTER.contains(&code) => Some(Verdict::Wrong),
        _ => None,
    }
}

/// What a refused check means, once it is no verdict.
pub(super) fn check_refused(error: &ErrorAnswer) -> CheckFailure {
    let retry_after = error.retry_after;
    match (error.code, error.status.as_u16()) {
        (Some(TOO_MANY_REQUESTS), _) | (_, 429) => CheckFailure::Throttled { retry_after },
        (Some(code), _) if BY_POINTER.contains(&code) => CheckFailure::Configuration,
        (Some(code), _) if CONFIGURATION.contains(&code) => CheckFailure::Configuration,
        (_, 401 | 403) => CheckFailure::Configuration,
        _ => CheckFailure::Unknown,
    }
}
