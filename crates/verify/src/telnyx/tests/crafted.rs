//! Answers to a check that somebody might wish to pass for an approval, and arbitrary ones (OTP-04, PRV-07).

use proptest::prelude::*;
use reqwest::StatusCode;

use super::super::super::exchange::parse;
use super::super::answer::Judged;
use super::stand_in::{Canned, StandIn};
use super::*;

fn about_something_else() -> Vec<Canned> {
    let mut bodies: Vec<Value> = ["+14155550143", "14155550142", "", " +14155550142"]
        .map(|number| data_but(accepted(), "phone_number", number))
        .into();
    bodies.push(data_but(accepted(), "phone_number", Value::Null));
    bodies.push(data_without(accepted(), "phone_number"));
    bodies.iter().map(|body| Canned::json(200, body)).collect()
}

fn with_another_word() -> Vec<Canned> {
    let words = [
        json!("ACCEPTED"),
        json!(" accepted"),
        json!("accepted\u{0}"),
        json!("аccepted"),
        json!("not accepted"),
        json!("approved"),
        json!(null),
        json!(true),
        json!(1),
        json!(["accepted"]),
        json!({ "accepted": true }),
    ];
    let mut bodies: Vec<Value> = words
        .into_iter()
        .map(|word| data_but(accepted(), "response_code", word))
        .collect();
    bodies.push(data_without(accepted(), "response_code"));
    bodies.iter().map(|body| Canned::json(200, body)).collect()
}

fn malformed() -> Vec<Canned> {
    let genuine = accepted().to_string();
    let twice = |field: &str, value: &str| {
        let more = format!("{{\"{field}\":{value},");
        genuine.replacen("{\"phone", &format!("{more}\"phone"), 1)
    };
    let mut bodies: Vec<String> = [
        "",
        "accepted",
        "\"accepted\"",
        "null",
        "{}",
        "[]",
        "{\"data\":null}",
        "{\"data\":\"accepted\"}",
    ]
    .map(str::to_owned)
    .into();
    bodies.extend([
        genuine[..genuine.len() - 1].to_owned(),
        format!("{genuine}{genuine}"),
        format!("\u{feff}{genuine}"),
        format!("[{genuine}]"),
        accepted()["data"].to_string(),
        json!([[PHONE, "accepted"]]).to_string(),
        json!({ "data": [PHONE, "accepted"] }).to_string(),
        json!({ "data": [accepted()["data"]] }).to_string(),
        twice("response_code", "\"rejected\""),
        twice("phone_number", "\"+14155550143\""),
        genuine.replacen('{', "{\"data\":null,", 1),
        format!("{genuine}{}", " ".repeat(70_000)),
    ]);
    let mut answers: Vec<_> = bodies.iter().map(|body| Canned::json(200, body)).collect();
    let mut not_text = genuine.into_bytes();
    not_text[3] = 0xff;
    answers.push(Canned::typed(200, "application/json", not_text));
    answers
}

fn in_the_wrong_envelope() -> Vec<Canned> {
    let genuine = accepted().to_string();
    let mut answers: Vec<_> = ["text/html", "text/plain", "application/jsonp", ""]
        .map(|kind| Canned::typed(200, kind, genuine.clone()))
        .into();
    answers.extend(
        [204, 300, 302, 400, 401, 403, 404, 422, 429, 500, 503]
            .map(|status| Canned::json(status, &genuine)),
    );
    answers
}

#[tokio::test]
async fn none_of_fifty_crafted_answers_approves() {
    let answers = [
        about_something_else(),
        with_another_word(),
        malformed(),
        in_the_wrong_envelope(),
    ]
    .concat();
    assert!(answers.len() >= 50, "{}", answers.len());
    let stand_in = StandIn::answering(Canned::json(200, &accepted())).await;
    let (telnyx, case) = (telnyx_at(stand_in.address), case());
    assert_eq!(case.checked_by(&telnyx).await, Ok(Verdict::Approved));
    for answer in answers {
        stand_in.now_answers(answer.clone());
        let outcome = case.checked_by(&telnyx).await;
        let shown = String::from_utf8_lossy(&answer.body[..answer.body.len().min(500)]);
        assert_ne!(outcome, Ok(Verdict::Approved), "{} {shown}", answer.status);
    }
}

/// What a check makes of this body, sent as JSON with status 200.
fn approves(body: &[u8]) -> bool {
    let answer = parse::<Judged>(StatusCode::OK, body);
    let verdict = answer.and_then(|answer| answer.verdict(&case().check()));
    matches!(verdict, Ok(Verdict::Approved))
}

/// Whether the two things that make an approval are there, by another way of reading.
fn is_genuine(body: &[u8]) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return false;
    };
    body["data"]["response_code"] == "accepted" && body["data"]["phone_number"] == PHONE
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!("accepted")),
        Just(json!(PHONE)),
        ".{0,12}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("data".to_owned()),
        Just("response_code".to_owned()),
        Just("phone_number".to_owned()),
        "[a-z_]{1,8}",
    ];
    leaf.prop_recursive(4, 32, 8, move |inner| {
        let fields = prop::collection::vec((key.clone(), inner.clone()), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..8).prop_map(Value::from),
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_of_the_right_words_approves_only_when_it_is_genuine(body in any_json()) {
        let body = json!({ "data": body }).to_string();
        prop_assert_eq!(approves(body.as_bytes()), is_genuine(body.as_bytes()));
    }

    #[test]
    fn an_approval_with_bytes_changed_approves_only_while_it_is_genuine(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut body = accepted().to_string().into_bytes();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        prop_assert!(!approves(&body) || is_genuine(&body));
    }
}
