//! Telnyx's magic numbers: [`super::super::magic`].

use super::super::magic::{self, EXHAUSTED, Row, UNAVAILABLE, UNDELIVERED};
use super::PROVIDER;
use super::errors::{ERRORS, Refusal};

/// What a magic number does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Magic {
    /// A create answers this error.
    Refuse(u32),
    /// A create succeeds, every check answers `max_attempts_exceeded`.
    RefuseChecks,
    /// A create answers 503 with an HTML body.
    Unavailable,
    /// A create succeeds, the message never arrives.
    Undelivered,
}

/// What this destination does, if anything.
pub(super) fn effect(to: &str) -> Option<Magic> {
    match to {
        UNAVAILABLE => Some(Magic::Unavailable),
        UNDELIVERED => Some(Magic::Undelivered),
        EXHAUSTED => Some(Magic::RefuseChecks),
        _ => magic::code(to, ERRORS.iter().map(|error| error.code)).map(Magic::Refuse),
    }
}

/// Every magic number, in the order of the codes.
pub(in super::super) fn table() -> Vec<Row> {
    let exhausted = Row {
        provider: PROVIDER,
        on: "check",
        to: EXHAUSTED.to_owned(),
        status: 200,
        code: None,
        effect: "max_attempts_exceeded, whatever the code".to_owned(),
    };
    let refused = ERRORS.iter().map(|error| Row {
        provider: PROVIDER,
        on: "create",
        to: magic::number(error.code),
        status: error.http,
        code: Some(error.code),
        effect: Refusal::of(error.code).title.to_owned(),
    });
    magic::common(PROVIDER, 200)
        .into_iter()
        .chain([exhausted])
        .chain(refused)
        .collect()
}
