//! Answers to a check that somebody might wish to pass for an approval (OTP-04, PRV-07).

use super::stand_in::{Canned, StandIn, Then, raw};
use super::*;

/// The approval as text, with one part of it replaced.
fn rewritten(part: &str, by: &str) -> Canned {
    let genuine = approved().to_string();
    assert!(genuine.contains(part), "{part}");
    Canned::json(200, &genuine.replace(part, by))
}

fn about_something_else() -> Vec<Canned> {
    let lower = SERVICE.to_lowercase();
    let fields = [
        ("sid", json!(OTHER_SID)),
        ("sid", json!(SID.to_uppercase())),
        ("sid", json!(format!("{SID} "))),
        ("sid", json!("")),
        ("sid", json!(null)),
        ("service_sid", json!(PAYMENTS)),
        ("service_sid", json!(lower)),
        ("service_sid", json!(null)),
        ("to", json!("+14155550143")),
        ("to", json!("14155550142")),
        ("to", json!("ann@example.com")),
        ("to", json!(null)),
    ];
    let mut answers: Vec<_> = fields
        .into_iter()
        .map(|(field, value)| Canned::json(200, &but(approved(), field, value)))
        .collect();
    for field in ["sid", "service_sid", "to"] {
        answers.push(Canned::json(200, &without(approved(), field)));
    }
    answers
}

fn with_another_status() -> Vec<Canned> {
    let words = [
        json!("pending"),
        json!("Approved"),
        json!("APPROVED"),
        json!(" approved"),
        json!("approved\u{0}"),
        json!("approved\n"),
        json!("аpproved"),
        json!("not approved"),
        json!("expired"),
        json!("max_attempts_reached"),
        json!(""),
        json!(null),
        json!(true),
        json!(1),
        json!(["approved"]),
        json!({ "approved": true }),
    ];
    // `valid` is true in all of them.
    let mut answers: Vec<_> = words
        .into_iter()
        .map(|word| Canned::json(200, &but(approved(), "status", word)))
        .collect();
    answers.push(Canned::json(200, &without(approved(), "status")));
    answers
}

fn malformed() -> Vec<Canned> {
    let genuine = approved().to_string();
    let wrapped = json!({ "data": approved() });
    let in_a_row = json!([SID, SERVICE, PHONE, "sms", "approved", null, null]);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let mut answers: Vec<_> = [
        String::new(),
        "approved".to_owned(),
        "\"approved\"".to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        genuine[..genuine.len() - 1].to_owned(),
        genuine[..genuine.len() / 2].to_owned(),
        format!("{genuine}{genuine}"),
        format!("{genuine}<!-- -->"),
        format!("\u{feff}{genuine}"),
        format!("[{genuine}]"),
        wrapped.to_string(),
        in_a_row.to_string(),
        genuine.replace("\"approved\"", &deep),
        genuine.replace('"', "'"),
        format!("{genuine}{}", " ".repeat(70_000)),
    ]
    .into_iter()
    .map(|body| Canned::json(200, &body))
    .collect();
    // Each field twice: whichever is looked at, the other may be meant.
    for (field, other) in [
        ("status", "pending"),
        ("sid", OTHER_SID),
        ("service_sid", PAYMENTS),
        ("to", "+14155550143"),
    ] {
        let more = format!("{{\"{field}\":\"{other}\",");
        answers.push(rewritten("{", &more));
        let more = format!(",\"{field}\":\"{other}\"}}");
        answers.push(rewritten("}", &more));
    }
    answers.push(rewritten("approved", "\\ud800approved"));
    let mut not_text = genuine.into_bytes();
    not_text[3] = 0xff;
    answers.push(Canned::typed(200, "application/json", not_text));
    answers
}

fn in_the_wrong_envelope() -> Vec<Canned> {
    let genuine = approved().to_string();
    let html = format!("<html><body>{genuine}</body></html>");
    let mut answers = vec![
        Canned::typed(200, "text/html", html.clone()),
        Canned::typed(200, "application/json", html),
        Canned::json(200, &genuine).with("content-type", "text/html"),
        Canned {
            status: 200,
            headers: Vec::new(),
            body: genuine.clone().into_bytes(),
        },
        // Not what was asked for, and not unpacked: the body of such an answer is no JSON.
        Canned::typed(200, "application/json", *b"\x1f\x8b\x08\x00approved")
            .with("content-encoding", "gzip"),
    ];
    for content_type in [
        "text/html",
        "text/plain",
        "text/json",
        "application/jsonp",
        "application/x-json",
        "application",
        "",
        "text/html; application/json",
    ] {
        answers.push(Canned::typed(200, content_type, genuine.clone()));
    }
    for status in [
        204, 300, 302, 304, 400, 401, 403, 404, 409, 429, 500, 502, 503,
    ] {
        answers.push(Canned::json(status, &genuine));
    }
    answers
}

#[tokio::test]
async fn none_of_eighty_and_more_crafted_answers_approves() {
    let answers = [
        about_something_else(),
        with_another_status(),
        malformed(),
        in_the_wrong_envelope(),
    ]
    .concat();
    assert!(answers.len() >= 80, "{}", answers.len());
    let stand_in = StandIn::answering(Canned::json(200, &approved())).await;
    let (twilio, case) = (twilio_at(stand_in.address), case());
    assert_eq!(case.checked_by(&twilio).await, Ok(Verdict::Approved));
    for answer in answers {
        stand_in.now_answers(answer.clone());
        let outcome = case.checked_by(&twilio).await;
        let shown = String::from_utf8_lossy(&answer.body[..answer.body.len().min(500)]);
        let envelope = (answer.status, &answer.headers);
        assert_ne!(outcome, Ok(Verdict::Approved), "{envelope:?} {shown}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_takes_the_credentials_nowhere() {
    let elsewhere = StandIn::answering(Canned::json(200, &approved())).await;
    for status in [301, 302, 303, 307, 308] {
        let target = format!("http://{}/", elsewhere.address);
        let redirect = Canned::json(status, &approved()).with("location", target);
        let stand_in = StandIn::answering(redirect).await;
        let outcome = case().checked_by(&twilio_at(stand_in.address)).await;
        assert_eq!(outcome, Err(CheckFailure::Unknown), "{status}");
        stand_in.one_request();
    }
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_dropped_early() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
    let address = raw(format!("{head}{}", approved()), Then::Flood).await;
    let outcome = case().checked_by(&twilio_at(address)).await;
    assert_eq!(outcome, Err(CheckFailure::Unknown));
}

#[tokio::test]
async fn what_is_not_http_at_all_approves_nothing() {
    let body = approved().to_string();
    for answer in [
        body.clone(),
        format!("HTTP/1.1 999 ?\r\ncontent-type: application/json\r\n\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\ncontent-type\u{0}: application/json\r\n\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 500\r\n\r\n{body}"),
        "\u{0}".repeat(500),
    ] {
        let address = raw(answer.clone(), Then::Close).await;
        let outcome = case().checked_by(&twilio_at(address)).await;
        assert_eq!(outcome, Err(CheckFailure::Unknown), "{answer}");
    }
}
