//! The meaning of Twilio's error codes (`docs/verify-contract.md#section-2-8`).
//!
//! The code decides; without a known code the HTTP status decides. A 404 after a send means
//! that the service is wrong. A 404 after a check means that the verification has ended. Each code has a page at
//! `https://www.twilio.com/docs/api/errors/<code>`.

use crate::api_call::{CallError, ErrorResponse, Parameter};
use crate::outcome::{CheckFailure, SendFailure, Verdict};

/// Error "Invalid parameter", whose meaning depends on the parameter: <https://www.twilio.com/docs/api/errors/60200>.
const INVALID_PARAMETER: u32 = 60200;
/// Error "Max check attempts reached": <https://www.twilio.com/docs/api/errors/60202>.
const MAX_CHECKS: u32 = 60202;
/// Error "Max send attempts reached": <https://www.twilio.com/docs/api/errors/60203>.
const MAX_SENDS: u32 = 60203;
/// Error "Too many concurrent requests for phone number": <https://www.twilio.com/docs/api/errors/60212>.
const MAX_CONCURRENT: u32 = 60212;
/// Error "Not found": <https://www.twilio.com/docs/api/errors/20404>.
const NOT_FOUND: u32 = 20404;
/// Error "Too many requests"; Twilio did not process the request: <https://www.twilio.com/docs/api/errors/20429>.
const TOO_MANY_REQUESTS: u32 = 20429;

/// Errors that mean: the number is invalid, not mobile, a landline, unsubscribed or unreachable.
///
/// Codes 21xxx come from Twilio's messaging and voice products, over which Verify sends.
const BAD_DESTINATION: [u32; 7] = [
    21211, // invalid "To" number: https://www.twilio.com/docs/api/errors/21211
    21610, // the recipient has unsubscribed: https://www.twilio.com/docs/api/errors/21610
    21612, // the number is not reachable from this sender: https://www.twilio.com/docs/api/errors/21612
    21614, // not a mobile number: https://www.twilio.com/docs/api/errors/21614
    60006, // invalid number, by the downstream provider: https://www.twilio.com/docs/api/errors/60006
    60008, // unsupported carrier, by the downstream provider: https://www.twilio.com/docs/api/errors/60008
    60205, // SMS to a landline: https://www.twilio.com/docs/api/errors/60205
];
/// Errors that mean: Twilio blocks the number, because of fraud, geographic permissions or missing vetting for China.
const BLOCKED: [u32; 10] = [
    21215, // no geographic permission for the call: https://www.twilio.com/docs/api/errors/21215
    21216, // blocked number, or account without customer profile: https://www.twilio.com/docs/api/errors/21216
    21408, // no permission to send to the region: https://www.twilio.com/docs/api/errors/21408
    30450, // message delivery blocked: https://www.twilio.com/docs/api/errors/30450
    60220, // messages to China need vetting: https://www.twilio.com/docs/api/errors/60220
    60238, // attempt blocked, or account under review: https://www.twilio.com/docs/api/errors/60238
    60410, // blocked by Fraud Guard: https://www.twilio.com/docs/api/errors/60410
    60412, // blocked by fraudulent sign-up prevention: https://www.twilio.com/docs/api/errors/60412
    60413, // blocked by device intelligence: https://www.twilio.com/docs/api/errors/60413
    60605, // blocked by geographic permissions: https://www.twilio.com/docs/api/errors/60605
];
/// Errors that mean: credentials, permissions, account, service, features or parameters are wrong.
const CONFIGURATION: [u32; 13] = [
    20003,   // authentication failed: https://www.twilio.com/docs/api/errors/20003
    20403,   // account suspended or closed: https://www.twilio.com/docs/api/errors/20403
    21608, // trial account, or account without compliance profile: https://www.twilio.com/docs/api/errors/21608
    60001, // downstream service not configured: https://www.twilio.com/docs/api/errors/60001
    60204, // the service does not support the feature: https://www.twilio.com/docs/api/errors/60204
    60206, // amount and payee are required: https://www.twilio.com/docs/api/errors/60206
    60214, // no voice calls with PSD2: https://www.twilio.com/docs/api/errors/60214
    60217, // downstream service not configured: https://www.twilio.com/docs/api/errors/60217
    60221, // no target verification specified: https://www.twilio.com/docs/api/errors/60221
    60223, // delivery channel disabled: https://www.twilio.com/docs/api/errors/60223
    60243, // custom messages are not supported: https://www.twilio.com/docs/api/errors/60243
    70051, // the API key lacks the permission: https://www.twilio.com/docs/api/errors/70051
    575_001, // Verify is not available for the account: https://www.twilio.com/docs/api/errors/575001
];

/// Returns why no code was sent, from the error response with which Twilio answered a send request.
pub(super) fn classify_send_error(error: &ErrorResponse) -> SendFailure {
    let retry_after = error.retry_after;
    match (error.code, error.status.as_u16()) {
        (Some(INVALID_PARAMETER), _) => match error.parameter {
            // The phone number is the only parameter of a create that the user typed.
            Some(Parameter::To) | None => SendFailure::BadDestination,
            Some(Parameter::Code | Parameter::Other) => SendFailure::Configuration,
        },
        // Too many wrong codes also block further sends.
        (Some(MAX_SENDS | MAX_CONCURRENT | MAX_CHECKS), _) => SendFailure::SendsExhausted,
        (Some(TOO_MANY_REQUESTS), _) => SendFailure::Throttled { retry_after },
        (Some(code), _) if BAD_DESTINATION.contains(&code) => SendFailure::BadDestination,
        (Some(code), _) if BLOCKED.contains(&code) => SendFailure::Blocked,
        (Some(code), _) if CONFIGURATION.contains(&code) => SendFailure::Configuration,
        (_, 429) => SendFailure::Throttled { retry_after },
        // An unknown code still proves that Twilio itself rejected the request.
        (_, 401 | 403 | 404) | (Some(_), _) => SendFailure::Configuration,
        (None, _) => SendFailure::Unknown,
    }
}

/// Converts a Twilio error that is a verdict on a code, such as "too many wrong codes".
///
/// Returns `None` for all other errors.
pub(super) fn convert_error_to_verdict(error: &CallError) -> Option<Verdict> {
    let error = error.as_certain_rejection()?;
    match (error.code?, error.parameter) {
        (NOT_FOUND, _) => Some(Verdict::NoLiveVerification),
        (MAX_CHECKS, _) => Some(Verdict::ChecksExhausted),
        // Twilio does not accept the text as a code, so it is not the right one.
        (INVALID_PARAMETER, Some(Parameter::Code)) => Some(Verdict::Wrong),
        _ => None,
    }
}

/// Returns whether Twilio reports that a verification does not exist or is over.
pub(super) fn is_verification_not_found(error: &CallError) -> bool {
    let code = error.as_certain_rejection().and_then(|error| error.code);
    code == Some(NOT_FOUND)
}

/// Returns why a check or cancellation failed, from the error response with which Twilio answered the request.
pub(super) fn classify_check_error(error: &ErrorResponse) -> CheckFailure {
    let retry_after = error.retry_after;
    match (error.code, error.status.as_u16()) {
        (Some(TOO_MANY_REQUESTS | MAX_CONCURRENT), _) => CheckFailure::Throttled { retry_after },
        (Some(INVALID_PARAMETER), _) => CheckFailure::Configuration,
        (Some(code), _) if CONFIGURATION.contains(&code) => CheckFailure::Configuration,
        (_, 429) => CheckFailure::Throttled { retry_after },
        (_, 401 | 403) => CheckFailure::Configuration,
        _ => CheckFailure::Unknown,
    }
}
