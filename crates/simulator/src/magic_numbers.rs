//! Magic numbers: phone numbers that make provider calls fail with a chosen error.
//!
//! With `+120255DDDDD` a create fails with the error code that ends in `DDDDD`. With `+120256DDDDD`
//! the create succeeds and every later call fails with that code. A few numbers have other effects.
//!
//! Each successful create starts a new verification, so that parallel tests can use the same number.

use serde::Serialize;

use crate::provider::Provider;

/// Divisor that leaves the last five digits of an error code, which a magic number contains.
const CODE_DIGITS: u32 = 100_000;
const CREATE: &str = "+120255";
const LATER_CALLS: &str = "+120256";
/// Magic number for which creating a verification fails with 503 and an HTML body, like a failing gateway.
const UNAVAILABLE: &str = "+12025500503";
const LATER_UNAVAILABLE: &str = "+12025600503";
/// Magic number for which every code check responds as after five wrong codes.
pub(crate) const EXHAUSTED: &str = "+12025560202";

/// Magic numbers whose messages are not confirmed as delivered, with the outcome and its description.
///
/// They end in the Twilio error codes 30001 ("Queue overflow"), 30003 ("Unreachable destination handset") and 30410
/// ("Provider timeout").
const OUTCOMES: [(&str, DeliveryOutcome, &str); 3] = [
    (
        "+12025530001",
        DeliveryOutcome::Failed,
        "the message is never sent, and the webhooks say so",
    ),
    (
        "+12025530003",
        DeliveryOutcome::Undelivered,
        "the message never arrives, and the webhooks say so",
    ),
    (
        "+12025530410",
        DeliveryOutcome::Unconfirmed,
        "the message arrives, and no webhook says that it did",
    ),
];

/// Effect of a magic number: a phone number for which provider calls fail or messages do not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MagicNumber {
    /// Creating a verification fails with this error code.
    CreateFails(u32),
    /// Creating a verification fails with 503 and an HTML body.
    CreateUnavailable,
    /// Creating a verification succeeds, and every later call fails with this error code.
    LaterCallsFail(u32),
    /// Creating a verification succeeds, and every later call fails with 503 and an HTML body.
    LaterCallsUnavailable,
    /// Creating a verification succeeds, and every code check responds as after five wrong codes.
    ChecksExhausted,
    /// Creating a verification succeeds, and its message has this delivery outcome.
    Outcome(DeliveryOutcome),
}

/// Delivery outcome of a simulated message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DeliveryOutcome {
    #[default]
    Delivered,
    /// The message is sent and does not arrive.
    Undelivered,
    /// The message is not sent.
    Failed,
    /// The message was sent and arrived. The carrier did not confirm the delivery.
    Unconfirmed,
}

impl DeliveryOutcome {
    /// Returns the delivery outcome of a message to a phone number.
    ///
    /// `magic` is the effect of a magic number (a phone number that fails on purpose), or `None` for an ordinary
    /// number.
    pub(crate) fn outcome_of_message_to_number(magic: Option<MagicNumber>) -> Self {
        match magic {
            Some(MagicNumber::Outcome(delivery)) => delivery,
            _ => Self::Delivered,
        }
    }

    /// Returns whether a message with this outcome reaches the phone.
    pub(crate) fn is_message_delivered(self) -> bool {
        matches!(self, Self::Delivered | Self::Unconfirmed)
    }
}

/// Returns the effect of a magic number, a phone number that fails on purpose. Returns `None` for an ordinary number.
///
/// `create_errors` lists the error codes of failed requests that create a verification, `later_errors` those of all
/// later calls.
pub(crate) fn find_effect_of_magic_phone_number(
    to: &str,
    create_errors: impl Iterator<Item = u32>,
    later_errors: impl Iterator<Item = u32>,
) -> Option<MagicNumber> {
    let delivery = OUTCOMES.iter().find(|(number, ..)| *number == to);
    match (to, delivery) {
        (_, Some((_, delivery, _))) => Some(MagicNumber::Outcome(*delivery)),
        (UNAVAILABLE, _) => Some(MagicNumber::CreateUnavailable),
        (LATER_UNAVAILABLE, _) => Some(MagicNumber::LaterCallsUnavailable),
        (EXHAUSTED, _) => Some(MagicNumber::ChecksExhausted),
        _ => find_error_code_of_magic_number(CREATE, to, create_errors)
            .map(MagicNumber::CreateFails)
            .or_else(|| {
                find_error_code_of_magic_number(LATER_CALLS, to, later_errors)
                    .map(MagicNumber::LaterCallsFail)
            }),
    }
}

/// Returns the error code that a magic number (a phone number that fails on purpose) requests.
///
/// Such a number is `prefix` and the last five digits of one of `known_error_codes`. Returns `None` for other numbers.
fn find_error_code_of_magic_number(
    prefix: &str,
    phone_number: &str,
    mut known_error_codes: impl Iterator<Item = u32>,
) -> Option<u32> {
    let digits = phone_number
        .strip_prefix(prefix)
        .filter(|rest| rest.len() == 5)?;
    let digits: u32 = digits.parse().ok()?;
    known_error_codes.find(|code| code % CODE_DIGITS == digits)
}

/// Returns the magic number for which creating a verification fails with this error code.
pub(crate) fn build_number_failing_at_verification_creation(error_code: u32) -> String {
    format!("{CREATE}{:05}", error_code % CODE_DIGITS)
}

/// Returns the magic number for which every call after creating a verification fails with this error code.
pub(crate) fn build_number_failing_after_verification_creation(error_code: u32) -> String {
    format!("{LATER_CALLS}{:05}", error_code % CODE_DIGITS)
}

/// Row in the table of magic numbers, phone numbers that fail on purpose.
///
/// `GET /_simulator/magic` returns the rows as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct MagicRow {
    pub(crate) provider: Provider,
    /// The call that fails: `create`, or `check` for every call after the create. Twilio also has
    /// `message to` and `message from`.
    pub(crate) on: &'static str,
    /// The phone number in E.164 format.
    pub(crate) to: String,
    /// The HTTP status of the response.
    pub(crate) status: u16,
    /// The error code of the provider; null if the body has none.
    pub(crate) code: Option<u32>,
    /// The error message, or a description of the effect.
    pub(crate) effect: String,
}

/// Lists the magic numbers (phone numbers that fail on purpose) that exist for both providers.
///
/// `created_status` is the HTTP status of the response if `provider` has created a verification.
pub(crate) fn list_provider_independent_magic_numbers(
    provider: Provider,
    created_status: u16,
) -> Vec<MagicRow> {
    let row = |on, to: &str, status, effect: &str| MagicRow {
        provider,
        on,
        to: to.to_owned(),
        status,
        code: None,
        effect: effect.to_owned(),
    };
    let down = [("create", UNAVAILABLE), ("check", LATER_UNAVAILABLE)];
    let down = down.map(|(on, to)| row(on, to, 503, "an HTML page in place of JSON"));
    let deliveries = OUTCOMES.map(|(to, _, effect)| row("create", to, created_status, effect));
    down.into_iter().chain(deliveries).collect()
}
