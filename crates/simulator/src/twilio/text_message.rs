//! Message creation of Programmable Messaging:
//! <https://www.twilio.com/docs/messaging/api/message-resource>.
//!
//! Every message is delivered, except to the magic numbers of Twilio's test credentials.

use http::StatusCode;
use rand::Rng;
use serde_json::{Value, json};

use super::call::TwilioCall;
use super::errors::{ErrorSpec, TwilioError, error_table_entry};
use crate::clock::format_rfc2822;
use crate::codes::is_e164_phone_number;
use crate::identifiers::{generate_random_twilio_sid, has_twilio_sid_format};
use crate::inbox::OutgoingMessage;
use crate::magic_numbers::MagicRow;
use crate::provider::Provider;
use crate::provider_call::CallOutcome;
use crate::response::ProviderResponse;
use crate::settings::TwilioSettings;

/// Version of Twilio's messaging API in URL paths and responses.
const API_VERSION: &str = "2010-04-01";
/// Maximum length of a text message in characters.
const MAX_BODY: usize = 1600;

const NO_TO: ErrorSpec = error_table_entry(21604, 400, "A 'To' phone number is required.");
const NO_FROM: ErrorSpec = error_table_entry(21603, 400, "A 'From' phone number is required.");
const NO_BODY: ErrorSpec = error_table_entry(21602, 400, "Message body is required.");
const LONG_BODY: ErrorSpec = error_table_entry(
    21617,
    400,
    "The concatenated message body exceeds the 1600 character limit",
);
const BAD_TO: ErrorSpec = error_table_entry(
    21211,
    400,
    "The 'To' number {to} is not a valid phone number.",
);
const BAD_FROM: ErrorSpec = error_table_entry(
    21212,
    400,
    "The 'From' number {from} is not a valid phone number, shortcode, or alphanumeric sender ID.",
);
const NO_SERVICE: ErrorSpec = error_table_entry(21701, 400, "The Messaging Service does not exist");

/// Magic recipient numbers, to which sending a text message fails: <https://www.twilio.com/docs/iam/test-credentials>.
const MAGIC_TO: [(&str, ErrorSpec); 5] = [
    ("+15005550001", BAD_TO),
    (
        "+15005550002",
        error_table_entry(
            21612,
            400,
            "The 'To' phone number: {to}, is not currently reachable using the 'From' phone \
             number: {from} via SMS.",
        ),
    ),
    (
        "+15005550003",
        error_table_entry(
            21408,
            403,
            "Permission to send an SMS has not been enabled for the region indicated by the 'To' \
             number: {to}.",
        ),
    ),
    (
        "+15005550004",
        error_table_entry(21610, 400, "Attempt to send to unsubscribed recipient"),
    ),
    (
        "+15005550009",
        error_table_entry(21614, 400, "To number: {to}, is not a mobile number"),
    ),
];

/// Magic sender numbers, from which sending a text message fails: <https://www.twilio.com/docs/iam/test-credentials>.
const MAGIC_FROM: [(&str, ErrorSpec); 3] = [
    ("+15005550001", BAD_FROM),
    (
        "+15005550007",
        error_table_entry(
            21606,
            400,
            "The 'From' phone number provided ({from}) is not a valid message-capable Twilio \
             phone number for this destination/account.",
        ),
    ),
    (
        "+15005550008",
        error_table_entry(
            21611,
            400,
            "This 'From' number has exceeded the maximum number of queued messages",
        ),
    ),
];

/// Lists the magic numbers for which a Twilio text message fails on purpose: as recipient, then as sender.
pub(crate) fn list_text_message_magic_numbers() -> Vec<MagicRow> {
    let row = |on, to: &str, error: ErrorSpec, effect| MagicRow {
        provider: Provider::Twilio,
        on,
        to: to.to_owned(),
        status: error.http,
        code: Some(error.code),
        effect,
    };
    let to = MAGIC_TO.map(|(to, error)| {
        row(
            "message to",
            to,
            error,
            insert_numbers_into_error_message(error, to, "…"),
        )
    });
    let from = MAGIC_FROM.map(|(from, error)| {
        row(
            "message from",
            from,
            error,
            insert_numbers_into_error_message(error, "…", from),
        )
    });
    to.into_iter().chain(from).collect()
}

/// Inserts recipient and sender number into a Twilio error message.
fn insert_numbers_into_error_message(error: ErrorSpec, to: &str, from: &str) -> String {
    error.message.replace("{to}", to).replace("{from}", from)
}

