//! Fixed destinations that make the simulator fail in a documented way: `+120255DDDDD` answers the
//! provider's error `DDDDD`, and a few do what no error code says.
//!
//! Each works on its own, needs no set-up and leaves no trace, so that many tests can use the same
//! one at the same time.

use serde::Serialize;

/// The only code with six digits keeps its last five.
const CODE_DIGITS: u32 = 100_000;
/// Answers 503 with a body that is not JSON, as a broken gateway would.
pub(super) const UNAVAILABLE: &str = "+12025500503";
/// Is sent a code, and every check is answered as if five wrong ones had been made.
pub(super) const EXHAUSTED: &str = "+12025560202";
/// Takes the message, which never arrives: the webhooks say so. After Twilio's error 30003,
/// "Unreachable destination handset".
pub(super) const UNDELIVERED: &str = "+12025530003";
const PREFIX: &str = "+120255";

/// The number of an error.
pub(super) fn number(code: u32) -> String {
    format!("{PREFIX}{:05}", code % CODE_DIGITS)
}

/// Which of these errors the number stands for.
pub(super) fn code(to: &str, mut known: impl Iterator<Item = u32>) -> Option<u32> {
    let digits = to.strip_prefix(PREFIX).filter(|rest| rest.len() == 5)?;
    let digits: u32 = digits.parse().ok()?;
    known.find(|code| code % CODE_DIGITS == digits)
}

/// One row of the list that the phone page shows.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) provider: &'static str,
    /// The call that fails: `create`, `check`, or with Twilio `message to` or `message from`.
    pub(super) on: &'static str,
    /// The number, E.164.
    pub(super) to: String,
    /// The HTTP status answered.
    pub(super) status: u16,
    /// The provider's code; null where there is none.
    pub(super) code: Option<u32>,
    /// What is answered, or happens.
    pub(super) effect: String,
}

/// The numbers that every provider knows.
pub(super) fn common(provider: &'static str, created: u16) -> [Row; 2] {
    [
        Row {
            provider,
            on: "create",
            to: UNAVAILABLE.to_owned(),
            status: 503,
            code: None,
            effect: "an HTML page in place of JSON".to_owned(),
        },
        Row {
            provider,
            on: "create",
            to: UNDELIVERED.to_owned(),
            status: created,
            code: None,
            effect: "the message never arrives, and the webhooks say so".to_owned(),
        },
    ]
}
