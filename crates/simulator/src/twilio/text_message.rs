//! Programmable Messaging: creating a message
//! (<https://www.twilio.com/docs/messaging/api/message-resource>). Every message is delivered, and
//! the numbers of Twilio's own test credentials answer as they do there.

use http::StatusCode;
use rand::Rng;
use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::clock::rfc2822;
use super::super::codes::is_e164;
use super::super::magic::Row;
use super::super::messages::Draft;
use super::super::provider::Acted;
use super::super::settings::TwilioSettings;
use super::Call;
use super::auth::authenticate;
use super::errors::{Known, Refusal, known};
use super::form::is_sid;
use super::verification::random_sid;

/// The version in the path, and in every answer.
const API_VERSION: &str = "2010-04-01";
/// The longest body, in characters.
const MAX_BODY: usize = 1600;

const NO_TO: Known = known(21604, 400, "A 'To' phone number is required.");
const NO_FROM: Known = known(21603, 400, "A 'From' phone number is required.");
const NO_BODY: Known = known(21602, 400, "Message body is required.");
const LONG_BODY: Known = known(
    21617,
    400,
    "The concatenated message body exceeds the 1600 character limit",
);
const BAD_TO: Known = known(
    21211,
    400,
    "The 'To' number {to} is not a valid phone number.",
);
const BAD_FROM: Known = known(
    21212,
    400,
    "The 'From' number {from} is not a valid phone number, shortcode, or alphanumeric sender ID.",
);
const NO_SERVICE: Known = known(21701, 400, "The Messaging Service does not exist");

/// Destinations that fail on purpose: <https://www.twilio.com/docs/iam/test-credentials>.
const MAGIC_TO: [(&str, Known); 5] = [
    ("+15005550001", BAD_TO),
    (
        "+15005550002",
        known(
            21612,
            400,
            "The 'To' phone number: {to}, is not currently reachable using the 'From' phone \
             number: {from} via SMS.",
        ),
    ),
    (
        "+15005550003",
        known(
            21408,
            403,
            "Permission to send an SMS has not been enabled for the region indicated by the 'To' \
             number: {to}.",
        ),
    ),
    (
        "+15005550004",
        known(21610, 400, "Attempt to send to unsubscribed recipient"),
    ),
    (
        "+15005550009",
        known(21614, 400, "To number: {to}, is not a mobile number"),
    ),
];

/// Senders that fail on purpose, from the same page.
const MAGIC_FROM: [(&str, Known); 3] = [
    ("+15005550001", BAD_FROM),
    (
        "+15005550007",
        known(
            21606,
            400,
            "The 'From' phone number provided ({from}) is not a valid message-capable Twilio \
             phone number for this destination/account.",
        ),
    ),
    (
        "+15005550008",
        known(
            21611,
            400,
            "This 'From' number has exceeded the maximum number of queued messages",
        ),
    ),
];

/// The rows of the list of numbers that fail on purpose.
pub(super) fn magic() -> Vec<Row> {
    let row = |on, to: &str, error: Known, effect| Row {
        provider: super::PROVIDER,
        on,
        to: to.to_owned(),
        status: error.http,
        code: Some(error.code),
        effect,
    };
    let to = MAGIC_TO.map(|(to, error)| row("message to", to, error, told(error, to, "…")));
    let from =
        MAGIC_FROM.map(|(from, error)| row("message from", from, error, told(error, "…", from)));
    to.into_iter().chain(from).collect()
}

/// The message of an error, with what it repeats of the request.
fn told(error: Known, to: &str, from: &str) -> String {
    error.message.replace("{to}", to).replace("{from}", from)
}

/// A message as it may be acted on.
struct Form<'a> {
    to: &'a str,
    from: Option<&'a str>,
    service: Option<&'a str>,
    body: &'a str,
}

