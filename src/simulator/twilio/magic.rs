//! Twilio's magic numbers: [`super::super::magic`].

use super::super::magic::{self, EXHAUSTED, Row, UNAVAILABLE, UNDELIVERED};
use super::PROVIDER;
use super::errors::{ERRORS, Refusal};
use super::text_message;
use super::verification::Channel;

/// Blocks of the SMS channel only; a call to the same number goes through.
const SMS_ONLY: [u32; 2] = [60205, 60410];
/// What `RiskCheck=disable` bypasses: Fraud Guard and geo permissions (contract section 2.2).
const RISK_CHECKS: [u32; 2] = [60410, 60605];

/// What a magic number does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Magic {
    /// A create answers this error.
    Refuse(u32),
    /// A create succeeds, every check answers 429 / 60202.
    RefuseChecks,
    /// A create answers 503 with an HTML body.
    Unavailable,
    /// A create succeeds, the message never arrives.
    Undelivered,
}

/// What this destination does on this channel, if anything.
pub(super) fn effect(to: &str, channel: Channel, risk_check: bool) -> Option<Magic> {
    match to {
        UNAVAILABLE => return Some(Magic::Unavailable),
        UNDELIVERED => return Some(Magic::Undelivered),
        EXHAUSTED => return Some(Magic::RefuseChecks),
        _ => {}
    }
    let code = magic::code(to, ERRORS.iter().map(|error| error.code))?;
    let passes = channel == Channel::Call && SMS_ONLY.contains(&code)
        || !risk_check && RISK_CHECKS.contains(&code);
    (!passes).then_some(Magic::Refuse(code))
}

/// Every magic number, those of messages last, each in the order of the codes.
pub(in super::super) fn table() -> Vec<Row> {
    let refused = ERRORS.iter().map(|error| {
        let to = magic::number(error.code);
        let message = Refusal::of(error.code)
            .about("/v2/Services/VA…/Verifications", &to, "sms")
            .message;
        let (on, but) = match error.code {
            60202 => ("check", ""),
            code if SMS_ONLY.contains(&code) => ("create", " (a call goes through)"),
            _ => ("create", ""),
        };
        Row {
            provider: PROVIDER,
            on,
            to,
            status: error.http,
            code: Some(error.code),
            effect: format!("{message}{but}"),
        }
    });
    magic::common(PROVIDER, 201)
        .into_iter()
        .chain(refused)
        .chain(text_message::magic())
        .collect()
}
