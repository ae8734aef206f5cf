//! Twilio's magic numbers: [`super::super::magic`].

use super::super::answer::Answer;
use super::super::faults::Operation;
use super::super::magic::{self, Magic, Row};
use super::PROVIDER;
use super::errors::{ERRORS, Refusal};
use super::form::CreateForm;
use super::text_message;
use super::verification::Channel;

/// Blocks of the SMS channel only; a call to the same number goes through.
const SMS_ONLY: [u32; 2] = [60205, 60410];
/// What `RiskCheck=disable` bypasses: Fraud Guard and geo permissions (contract section 2.2).
const RISK_CHECKS: [u32; 2] = [60410, 60605];
/// What can go wrong after a create too (contract section 2.8).
const LATER: [u32; 6] = [20003, 20403, 20404, 20429, NO_TARGET, 70051];
/// Only a check can be without a target.
const NO_TARGET: u32 = 60221;

/// What this number does, if anything.
pub(super) fn of(to: &str) -> Option<Magic> {
    let on_create = ERRORS.iter().map(|error| error.code);
    magic::of(to, on_create, LATER.into_iter())
}

/// What a create answers because of its number.
pub(super) fn on_create(magic: Option<Magic>, form: &CreateForm<'_>, path: &str) -> Option<Answer> {
    let channel = form.sending.channel;
    let passes = |code| {
        channel == Channel::Call && SMS_ONLY.contains(&code)
            || !form.risk_check && RISK_CHECKS.contains(&code)
    };
    match magic? {
        Magic::Unavailable => Some(Answer::unavailable()),
        Magic::Refuse(code) if !passes(code) => {
            let refusal = Refusal::of(code).about(path, form.to, channel.name());
            Some(over_at_once(refusal).into())
        }
        _ => None,
    }
}

/// What a call after the create answers because of the number it is about.
pub(super) fn later(operation: Operation, to: &str, path: &str) -> Option<Answer> {
    let on_check = operation == Operation::Check;
    match of(to)? {
        Magic::UnavailableLater => Some(Answer::unavailable()),
        Magic::Exhausted if on_check => Some(Refusal::of(60202).into()),
        Magic::RefuseLater(code) if on_check || code != NO_TARGET => {
            let refusal = Refusal::of(code).about(path, to, Channel::Sms.name());
            Some(over_at_once(refusal).into())
        }
        _ => None,
    }
}

/// A magic 429 is over at once: nothing was counted.
fn over_at_once(refusal: Refusal) -> Refusal {
    if refusal.http == 429 {
        refusal.retry_after(1)
    } else {
        refusal
    }
}

/// Every magic number, those of messages last, each in the order of the codes.
pub(in super::super) fn table() -> Vec<Row> {
    let row = |on, to: String, code, path: &str, but: &str| {
        let refusal = Refusal::of(code).about(path, &to, Channel::Sms.name());
        Row {
            provider: PROVIDER,
            on,
            to,
            status: refusal.http,
            code: Some(code),
            effect: format!("{}{but}", refusal.message),
        }
    };
    let on_create = ERRORS.iter().map(|error| {
        let (on, but) = match error.code {
            60202 => ("check", ""),
            code if SMS_ONLY.contains(&code) => ("create", " (a call goes through)"),
            _ => ("create", ""),
        };
        let path = "/v2/Services/VA…/Verifications";
        row(on, magic::on_create(error.code), error.code, path, but)
    });
    let later = LATER.into_iter().map(|code| {
        let path = "/v2/Services/VA…/VerificationCheck";
        row("check", magic::later(code), code, path, "")
    });
    magic::common(PROVIDER, 201)
        .into_iter()
        .chain(on_create)
        .chain(later)
        .chain(text_message::magic())
        .collect()
}
