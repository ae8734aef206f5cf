//! What Twilio's error codes mean to us (verify-contract.md, sections 2.8 and 4).
//!
//! The code is the stable key; the HTTP status decides where there is no known code. The same 404 means "the
//! service is wrong" on a create and "too late" on a check.

use super::super::exchange::{ErrorAnswer, Parameter, Trouble};
use super::super::{CheckFailure, SendFailure, Verdict};

/// "Invalid parameter": which one decides (<https://www.twilio.com/docs/api/errors/60200>).
const INVALID_PARAMETER: u32 = 60200;
/// "Max check attempts reached" (<https://www.twilio.com/docs/api/errors/60202>).
const MAX_CHECKS: u32 = 60202;
/// "Max send attempts reached" (<https://www.twilio.com/docs/api/errors/60203>).
const MAX_SENDS: u32 = 60203;
/// "Too many concurrent requests for phone number" (<https://www.twilio.com/docs/api/errors/60212>).
const MAX_CONCURRENT: u32 = 60212;
/// "Not found" (<https://www.twilio.com/docs/api/errors/20404>).
const NOT_FOUND: u32 = 20404;
/// "Too many requests": not processed (<https://www.twilio.com/docs/api/errors/20429>).
const TOO_MANY_REQUESTS: u32 = 20429;

/// Not a number, not a mobile, a landline, unsubscribed or out of reach. The 21xxx are errors of Twilio's
/// messaging and voice, which Verify sends by; Signal's registration service meets them too.
const BAD_DESTINATION: [u32; 7] = [21211, 21610, 21612, 21614, 60006, 60008, 60205];
/// Fraud Guard, geographic permissions, sign-up fraud, vetting for China; of those below, again.
const BLOCKED: [u32; 10] = [
    21215, 21216, 21408, 30450, 60220, 60238, 60410, 60412, 60413, 60605,
];
/// Credentials, permissions, account, service, features and parameters.
const CONFIGURATION: [u32; 13] = [
    20003, 20403, 21608, 60001, 60204, 60206, 60214, 60217, 60221, 60223, 60243, 70051, 575_001,
];

/// What a refused create means.
pub(super) fn send_refused(error: &ErrorAnswer) -> SendFailure {
    let retry_after = error.retry_after;
    match (error.code, error.status.as_u16()) {
        (Some(INVALID_PARAMETER), _) => match error.parameter {
            // The number is the one thing in a create that a person typed.
            Some(Parameter::To) | None => SendFailure::BadDestination,
            Some(Parameter::Code | Parameter::Other) => SendFailure::Configuration,
        },
        // Locked by wrong codes: a send is refused all the same.
        (Some(MAX_SENDS | MAX_CONCURRENT | MAX_CHECKS), _) => SendFailure::SendsExhausted,
        (Some(TOO_MANY_REQUESTS), _) => SendFailure::Throttled { retry_after },
        (Some(code), _) if BAD_DESTINATION.contains(&code) => SendFailure::BadDestination,
        (Some(code), _) if BLOCKED.contains(&code) => SendFailure::Blocked,
        (Some(code), _) if CONFIGURATION.contains(&code) => SendFailure::Configuration,
        (_, 429) => SendFailure::Throttled { retry_after },
        // A code that is not in the table still is Twilio's own refusal.
        (_, 401 | 403 | 404) | (Some(_), _) => SendFailure::Configuration,
        (None, _) => SendFailure::Unknown,
    }
}

/// The verdicts that Twilio gives as errors.
pub(super) fn verdict(trouble: &Trouble) -> Option<Verdict> {
    let error = trouble.refusal()?;
    match (error.code?, error.parameter) {
        (NOT_FOUND, _) => Some(Verdict::NoLiveVerification),
        (MAX_CHECKS, _) => Some(Verdict::ChecksExhausted),
        // No code at all in Twilio's eyes, so not the right one.
        (INVALID_PARAMETER, Some(Parameter::Code)) => Some(Verdict::Wrong),
        _ => None,
    }
}

/// Whether the trouble is that there is no such live verification.
pub(super) fn nothing_live(trouble: &Trouble) -> bool {
    let code = trouble.refusal().and_then(|error| error.code);
    code == Some(NOT_FOUND)
}

/// What a refused check or update means, once it is no verdict.
pub(super) fn check_refused(error: &ErrorAnswer) -> CheckFailure {
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
