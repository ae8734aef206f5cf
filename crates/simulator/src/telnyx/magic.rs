//! Telnyx's magic numbers: [`super::super::magic`].

use super::super::answer::Answer;
use super::super::faults::Operation;
use super::super::magic::{self, EXHAUSTED, Magic, Row};
use super::errors::{ERRORS, Refusal};
use super::state::Verdict;
use super::{PROVIDER, answer};

/// What can go wrong after a create too (contract section 3.7).
const LATER: [u32; 5] = [10005, 10007, 10009, 10010, 10011];
/// What is about the number, and points at it.
const OF_THE_NUMBER: [u32; 4] = [10002, 10015, 10016, 10027];

/// What this number does, if anything.
pub(super) fn of(to: &str) -> Option<Magic> {
    let on_create = ERRORS.iter().map(|error| error.code);
    magic::of(to, on_create, LATER.into_iter())
}

/// What a create answers because of its number.
pub(super) fn on_create(magic: Option<Magic>) -> Option<Answer> {
    match magic? {
        Magic::Unavailable => Some(Answer::unavailable()),
        Magic::Refuse(code) if OF_THE_NUMBER.contains(&code) => {
            Some(Refusal::of(code).at("/phone_number").into())
        }
        Magic::Refuse(code) => Some(Refusal::of(code).into()),
        _ => None,
    }
}

/// What a call after the create answers because of the number it is about.
pub(super) fn later(operation: Operation, to: &str) -> Option<Answer> {
    match of(to)? {
        Magic::UnavailableLater => Some(Answer::unavailable()),
        Magic::Exhausted if operation == Operation::Check => {
            Some(answer::data(&answer::judged(to, Verdict::Exhausted, false)))
        }
        Magic::RefuseLater(code) => Some(Refusal::of(code).into()),
        _ => None,
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
    let row = |on, to, code| {
        let refusal = Refusal::of(code);
        Row {
            provider: PROVIDER,
            on,
            to,
            status: refusal.http,
            code: Some(code),
            effect: refusal.title.to_owned(),
        }
    };
    let on_create = ERRORS
        .iter()
        .map(|error| row("create", magic::on_create(error.code), error.code));
    let later = LATER
        .into_iter()
        .map(|code| row("check", magic::later(code), code));
    magic::common(PROVIDER, 200)
        .into_iter()
        .chain([exhausted])
        .chain(on_create)
        .chain(later)
        .collect()
}