/// Validated parameters of a Twilio text message.
struct MessageRequest<'a> {
    to: &'a str,
    from: Option<&'a str>,
    service: Option<&'a str>,
    body: &'a str,
}

/// Sends a Twilio text message at `now_millis` (Unix milliseconds). The caller has authenticated the call.
pub(crate) fn send_text_message(
    settings: &TwilioSettings,
    call: &TwilioCall,
    now_millis: i64,
    rng: &mut impl Rng,
) -> Result<CallOutcome, TwilioError> {
    if call.container != settings.account_sid {
        return Err(TwilioError::resource_not_found(&call.head.path));
    }
    let form = validate_message_request(call)?;
    let body = build_twilio_message_json(&settings.account_sid, &form, now_millis, rng);
    Ok(CallOutcome {
        response: ProviderResponse::json_response(StatusCode::CREATED, body),
        message: Some(OutgoingMessage {
            to: form.to.to_owned(),
            body: form.body.to_owned(),
            code: None,
            channel: "sms",
            provider: Provider::Twilio,
            service: form.service.map(str::to_owned),
            verification: None,
        }),
        events: Vec::new(),
    })
}

/// Validates recipient, sender and text of a Twilio text message, in this order.
fn validate_message_request(call: &TwilioCall) -> Result<MessageRequest<'_>, TwilioError> {
    let field = |name| call.form.find_non_empty_field(name);
    let to = field("To").ok_or_else(|| TwilioError::from_error_table_entry(NO_TO))?;
    let (from, service) = (field("From"), field("MessagingServiceSid"));
    let reject =
        |error: ErrorSpec| {
            TwilioError::from_error_table_entry(error).with_message(
                insert_numbers_into_error_message(error, to, from.unwrap_or_default()),
            )
        };
    if !is_e164_phone_number(to) {
        return Err(reject(BAD_TO));
    }
    match (from, service) {
        (None, None) => return Err(reject(NO_FROM)),
        (_, Some(service)) if !has_twilio_sid_format(service, "MG") => {
            return Err(reject(NO_SERVICE));
        }
        (Some(from), None) if !is_valid_sms_sender(from) => return Err(reject(BAD_FROM)),
        _ => {}
    }
    let body = field("Body").ok_or_else(|| reject(NO_BODY))?;
    if body.chars().count() > MAX_BODY {
        return Err(reject(LONG_BODY));
    }
    let lookup = |table: &[(&str, ErrorSpec)], number| {
        let row = table.iter().find(|(magic, _)| Some(*magic) == number);
        row.map(|(_, error)| *error)
    };
    match lookup(&MAGIC_FROM, from).or_else(|| lookup(&MAGIC_TO, Some(to))) {
        Some(error) => Err(reject(error)),
        None => Ok(MessageRequest {
            to,
            from,
            service,
            body,
        }),
    }
}

/// Returns whether `text` is a valid SMS sender.
///
/// That is a phone number, a short code, or a name of up to 11 letters, digits and spaces.
fn is_valid_sms_sender(text: &str) -> bool {
    let short_code = (5..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let name = text.len() <= 11
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ');
    is_e164_phone_number(text) || short_code || name
}

/// Returns the JSON of a Twilio message.
///
/// Its status is `accepted` if a messaging service picks the sender, else `queued`.
fn build_twilio_message_json(
    account: &str,
    form: &MessageRequest<'_>,
    now_millis: i64,
    rng: &mut impl Rng,
) -> Value {
    let sid = generate_random_twilio_sid("SM", rng);
    let path = format!("/{API_VERSION}/Accounts/{account}/Messages/{sid}");
    let (status, segments) = match form.service {
        Some(_) => ("accepted", 0),
        None => ("queued", count_sms_segments(form.body)),
    };
    json!({
        "account_sid": account,
        "api_version": API_VERSION,
        "body": form.body,
        "date_created": format_rfc2822(now_millis),
        "date_sent": null,
        "date_updated": format_rfc2822(now_millis),
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

/// Returns the number of SMS segments of a text (3GPP TS 23.040).
///
/// A text of up to 160 GSM characters has one segment; a longer text is split into segments of 153. In UTF-16, the
/// sizes are 70 and 67. Only ASCII characters of the GSM alphabet count as GSM characters.
fn count_sms_segments(text: &str) -> usize {
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
    fn long_text_messages_take_several_sms_segments() {
        for (text, count) in [
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(307), 3),
            ("[".repeat(81), 2),
            ("ü".repeat(70), 1),
            ("ü".repeat(71), 2),
        ] {
            assert_eq!(count_sms_segments(&text), count, "{text}");
        }
    }
}
