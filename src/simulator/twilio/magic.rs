//! Fixed destinations that make the simulator refuse in a documented way: `+120255DDDDD` answers
//! the Twilio error `DDDDD`.
//!
//! Each works on its own, needs no set-up and leaves no trace, so that many tests can use the same
//! one at the same time.

use serde::Serialize;

use super::errors::{ERRORS, Refusal};
use super::verification::Channel;

/// The only code with six digits keeps its last five.
const CODE_DIGITS: u32 = 100_000;
/// Answers 503 with a body that is not JSON, as a broken gateway would.
const UNAVAILABLE: &str = "+12025500503";
const PREFIX: &str = "+120255";
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
}

/// What this destination does on this channel, if anything.
pub(super) fn effect(to: &str, channel: Channel, risk_check: bool) -> Option<Magic> {
    if to == UNAVAILABLE {
        return Some(Magic::Unavailable);
    }
    let digits = to.strip_prefix(PREFIX).filter(|rest| rest.len() == 5)?;
    let digits: u32 = digits.parse().ok()?;
    let code = ERRORS
        .iter()
        .map(|error| error.code)
        .find(|code| code % CODE_DIGITS == digits)?;
    if code == 60202 {
        return Some(Magic::RefuseChecks);
    }
    let passes = channel == Channel::Call && SMS_ONLY.contains(&code)
        || !risk_check && RISK_CHECKS.contains(&code);
    (!passes).then_some(Magic::Refuse(code))
}

/// One row of the list that the phone page shows.
#[derive(Debug, Serialize)]
pub(in super::super) struct Row {
    /// The destination, E.164.
    pub(in super::super) to: String,
    /// The HTTP status answered.
    pub(in super::super) status: u16,
    /// Twilio's code; null where the body is not JSON.
    pub(in super::super) code: Option<u32>,
    /// When it is answered, and with which message.
    pub(in super::super) effect: String,
}

/// Every magic number, in the order of the codes.
pub(in super::super) fn table() -> Vec<Row> {
    let refused = ERRORS.iter().map(|error| {
        let to = format!("{PREFIX}{:05}", error.code % CODE_DIGITS);
        let message = Refusal::of(error.code)
            .about("/v2/Services/VA…/Verifications", &to, "sms")
            .message;
        let when = match error.code {
            60202 => "is sent a code, then every check",
            code if SMS_ONLY.contains(&code) => "sms only, call works",
            _ => "create",
        };
        Row {
            to,
            status: error.http,
            code: Some(error.code),
            effect: format!("{when}: {message}"),
        }
    });
    let unavailable = Row {
        to: UNAVAILABLE.to_owned(),
        status: 503,
        code: None,
        effect: "create: an HTML page in place of JSON".to_owned(),
    };
    std::iter::once(unavailable).chain(refused).collect()
}
