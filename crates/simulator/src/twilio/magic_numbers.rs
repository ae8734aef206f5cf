//! The magic numbers of Twilio. [`crate::magic_numbers`] explains them.

use super::errors::{ERRORS, TwilioError};
use super::form::TwilioCreate;
use super::text_message;
use super::verification::Channel;
use crate::faults::Operation;
use crate::magic_numbers::{self, MagicNumber, MagicRow};
use crate::provider::Provider;
use crate::response::ProviderResponse;

/// Errors that block SMS only. A voice call to the same number succeeds.
const SMS_ONLY: [u32; 2] = [60205, 60410];
/// Errors that `RiskCheck=disable` prevents: Fraud Guard and geo permissions.
const RISK_CHECKS: [u32; 2] = [60410, 60605];
/// Errors that calls after the create can have.
const LATER_ERRORS: [u32; 6] = [20003, 20403, 20404, 20429, NO_TARGET, 70051];
/// Only a check can have this error.
const NO_TARGET: u32 = 60221;

/// Looks up the effect of a number.
pub(crate) fn lookup(to: &str) -> Option<MagicNumber> {
    let create_errors = ERRORS.iter().map(|error| error.code);
    magic_numbers::lookup(to, create_errors, LATER_ERRORS.into_iter())
}

/// Returns the failure response of a create, if its number demands one.
pub(crate) fn create_failure(
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
        MagicNumber::CreateUnavailable => Some(ProviderResponse::unavailable()),
        MagicNumber::CreateFails(code) if !is_exempt(code) => {
            let error = TwilioError::of(code).with_request_details(path, form.to, channel.name());
            Some(with_short_retry(error).into())
        }
        _ => None,
    }
}

/// Returns the failure response of a later call, if its number demands one.
pub(crate) fn later_failure(
    operation: Operation,
    to: &str,
    path: &str,
) -> Option<ProviderResponse> {
    let on_check = operation == Operation::Check;
    match lookup(to)? {
        MagicNumber::LaterCallsUnavailable => Some(ProviderResponse::unavailable()),
        MagicNumber::ChecksExhausted if on_check => Some(TwilioError::of(60202).into()),
        MagicNumber::LaterCallsFail(code) if on_check || code != NO_TARGET => {
            let error = TwilioError::of(code).with_request_details(path, to, Channel::Sms.name());
            Some(with_short_retry(error).into())
        }
        _ => None,
    }
}

/// Sets `Retry-After` of a 429 to one second, because no real limit was reached.
fn with_short_retry(error: TwilioError) -> TwilioError {
    if error.http == 429 {
        error.retry_after(1)
    } else {
        error
    }
}

/// Returns all magic numbers in the order of their codes, those of messages last.
pub(crate) fn table() -> Vec<MagicRow> {
    let row = |on, to: String, code, path: &str, note: &str| {
        let error = TwilioError::of(code).with_request_details(path, &to, Channel::Sms.name());
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
            magic_numbers::create_number(error.code),
            error.code,
            path,
            note,
        )
    });
    let later = LATER_ERRORS.into_iter().map(|code| {
        let path = "/v2/Services/VA…/VerificationCheck";
        row("check", magic_numbers::later_number(code), code, path, "")
    });
    magic_numbers::common_rows(Provider::Twilio, 201)
        .into_iter()
        .chain(on_create)
        .chain(later)
        .chain(text_message::magic_rows())
        .collect()
}
