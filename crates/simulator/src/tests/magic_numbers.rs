//! Tests of the magic numbers of Twilio.

use std::collections::HashSet;

use super::harness::*;
use super::messages::FROM;

/// Returns the rows of `GET /_simulator/magic`.
async fn list_magic_rows(client: &TestClient) -> Vec<Value> {
    let table = client
        .call_control_api(Method::GET, "/_simulator/magic", "")
        .await;
    let Value::Array(rows) = table.json() else {
        panic!("a list");
    };
    rows
}

/// Makes the provider call that fails for this row's magic number, and returns its response.
async fn make_call_that_fails(client: &TestClient, row: &Value) -> Reply {
    let number = row["to"].as_str().expect("value is text");
    match row["on"].as_str().expect("value is text") {
        "create" => {
            client
                .create_twilio_verification(&[("To", number), ("Channel", "sms")])
                .await
        }
        "check" => {
            let sent = client
                .create_twilio_verification(&[("To", number), ("Channel", "sms")])
                .await;
            assert_eq!(sent.status, StatusCode::CREATED);
            let code = client.newest_code_in_inbox().await;
            client
                .check_twilio_code(&[
                    ("VerificationSid", &verification_sid_in(&sent)),
                    ("Code", &code),
                ])
                .await
        }
        "message to" => client.create_twilio_message_between(FROM, number).await,
        "message from" => client.create_twilio_message_between(number, TO).await,
        other => panic!("{other}?"),
    }
}

#[tokio::test]
async fn every_twilio_magic_number_has_its_documented_error() {
    let client = TestClient::new();
    let rows = list_magic_rows(&client).await;
    let (mut codes, mut calls) = (HashSet::new(), 0);
    for row in rows.iter().filter(|row| row["provider"] == "twilio") {
        let Some(code) = row["code"].as_u64() else {
            continue;
        };
        codes.insert(code);
        calls += if row["on"] == "check" { 2 } else { 1 };
        let reply = make_call_that_fails(&client, row).await;
        assert_eq!(reply.twilio_error().1, code);
        assert_eq!(Value::from(reply.status.as_u16()), row["status"], "{row}");
        assert!(
            !reply.twilio_error_message().contains('{'),
            "{}",
            reply.twilio_error_message()
        );
        assert_eq!(
            reply.header("retry-after").is_some(),
            reply.status.as_u16() == 429 && code != 60202
        );
    }
    assert_eq!(codes.len(), 28 + 8, "errors of Verify and of messages");
    let fraud = client
        .create_twilio_verification(&[("To", "+12025560410"), ("Channel", "sms")])
        .await;
    assert!(
        fraud
            .twilio_error_message()
            .ends_with("+120 prefix is blocked for the SMS channel")
    );
    assert_eq!(client.ledger_entries().await.len(), calls + 1);
}

#[tokio::test]
async fn later_failure_number_fails_every_call_after_the_create() {
    let client = TestClient::new();
    let to = "+12025620403";
    let sent = client
        .create_twilio_verification(&[("To", to), ("Channel", "sms")])
        .await;
    let sid = verification_sid_in(&sent);
    let code = client.newest_code_in_inbox().await;
    for check in [
        [("To", to), ("Code", &code)],
        [("VerificationSid", &sid), ("Code", "1")],
    ] {
        assert_eq!(
            client.check_twilio_code(&check).await.twilio_error(),
            (403, 20403)
        );
    }
    assert_eq!(
        client.fetch_twilio_verification(&sid).await.twilio_error(),
        (403, 20403)
    );
    assert_eq!(
        client
            .set_twilio_status(&sid, "canceled")
            .await
            .twilio_error(),
        (403, 20403)
    );
    assert_eq!(
        client
            .set_twilio_status("%2B12025620403", "canceled")
            .await
            .twilio_error(),
        (403, 20403)
    );
    // Only a check can fail with a missing target.
    let to = "+12025660221";
    let sid = verification_sid_in(
        &client
            .create_twilio_verification(&[("To", to), ("Channel", "sms")])
            .await,
    );
    assert_eq!(
        client.set_twilio_status(&sid, "canceled").await.status,
        StatusCode::OK
    );
    let down = "+12025600503";
    let sid = verification_sid_in(
        &client
            .create_twilio_verification(&[("To", down), ("Channel", "sms")])
            .await,
    );
    let reply = client
        .check_twilio_code(&[("VerificationSid", &sid), ("Code", "123456")])
        .await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        reply.header("content-type"),
        Some("text/html; charset=utf-8")
    );
}

#[tokio::test]
async fn each_create_to_a_magic_number_starts_a_new_verification() {
    let client = TestClient::new();
    for (to, channel) in [
        ("+12025530003", "sms"),
        ("+12025560202", "sms"),
        ("+12025620003", "sms"),
        ("+12025560205", "call"),
    ] {
        let mut sids = HashSet::new();
        for _ in 0..6 {
            let sent = client
                .create_twilio_verification(&[("To", to), ("Channel", channel)])
                .await;
            assert_eq!(sent.status, StatusCode::CREATED, "{to}");
            sids.insert(verification_sid_in(&sent));
        }
        assert_eq!(sids.len(), 6, "{to}");
    }
    // A number between the magic numbers has no effect.
    let plain = [("To", "+12025550142"), ("Channel", "sms")];
    let (first, second) = (
        client.create_twilio_verification(&plain).await,
        client.create_twilio_verification(&plain).await,
    );
    assert_eq!(verification_sid_in(&first), verification_sid_in(&second));
}

#[tokio::test]
async fn magic_numbers_page_lists_every_number() {
    let page = include_str!("../../MAGIC_NUMBERS.md");
    for row in list_magic_rows(&TestClient::new()).await {
        let number = row["to"].as_str().expect("value is text");
        assert!(page.contains(number), "{number} is missing: {row}");
    }
}

#[tokio::test]
async fn gateway_error_number_has_an_html_response() {
    let client = TestClient::new();
    let reply = client
        .create_twilio_verification(&[("To", "+12025500503"), ("Channel", "sms")])
        .await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        reply.header("content-type"),
        Some("text/html; charset=utf-8")
    );
}

#[tokio::test]
async fn sms_block_exempts_voice_calls_and_disabled_risk_checks() {
    let client = TestClient::new();
    for to in ["+12025560205", "+12025560410"] {
        let call = client
            .create_twilio_verification(&[("To", to), ("Channel", "call")])
            .await;
        assert_eq!(call.status, StatusCode::CREATED);
    }
    let fields = [
        ("To", "+12025560605"),
        ("Channel", "sms"),
        ("RiskCheck", "disable"),
    ];
    assert_eq!(
        client.create_twilio_verification(&fields).await.status,
        StatusCode::CREATED
    );
}
