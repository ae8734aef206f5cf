//! Tests of the webhook events about verifications and messages, and of their content.

use tokio_util::sync::CancellationToken;

use super::harness::*;
use super::webhooks::{ReceivedWebhook, client_with_webhooks, create_telnyx_sms, next_webhook};
use tokio::sync::mpsc;

/// Returns the data of the next webhook event and asserts its type.
async fn receive_webhook_data_of_type(
    received: &mut mpsc::UnboundedReceiver<ReceivedWebhook>,
    kind: &str,
) -> Value {
    let webhook = next_webhook(received).await;
    assert_eq!(webhook.kind(), kind);
    webhook.json()[0]["data"].clone()
}

#[tokio::test]
async fn webhook_events_contain_locale_tags_and_every_check() {
    let (client, mut received) = client_with_webhooks(0).await;
    let fields = [("To", TO), ("Channel", "sms")];
    let more = [("Locale", "de"), ("Tags", "{\"tenant\":\"42\"}")];
    let sent = client
        .create_twilio_verification(&[fields, more].concat())
        .await;
    let tags = json!({ "tenant": "42" });
    let pending = receive_webhook_data_of_type(&mut received, "verification.pending").await;
    assert_eq!(
        pending["check_attempts"],
        json!({ "count": 0, "attempts": [] })
    );
    for kind in ["message.sent", "message.delivered"] {
        assert_eq!(
            receive_webhook_data_of_type(&mut received, kind).await["tags"],
            tags
        );
    }
    let (sid, code) = (
        verification_sid_in(&sent),
        client.newest_code_in_inbox().await,
    );
    for code in [wrong_code_for(&code), &code] {
        client
            .check_twilio_code(&[("VerificationSid", &sid), ("Code", code)])
            .await;
    }
    let approved = receive_webhook_data_of_type(&mut received, "verification.approved").await;
    let first = &approved["send_code_attempts"]["attempts"][0];
    assert_eq!((&first["locale"], &first["tags"]), (&"de".into(), &tags));
    let checks = &approved["check_attempts"];
    assert_eq!(checks["count"], 2);
    assert_eq!(checks["attempts"][0]["status"], "FAILURE");
    assert_eq!(checks["attempts"][1]["status"], "SUCCESS");
}

#[tokio::test]
async fn expiry_of_a_verification_is_reported_once() {
    let (client, mut received) = client_with_webhooks(0).await;
    let (sid, _) = client.create_sms().await;
    for kind in ["verification.pending", "message.sent", "message.delivered"] {
        receive_webhook_data_of_type(&mut received, kind).await;
    }
    client.advance_clock(600).await;
    let expired = receive_webhook_data_of_type(&mut received, "verification.expired").await;
    assert_eq!(expired["verification_sid"], sid);
    assert_eq!(expired["verification_status"], "EXPIRED");
    client.advance_clock(600).await;
    client.create_sms().await;
    receive_webhook_data_of_type(&mut received, "verification.pending").await;
}

#[tokio::test]
async fn expiry_of_a_verification_is_reported_without_any_call() {
    let (client, mut received) = client_with_webhooks(0).await;
    client.create_sms().await;
    for kind in ["verification.pending", "message.sent", "message.delivered"] {
        receive_webhook_data_of_type(&mut received, kind).await;
    }
    let moved = client.simulator.clock().advance_secs(600);
    moved.expect("clock advances");
    let stop = CancellationToken::new();
    let watch = tokio::spawn(
        client
            .simulator
            .clone()
            .send_expiry_webhooks_until_stopped(stop.clone()),
    );
    receive_webhook_data_of_type(&mut received, "verification.expired").await;
    stop.cancel();
    watch.await.expect("task ends without a panic");
}

#[tokio::test]
async fn fifth_message_and_fifth_wrong_code_report_that_attempts_are_used_up() {
    let (client, mut received) = client_with_webhooks(0).await;
    for at in 0..5 {
        client.create_sms().await;
        if at == 0 {
            receive_webhook_data_of_type(&mut received, "verification.pending").await;
        }
        for kind in ["message.sent", "message.delivered"] {
            receive_webhook_data_of_type(&mut received, kind).await;
        }
    }
    let last = "verification.max-attempts-reached";
    let reached = receive_webhook_data_of_type(&mut received, last).await;
    assert_eq!(reached["verification_status"], "MAX_ATTEMPTS_REACHED");
    assert_eq!(reached["send_code_attempts"]["count"], 5);
    let code = client.newest_code_in_inbox().await;
    for _ in 0..5 {
        client
            .check_twilio_code(&[("To", TO), ("Code", wrong_code_for(&code))])
            .await;
    }
    let reached = receive_webhook_data_of_type(&mut received, last).await;
    assert_eq!(reached["check_attempts"]["count"], 5);
}

#[tokio::test]
async fn every_delivery_outcome_has_a_magic_number() {
    let (client, mut received) = client_with_webhooks(0).await;
    for (to, arrives, twilio, telnyx) in [
        (
            "+12025530001",
            false,
            &["message.failed"][..],
            &["sending_failed"][..],
        ),
        (
            "+12025530003",
            false,
            &["message.sent", "message.undelivered"],
            &["sent", "delivery_failed"],
        ),
        (
            "+12025530410",
            true,
            &["message.sent"],
            &["sent", "delivery_unconfirmed"],
        ),
    ] {
        client
            .create_twilio_verification(&[("To", to), ("Channel", "sms")])
            .await;
        receive_webhook_data_of_type(&mut received, "verification.pending").await;
        for kind in twilio {
            receive_webhook_data_of_type(&mut received, kind).await;
        }
        create_telnyx_sms(&client, to).await;
        for status in telnyx {
            let webhook = next_webhook(&mut received).await.json();
            assert_eq!(webhook["data"]["payload"]["delivery_status"], *status);
        }
        let path = format!("/_simulator/messages?to={}", &to[1..]);
        let arrived = client.call_control_api(Method::GET, &path, "").await.json();
        let count = arrived.as_array().map(Vec::len);
        assert_eq!(count, Some(if arrives { 2 } else { 0 }), "{to}");
    }
}

#[tokio::test]
async fn webhook_event_contains_the_extension_of_a_voice_call() {
    let (client, mut received) = client_with_webhooks(0).await;
    let body = json!({
        "phone_number": TO, "verify_profile_id": DEFAULT_PROFILE_ID, "extension": "1w23",
    });
    let request = Request::post("/v2/verifications/call")
        .header(AUTHORIZATION, format!("Bearer {DEFAULT_TELNYX_KEY}"))
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()));
    client.send(request.expect("valid request")).await;
    let webhook = next_webhook(&mut received).await.json();
    assert_eq!(webhook["data"]["payload"]["extension"], "1w23");
}
