//! The magic numbers of Telnyx. [`crate::magic_numbers`] explains them.

use super::errors::{ERRORS, TelnyxError};
use super::responses;
use super::state::ResponseCode;
use crate::faults::Operation;
use crate::magic_numbers::{self, EXHAUSTED, MagicNumber, MagicRow};
use crate::provider::Provider;
use crate::response::ProviderResponse;

/// Codes of the Telnyx errors that calls after the create call can have.
const LATER_ERRORS: [u32; 5] = [10005, 10007, 10009, 10010, 10011];
/// Codes of the Telnyx errors whose JSON pointer names the phone number.
const NUMBER_ERRORS: [u32; 4] = [10002, 10015, 10016, 10027];

/// Returns the effect of a magic number (a test phone number that fails on purpose) on Telnyx calls.
///
/// Returns `None` for an ordinary number.
pub(crate) fn find_telnyx_magic_number(phone_number: &str) -> Option<MagicNumber> {
    let create_errors = ERRORS.iter().map(|error| error.code);
    magic_numbers::find_effect_of_magic_phone_number(
        phone_number,
        create_errors,
        LATER_ERRORS.into_iter(),
    )
}

/// Returns the error response that a magic number causes when a verification is created, if any.
///
/// A magic number is a test phone number that fails on purpose.
pub(crate) fn magic_number_error_at_verification_creation(
    magic: Option<MagicNumber>,
) -> Option<ProviderResponse> {
    match magic? {
        MagicNumber::CreateUnavailable => Some(ProviderResponse::gateway_failure_response()),
        MagicNumber::CreateFails(code) if NUMBER_ERRORS.contains(&code) => Some(
            TelnyxError::from_error_code(code)
                .with_json_pointer("/phone_number")
                .into(),
        ),
        MagicNumber::CreateFails(code) => Some(TelnyxError::from_error_code(code).into()),
        _ => None,
    }
}

/// Returns the error response that a magic number causes after a verification was created.
///
/// A magic number is a test phone number that fails on purpose. Returns `None` if `to` does not make the call fail.
pub(crate) fn magic_number_error_after_verification_creation(
    operation: Operation,
    to: &str,
) -> Option<ProviderResponse> {
    match find_telnyx_magic_number(to)? {
        MagicNumber::LaterCallsUnavailable => Some(ProviderResponse::gateway_failure_response()),
        MagicNumber::ChecksExhausted if operation == Operation::Check => Some(
            responses::build_telnyx_success_response(&responses::build_telnyx_check_result_json(
                to,
                ResponseCode::MaxAttemptsExceeded,
                false,
            )),
        ),
        MagicNumber::LaterCallsFail(code) => Some(TelnyxError::from_error_code(code).into()),
        _ => None,
    }
}

/// Lists the magic numbers (test phone numbers that fail on purpose) of the simulated Telnyx API.
pub(crate) fn list_telnyx_magic_phone_numbers() -> Vec<MagicRow> {
    let exhausted = MagicRow {
        provider: Provider::Telnyx,
        on: "check",
        to: EXHAUSTED.to_owned(),
        status: 200,
        code: None,
        effect: "max_attempts_exceeded, whatever the code".to_owned(),
    };
    let row = |on, to, code| {
        let error = TelnyxError::from_error_code(code);
        MagicRow {
            provider: Provider::Telnyx,
            on,
            to,
            status: error.http,
            code: Some(code),
            effect: error.title.to_owned(),
        }
    };
    let on_create = ERRORS.iter().map(|error| {
        row(
            "create",
            magic_numbers::build_number_failing_at_verification_creation(error.code),
            error.code,
        )
    });
    let later = LATER_ERRORS.into_iter().map(|code| {
        row(
            "check",
            magic_numbers::build_number_failing_after_verification_creation(code),
            code,
        )
    });
    magic_numbers::list_provider_independent_magic_numbers(Provider::Telnyx, 200)
        .into_iter()
        .chain([exhausted])
        .chain(on_create)
        .chain(later)
        .collect()
}
