//! The numbers that fail on purpose.

use std::collections::HashSet;

use http::{Method, StatusCode};
use serde_json::Value;

use super::*;

#[tokio::test]
async fn every_magic_number_answers_its_error() {
    let lab = Lab::new();
    let table = lab
        .control(Method::GET, "/_simulator/magic", "")
        .await
        .json();
    let rows = table.as_array().expect("a list");
    let mut codes = HashSet::new();
    for row in rows {
        let to = row["to"].as_str().expect("a number");
        if row["provider"] != "twilio" {
            continue;
        }
        let Some(code) = row["code"].as_u64().filter(|code| *code != 60202) else {
            continue;
        };
        codes.insert(code);
        let reply = lab.create(&[("To", to), ("Channel", "sms")]).await;
        assert_eq!(Value::from(reply.status.as_u16()), row["status"], "{to}");
        assert_eq!(reply.refusal().1, code);
        assert!(!reply.message().contains('{'), "{}", reply.message());
        assert_eq!(
            reply.header("retry-after").is_some(),
            reply.status.as_u16() == 429
        );
    }
    assert_eq!(codes.len(), 27, "section 2.8 and 60243, less 60202");
    let fraud = lab
        .create(&[("To", "+12025560410"), ("Channel", "sms")])
        .await;
    assert!(
        fraud
            .message()
            .ends_with("+120 prefix is blocked for the SMS channel")
    );
    assert_eq!(lab.ledger().await.len(), codes.len() + 1);
    assert_eq!(
        lab.control(Method::GET, "/_simulator/messages", "")
            .await
            .json(),
        json!([])
    );
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
async fn a_magic_number_refuses_every_check() {
    let lab = Lab::new();
    let sent = lab
        .create(&[("To", "+12025560202"), ("Channel", "sms")])
        .await;
    assert_eq!(sent.status, StatusCode::CREATED);
    let code = lab.last_code().await;
    let reply = lab
        .check(&[("VerificationSid", &sid_of(&sent)), ("Code", &code)])
        .await;
    assert_eq!(reply.refusal(), (429, 60202));
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