/// Sends a message at `now` (Unix milliseconds).
pub(super) fn send(
    settings: &TwilioSettings,
    call: &Call,
    now: i64,
    rng: &mut impl Rng,
) -> Result<Acted, Refusal> {
    authenticate(settings, call.authorization.as_deref())?;
    if call.service != settings.account_sid {
        return Err(Refusal::not_found(&call.path));
    }
    let form = read(call)?;
    let answer = answer(&settings.account_sid, &form, now, rng);
    Ok(Acted {
        answer: Answer::json(StatusCode::CREATED, answer),
        message: Some(Draft {
            to: form.to.to_owned(),
            body: form.body.to_owned(),
            code: None,
            channel: "sms",
            provider: super::PROVIDER,
            service: form.service.map(str::to_owned),
            verification: None,
        }),
        events: Vec::new(),
    })
}

/// Destination, sender, body; a body that is no form has none of them.
fn read(call: &Call) -> Result<Form<'_>, Refusal> {
    let field = |name| call.form.get(name);
    let to = field("To").ok_or_else(|| Refusal::from(NO_TO))?;
    let (from, service) = (field("From"), field("MessagingServiceSid"));
    let refuse =
        |error: Known| Refusal::from(error).saying(told(error, to, from.unwrap_or_default()));
    if !is_e164(to) {
        return Err(refuse(BAD_TO));
    }
    match (from, service) {
        (None, None) => return Err(refuse(NO_FROM)),
        (_, Some(service)) if !is_sid(service, "MG") => return Err(refuse(NO_SERVICE)),
        (Some(from), None) if !is_sender(from) => return Err(refuse(BAD_FROM)),
        _ => {}
    }
    let body = field("Body").ok_or_else(|| refuse(NO_BODY))?;
    if body.chars().count() > MAX_BODY {
        return Err(refuse(LONG_BODY));
    }
    let fails = |table: &[(&str, Known)], number| {
        let row = table.iter().find(|(magic, _)| Some(*magic) == number);
        row.map(|(_, error)| *error)
    };
    match fails(&MAGIC_FROM, from).or_else(|| fails(&MAGIC_TO, Some(to))) {
        Some(error) => Err(refuse(error)),
        None => Ok(Form {
            to,
            from,
            service,
            body,
        }),
    }
}

/// A number, a short code, or a name of up to 11 letters, digits and blanks.
fn is_sender(text: &str) -> bool {
    let short_code = (5..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let name = text.len() <= 11
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ');
    is_e164(text) || short_code || name
}

/// The message resource. Where a service is to pick the sender, it is accepted and not yet queued.
fn answer(account: &str, form: &Form<'_>, now: i64, rng: &mut impl Rng) -> Value {
    let sid = random_sid("SM", rng);
    let path = format!("/{API_VERSION}/Accounts/{account}/Messages/{sid}");
    let (status, segments) = match form.service {
        Some(_) => ("accepted", 0),
        None => ("queued", segments(form.body)),
    };
    json!({
        "account_sid": account,
        "api_version": API_VERSION,
        "body": form.body,
        "date_created": rfc2822(now),
        "date_sent": null,
        "date_updated": rfc2822(now),
        "direction": "outbound-api",
        "error_code": null,
        "error_message": null,
        "from": form.from,
        "messaging_service_sid": form.service,
        "num_media": "0",
        "num_segments": segments.to_string(),
        "price": null,
        "price_unit": null,
        "sid": sid,
        "status": status,
        "subresource_uris": { "media": format!("{path}/Media.json") },
        "to": form.to,
        "uri": format!("{path}.json"),
    })
}

/// How many SMS carry the text: 160 characters of the GSM alphabet in one, 153 in each of several;
/// 70 and 67 otherwise (3GPP TS 23.040). Of that alphabet only its ASCII part is known here.
fn segments(text: &str) -> usize {
    let gsm = text.chars().all(|c| c.is_ascii() && c != '`');
    let (units, alone, each) = if gsm {
        let escaped = text.chars().filter(|c| "^{}\\[~]|".contains(*c)).count();
        (text.len() + escaped, 160, 153)
    } else {
        (text.encode_utf16().count(), 70, 67)
    };
    if units <= alone {
        1
    } else {
        units.div_ceil(each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_take_several_segments() {
        for (text, count) in [
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(307), 3),
            ("[".repeat(81), 2),
            ("ü".repeat(70), 1),
            ("ü".repeat(71), 2),
        ] {
            assert_eq!(segments(&text), count, "{text}");
        }
    }
}
