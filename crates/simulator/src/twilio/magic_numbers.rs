//! The magic numbers of Twilio. [`crate::magic_numbers`] explains them.

use super::errors::{ERRORS, TwilioError};
use super::form::TwilioCreate;
use super::text_message;
use super::verification::Channel;
use crate::faults::Operation;
use crate::magic_numbers::{self, MagicNumber, MagicRow};
use crate::provider::Provider;
use crate::response::ProviderResponse;

/// Codes of the Twilio errors that block SMS only. A voice call to the same number succeeds.
const SMS_ONLY: [u32; 2] = [60205, 60410];
/// Codes of the Twilio errors that `RiskCheck=disable` prevents: Fraud Guard and geo permissions.
const RISK_CHECKS: [u32; 2] = [60410, 60605];
/// Codes of the Twilio errors that calls after the create call can have.
const LATER_ERRORS: [u32; 6] = [20003, 20403, 20404, 20429, NO_TARGET, 70051];
/// Code of the Twilio error that only a code check can have.
const NO_TARGET: u32 = 60221;

/// Returns the effect of a magic number (a test phone number that fails on purpose) on Twilio calls.
///
/// Returns `None` for an ordinary number.
pub(crate) fn find_twilio_magic_number(phone_number: &str) -> Option<MagicNumber> {
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
    form: &TwilioCreate<'_>,
    path: &str,
) -> Option<ProviderResponse> {
    let channel = form.options.channel;
    let is_exempt = |code| {
        channel == Channel::Call && SMS_ONLY.contains(&code)
            || !form.risk_check && RISK_CHECKS.contains(&code)
    };
    match magic? {
        MagicNumber::CreateUnavailable => Some(ProviderResponse::gateway_failure_response()),
        MagicNumber::CreateFails(code) if !is_exempt(code) => {
            let error = TwilioError::from_error_code(code).with_request_details(
                path,
                form.to,
                channel.as_str(),
            );
            Some(with_one_second_retry_after(error).into())
        }
        _ => None,
    }
}

/// Returns the error response that a magic number causes after a verification was created.
///
/// A magic number is a test phone number that fails on purpose. Returns `None` if `to` does not make the call fail.
pub(crate) fn magic_number_error_after_verification_creation(
    operation: Operation,
    to: &str,
    path: &str,
) -> Option<ProviderResponse> {
    let on_check = operation == Operation::Check;
    match find_twilio_magic_number(to)? {
        MagicNumber::LaterCallsUnavailable => Some(ProviderResponse::gateway_failure_response()),
        MagicNumber::ChecksExhausted if on_check => {
            Some(TwilioError::from_error_code(60202).into())
        }
        MagicNumber::LaterCallsFail(code) if on_check || code != NO_TARGET => {
            let error = TwilioError::from_error_code(code).with_request_details(
                path,
                to,
                Channel::Sms.as_str(),
            );
            Some(with_one_second_retry_after(error).into())
        }
        _ => None,
    }
}

/// Sets `Retry-After` of a simulated HTTP 429 error to one second.
///
/// A longer wait has no use, because the magic phone number that caused the error always fails.
fn with_one_second_retry_after(error: TwilioError) -> TwilioError {
    if error.http == 429 {
        error.with_retry_after_secs(1)
    } else {
        error
    }
}

/// Lists Twilio's magic numbers (phone numbers that fail on purpose): first for verifications, then for text messages.
pub(crate) fn list_twilio_magic_phone_numbers() -> Vec<MagicRow> {
    let row = |on, to: String, code, path: &str, note: &str| {
        let error = TwilioError::from_error_code(code).with_request_details(
            path,
            &to,
            Channel::Sms.as_str(),
        );
        MagicRow {
            provider: Provider::Twilio,
            on,
            to,
            status: error.http,
            code: Some(code),
            effect: format!("{}{note}", error.message),
        }
    };
    let on_create = ERRORS.iter().map(|error| {
        let (on, note) = match error.code {
            60202 => ("check", ""),
            code if SMS_ONLY.contains(&code) => ("create", " (a call goes through)"),
            _ => ("create", ""),
        };
        let path = "/v2/Services/VA…/Verifications";
        row(
            on,
            magic_numbers::build_number_failing_at_verification_creation(error.code),
            error.code,
            path,
            note,
        )
    });
    let later = LATER_ERRORS.into_iter().map(|code| {
        let path = "/v2/Services/VA…/VerificationCheck";
        row(
            "check",
            magic_numbers::build_number_failing_after_verification_creation(code),
            code,
            path,
            "",
        )
    });
    magic_numbers::list_provider_independent_magic_numbers(Provider::Twilio, 201)
        .into_iter()
        .chain(on_create)
        .chain(later)
        .chain(text_message::list_text_message_magic_numbers())
        .collect()
}
