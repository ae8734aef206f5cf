//! Fixed destinations that make the simulator fail in a documented way: `+120255DDDDD` answers a
//! create with the provider's error `DDDDD`, `+120256DDDDD` takes it and answers every later call
//! with that error, and a few do what no error code says.
//!
//! Each works on its own and needs no set-up. Every create that one of them takes starts a
//! verification of its own, so that many tests can use the same one at the same time.

use serde::Serialize;

/// The only code with six digits keeps its last five.
const CODE_DIGITS: u32 = 100_000;
const CREATE: &str = "+120255";
const LATER: &str = "+120256";
/// Answers 503 with a body that is not JSON, as a broken gateway would.
const UNAVAILABLE: &str = "+12025500503";
const UNAVAILABLE_LATER: &str = "+12025600503";
/// Is sent a code, and every check is answered as if five wrong ones had been made.
pub(super) const EXHAUSTED: &str = "+12025560202";

/// What becomes of a message, and what is said of it. The numbers are after Twilio's errors 30001
/// ("Queue overflow"), 30003 ("Unreachable destination handset") and 30410 ("Provider timeout").
const DELIVERIES: [(&str, Delivery, &str); 3] = [
    (
        "+12025530001",
        Delivery::Failed,
        "the message is never sent, and the webhooks say so",
    ),
    (
        "+12025530003",
        Delivery::Undelivered,
        "the message never arrives, and the webhooks say so",
    ),
    (
        "+12025530410",
        Delivery::Unconfirmed,
        "the message arrives, and no webhook says that it did",
    ),
];

/// What a magic number does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Magic {
    /// A create answers this error.
    Refuse(u32),
    /// A create answers 503 with an HTML body.
    Unavailable,
    /// A create succeeds, every later call answers this error.
    RefuseLater(u32),
    /// A create succeeds, every later call answers 503 with an HTML body.
    UnavailableLater,
    /// A create succeeds, every check is answered as if five wrong ones had been made.
    Exhausted,
    /// A create succeeds, and this becomes of its message.
    Deliver(Delivery),
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Delivery {
    #[default]
    Delivered,
    /// Sent, and it never arrived.
    Undelivered,
    /// Not even sent.
    Failed,
    /// Sent and arrived, and nobody confirmed it.
    Unconfirmed,
}

impl Delivery {
    /// What the message to this number comes to.
    pub(super) fn of(magic: Option<Magic>) -> Self {
        match magic {
            Some(Magic::Deliver(delivery)) => delivery,
            _ => Self::Delivered,
        }
    }

    pub(super) fn arrives(self) -> bool {
        matches!(self, Self::Delivered | Self::Unconfirmed)
    }
}

/// What this number does, if anything: `on_create` are the errors a create can answer, `later` those
/// of the calls after it.
pub(super) fn of(
    to: &str,
    on_create: impl Iterator<Item = u32>,
    later: impl Iterator<Item = u32>,
) -> Option<Magic> {
    let delivery = DELIVERIES.iter().find(|(number, ..)| *number == to);
    match (to, delivery) {
        (_, Some((_, delivery, _))) => Some(Magic::Deliver(*delivery)),
        (UNAVAILABLE, _) => Some(Magic::Unavailable),
        (UNAVAILABLE_LATER, _) => Some(Magic::UnavailableLater),
        (EXHAUSTED, _) => Some(Magic::Exhausted),
        _ => code(CREATE, to, on_create)
            .map(Magic::Refuse)
            .or_else(|| code(LATER, to, later).map(Magic::RefuseLater)),
    }
}

/// Which of these errors the number stands for.
fn code(prefix: &str, to: &str, mut known: impl Iterator<Item = u32>) -> Option<u32> {
    let digits = to.strip_prefix(prefix).filter(|rest| rest.len() == 5)?;
    let digits: u32 = digits.parse().ok()?;
    known.find(|code| code % CODE_DIGITS == digits)
}

/// The number to which a create answers this error.
pub(super) fn on_create(code: u32) -> String {
    format!("{CREATE}{:05}", code % CODE_DIGITS)
}

/// The number of which every call after the create answers this error.
pub(super) fn later(code: u32) -> String {
    format!("{LATER}{:05}", code % CODE_DIGITS)
}

/// One row of the list that the phone page shows.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) provider: &'static str,
    /// The call that fails: `create`, `check` (and with it every other that comes after the create),
    /// or with Twilio `message to` or `message from`.
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
pub(super) fn common(provider: &'static str, created: u16) -> Vec<Row> {
    let row = |on, to: &str, status, effect: &str| Row {
        provider,
        on,
        to: to.to_owned(),
        status,
        code: None,
        effect: effect.to_owned(),
    };
    let down = [("create", UNAVAILABLE), ("check", UNAVAILABLE_LATER)];
    let down = down.map(|(on, to)| row(on, to, 503, "an HTML page in place of JSON"));
    let deliveries = DELIVERIES.map(|(to, _, effect)| row("create", to, created, effect));
    down.into_iter().chain(deliveries).collect()
}
