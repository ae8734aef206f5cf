//! The numbers that fail on purpose.

use std::collections::HashSet;

use http::{Method, StatusCode};
use serde_json::Value;

use super::messages::FROM;
use super::*;

async fn magic(lab: &Lab) -> Vec<Value> {
    let table = lab.control(Method::GET, "/_simulator/magic", "").await;
    let Value::Array(rows) = table.json() else {
        panic!("a list");
    };
    rows
}

/// The answer to what the row says fails.
async fn provoke(lab: &Lab, row: &Value) -> Reply {
    let number = row["to"].as_str().expect("a number");
    match row["on"].as_str().expect("a call") {
        "create" => lab.create(&[("To", number), ("Channel", "sms")]).await,
        "check" => {
            let sent = lab.create(&[("To", number), ("Channel", "sms")]).await;
            assert_eq!(sent.status, StatusCode::CREATED);
            let code = lab.last_code().await;
            lab.check(&[("VerificationSid", &sid_of(&sent)), ("Code", &code)])
                .await
        }
        "message to" => lab.message_between(FROM, number).await,
        "message from" => lab.message_between(number, TO).await,
        other => panic!("{other}?"),
    }
}

#[tokio::test]
async fn every_magic_number_answers_its_error() {
    let lab = Lab::new();
    let rows = magic(&lab).await;
    let (mut codes, mut calls) = (HashSet::new(), 0);
    for row in rows.iter().filter(|row| row["provider"] == "twilio") {
        let Some(code) = row["code"].as_u64() else {
            continue;
        };
        codes.insert(code);
        calls += if row["on"] == "check" { 2 } else { 1 };
        let reply = provoke(&lab, row).await;
        assert_eq!(reply.refusal().1, code);
        assert_eq!(Value::from(reply.status.as_u16()), row["status"], "{row}");
        assert!(!reply.message().contains('{'), "{}", reply.message());
        assert_eq!(
            reply.header("retry-after").is_some(),
            reply.status.as_u16() == 429 && code != 60202
        );
    }
    assert_eq!(codes.len(), 28 + 8, "section 2.8 with 60243, and messages");
    let fraud = lab
        .create(&[("To", "+12025560410"), ("Channel", "sms")])
        .await;
    assert!(
        fraud
            .message()
            .ends_with("+120 prefix is blocked for the SMS channel")
    );
    assert_eq!(lab.ledger().await.len(), calls + 1);
}

#[tokio::test]
async fn a_number_that_fails_later_fails_every_call_after_the_create() {
    let lab = Lab::new();
    let to = "+12025620403";
    let sent = lab.create(&[("To", to), ("Channel", "sms")]).await;
    let sid = sid_of(&sent);
    let code = lab.last_code().await;
    for check in [
        [("To", to), ("Code", &code)],
        [("VerificationSid", &sid), ("Code", "1")],
    ] {
        assert_eq!(lab.check(&check).await.refusal(), (403, 20403));
    }
    assert_eq!(lab.fetch(&sid).await.refusal(), (403, 20403));
    assert_eq!(lab.update(&sid, "canceled").await.refusal(), (403, 20403));
    assert_eq!(
        lab.update("%2B12025620403", "canceled").await.refusal(),
        (403, 20403)
    );
    // A missing target is a matter of checks alone.
    let to = "+12025660221";
    let sid = sid_of(&lab.create(&[("To", to), ("Channel", "sms")]).await);
    assert_eq!(lab.update(&sid, "canceled").await.status, StatusCode::OK);
    let down = "+12025600503";
    let sid = sid_of(&lab.create(&[("To", down), ("Channel", "sms")]).await);
    let reply = lab
        .check(&[("VerificationSid", &sid), ("Code", "123456")])
        .await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        reply.header("content-type"),
        Some("text/html; charset=utf-8")
    );
}

#[tokio::test]
async fn many_tests_may_share_a_magic_number() {
    let lab = Lab::new();
    for (to, channel) in [
        ("+12025530003", "sms"),
        ("+12025560202", "sms"),
        ("+12025620003", "sms"),
        ("+12025560205", "call"),
    ] {
        let mut sids = HashSet::new();
        for _ in 0..6 {
            let sent = lab.create(&[("To", to), ("Channel", channel)]).await;
            assert_eq!(sent.status, StatusCode::CREATED, "{to}");
            sids.insert(sid_of(&sent));
        }
        assert_eq!(sids.len(), 6, "{to}");
    }
    // Numbers beside them are like any other.
    let plain = [("To", "+12025550142"), ("Channel", "sms")];
    let (first, second) = (lab.create(&plain).await, lab.create(&plain).await);
    assert_eq!(sid_of(&first), sid_of(&second));
}

#[tokio::test]
async fn the_readme_lists_every_number_that_fails_on_purpose() {
    let readme = include_str!("../../../../README.md");
    for row in magic(&Lab::new()).await {
        let number = row["to"].as_str().expect("a number");
        assert!(readme.contains(number), "{number} is missing: {row}");
    }
}

#[tokio::test]
async fn a_magic_gateway_error_is_not_json() {
    let lab = Lab::new();
    let reply = lab
        .create(&[("To", "+12025500503"), ("Channel", "sms")])
        .await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        reply.header("content-type"),
        Some("text/html; charset=utf-8")
    );
}

#[tokio::test]
async fn a_blocked_sms_leaves_the_call_and_the_risk_switch() {
    let lab = Lab::new();
    for to in ["+12025560205", "+12025560410"] {
        let call = lab.create(&[("To", to), ("Channel", "call")]).await;
        assert_eq!(call.status, StatusCode::CREATED);
    }
    let fields = [
        ("To", "+12025560605"),
        ("Channel", "sms"),
        ("RiskCheck", "disable"),
    ];
    assert_eq!(lab.create(&fields).await.status, StatusCode::CREATED);
}
