//! Tests of webhook delivery: signatures, retries, order.

use std::net::SocketAddr;

use axum::extract::{Request as Incoming, State};
use ed25519_dalek::{Signature, SigningKey, Verifier as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::harness::*;
use crate::settings::WebhookTargets;

const ORIGIN: &str = "https://mfa.example.test";

/// Webhook request that the test receiver got.
pub(super) struct ReceivedWebhook {
    uri: String,
    headers: HeaderMap,
    body: String,
}

impl ReceivedWebhook {
    /// Returns a header of the webhook request.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("valid UTF-8")
    }

    /// Parses the body of the webhook request as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("valid JSON")
    }

    /// Returns the event type of the webhook.
    pub(super) fn kind(&self) -> String {
        let body = self.json();
        let twilio = body.pointer("/0/type");
        let kind = twilio.or_else(|| body.pointer("/data/event_type"));
        let kind = kind
            .and_then(Value::as_str)
            .expect("webhook has a kind")
            .to_owned();
        kind.trim_start_matches("com.twilio.accountsecurity.verify.")
            .to_owned()
    }

    /// Returns the event id of the webhook.
    fn id(&self) -> Value {
        let body = self.json();
        let twilio = body.pointer("/0/id").cloned();
        twilio.unwrap_or_else(|| body["data"]["id"].clone())
    }
}

/// Starts a webhook receiver and returns a test client that sends to it.
///
/// The receiver rejects the first `rejections` webhooks.
pub(super) async fn client_with_webhooks(
    rejections: usize,
) -> (TestClient, mpsc::UnboundedReceiver<ReceivedWebhook>) {
    let (address, receiver) = start_webhook_receiver(rejections).await;
    let client = TestClient::with_settings(Settings {
        webhooks: WebhookTargets {
            twilio: Some(format!("{ORIGIN}/webhooks/twilio")),
            telnyx: Some(format!("{ORIGIN}/webhooks/telnyx")),
            connect: Some(address),
        },
        ..Settings::default()
    });
    (client, receiver)
}

/// Starts an HTTP server that receives webhooks. It rejects the first `rejections` webhooks with status 503.
async fn start_webhook_receiver(
    rejections: usize,
) -> (SocketAddr, mpsc::UnboundedReceiver<ReceivedWebhook>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let left = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(rejections));
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("port is free");
    let address = listener.local_addr().expect("socket is bound");
    let take = async move |State(()): State<()>, request: Incoming| {
        let (head, body) = request.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let webhook = ReceivedWebhook {
            uri: head.uri.to_string(),
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).expect("valid UTF-8"),
        };
        sender.send(webhook).expect("receiver exists");
        let order = std::sync::atomic::Ordering::SeqCst;
        let refused = left.fetch_update(order, order, |left| left.checked_sub(1));
        match refused {
            Ok(_) => StatusCode::SERVICE_UNAVAILABLE,
            Err(_) => StatusCode::NO_CONTENT,
        }
    };
    let app = Router::new().fallback(take).with_state(());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, receiver)
}

/// Waits up to 20 seconds for the next webhook.
pub(super) async fn next_webhook(
    receiver: &mut mpsc::UnboundedReceiver<ReceivedWebhook>,
) -> ReceivedWebhook {
    let timeout = std::time::Duration::from_secs(20);
    let webhook = tokio::time::timeout(timeout, receiver.recv()).await;
    webhook
        .expect("webhook arrives in time")
        .expect("webhook is received")
}

/// Creates a Telnyx verification by SMS to the phone number `to`.
pub(super) async fn create_telnyx_sms(client: &TestClient, to: &str) -> Reply {
    let body = json!({ "phone_number": to, "verify_profile_id": DEFAULT_PROFILE_ID });
    let request = Request::post("/v2/verifications/sms")
        .header(AUTHORIZATION, format!("Bearer {DEFAULT_TELNYX_KEY}"))
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()));
    client.send(request.expect("valid request")).await
}

#[tokio::test]
async fn twilio_reports_verification_and_message_and_signs_the_public_url() {
    let (client, mut received) = client_with_webhooks(0).await;
    let (sid, code) = client.create_sms().await;
    let mut kinds = Vec::new();
    for _ in 0..3 {
        let webhook = next_webhook(&mut received).await;
        let hash = hex::encode(Sha256::digest(&webhook.body));
        assert_eq!(webhook.uri, format!("/webhooks/twilio?bodySHA256={hash}"));
        assert_eq!(webhook.header("host"), "mfa.example.test");
        let mac = Hmac::<Sha1>::new_from_slice(DEFAULT_AUTH_TOKEN.as_bytes());
        let mac = mac
            .expect("HMAC accepts any key length")
            .chain_update(ORIGIN);
        let mac = mac.chain_update(&webhook.uri).finalize().into_bytes();
        assert_eq!(webhook.header("x-twilio-signature"), STANDARD.encode(mac));
        assert_eq!(webhook.json()[0]["data"]["verification_sid"], sid);
        assert!(!contains_code(&webhook.body, &code));
        kinds.push(webhook.kind());
    }
    let expected = ["verification.pending", "message.sent", "message.delivered"];
    assert_eq!(kinds, expected);
    client
        .check_twilio_code(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(
        next_webhook(&mut received).await.kind(),
        "verification.approved"
    );
}

#[tokio::test]
async fn telnyx_reports_the_message_and_signs_time_and_body() {
    let (client, mut received) = client_with_webhooks(0).await;
    let reply = create_telnyx_sms(&client, TO).await;
    let key = SigningKey::from_bytes(&DEFAULT_SIGNING_SEED).verifying_key();
    for (kind, delivery) in [("verify.sent", "sent"), ("verify.delivered", "delivered")] {
        let webhook = next_webhook(&mut received).await;
        assert_eq!(
            (webhook.uri.as_str(), webhook.kind().as_str()),
            ("/webhooks/telnyx", kind)
        );
        let signed = format!("{}|{}", webhook.header("telnyx-timestamp"), webhook.body);
        let signature = STANDARD.decode(webhook.header("telnyx-signature-ed25519"));
        let signature =
            Signature::from_slice(&signature.expect("base64")).expect("signature has 64 bytes");
        key.verify(signed.as_bytes(), &signature)
            .expect("signature is valid");
        let payload = webhook.json()["data"]["payload"].clone();
        assert_eq!(payload["id"], reply.json()["data"]["id"]);
        assert_eq!(payload["delivery_status"], delivery);
        assert_eq!(payload["status"], "pending");
        assert!(payload["custom_code"].is_null());
    }
}

#[tokio::test]
async fn rejected_webhook_is_sent_again_with_the_same_id() {
    let (client, mut received) = client_with_webhooks(1).await;
    create_telnyx_sms(&client, TO).await;
    let first = next_webhook(&mut received).await;
    assert_eq!(next_webhook(&mut received).await.kind(), "verify.delivered");
    let again = next_webhook(&mut received).await;
    assert_eq!((again.kind(), again.id()), (first.kind(), first.id()));
    assert_eq!(again.json()["meta"]["attempt"], 2);
    let sent = client
        .call_control_api(Method::GET, "/_simulator/webhooks", "")
        .await
        .json();
    assert_eq!(sent["telnyx"], format!("{ORIGIN}/webhooks/telnyx"));
    assert_eq!(sent["deliveries"][0]["status"], 503);
}

#[tokio::test]
async fn webhook_copies_and_reverse_order_are_configurable() {
    let (client, mut received) = client_with_webhooks(0).await;
    let script = json!({ "copies": 2, "reversed": true }).to_string();
    let set = client
        .call_control_api(Method::PUT, "/_simulator/webhooks", &script)
        .await;
    assert_eq!(set.status, StatusCode::OK);
    create_telnyx_sms(&client, TO).await;
    let mut webhooks = Vec::new();
    for _ in 0..4 {
        let one = next_webhook(&mut received).await;
        webhooks.push((one.kind(), one.id()));
    }
    assert_eq!(webhooks[0], webhooks[1]);
    assert_eq!(webhooks[2], webhooks[3]);
    assert_eq!(
        (webhooks[0].0.as_str(), webhooks[2].0.as_str()),
        ("verify.delivered", "verify.sent")
    );
    for bad in [
        "{\"copies\": 0}",
        "{\"copies\": 101}",
        "{\"order\": 1}",
        "[]x",
    ] {
        let reply = client
            .call_control_api(Method::PUT, "/_simulator/webhooks", bad)
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn message_to_the_unreachable_number_is_reported_and_not_delivered() {
    let (client, mut received) = client_with_webhooks(0).await;
    let to = "+12025530003";
    assert_eq!(create_telnyx_sms(&client, to).await.status, StatusCode::OK);
    assert_eq!(next_webhook(&mut received).await.kind(), "verify.sent");
    let failed = next_webhook(&mut received).await;
    assert_eq!(failed.kind(), "verify.failed");
    let payload = failed.json()["data"]["payload"].clone();
    assert_eq!(payload["delivery_status"], "delivery_failed");
    let created = client
        .create_twilio_verification(&[("To", to), ("Channel", "sms")])
        .await;
    assert_eq!(created.status, StatusCode::CREATED);
    for kind in [
        "verification.pending",
        "message.sent",
        "message.undelivered",
    ] {
        assert_eq!(next_webhook(&mut received).await.kind(), kind);
    }
    let messages = client
        .call_control_api(Method::GET, "/_simulator/messages", "")
        .await;
    assert_eq!(messages.json(), json!([]));
}

#[tokio::test]
async fn failed_call_without_effect_sends_no_webhook() {
    let (client, mut received) = client_with_webhooks(0).await;
    let script = json!([{ "kind": "status", "status": 500 }]).to_string();
    client
        .call_control_api(Method::PUT, "/_simulator/faults", &script)
        .await;
    create_telnyx_sms(&client, TO).await;
    let reply = create_telnyx_sms(&client, "+14155550143").await;
    let webhook = next_webhook(&mut received).await;
    assert_eq!(
        webhook.json()["data"]["payload"]["id"],
        reply.json()["data"]["id"]
    );
}

#[tokio::test]
async fn webhook_time_is_simulated_only_for_an_application_in_the_process() {
    for in_process in [true, false] {
        let (address, mut received) = start_webhook_receiver(0).await;
        let webhooks = WebhookTargets {
            telnyx: Some(format!("http://{address}/webhooks/telnyx")),
            connect: in_process.then_some(address),
            ..WebhookTargets::default()
        };
        let client = TestClient::with_settings(Settings {
            webhooks,
            ..Settings::default()
        });
        client.advance_clock(3600).await;
        create_telnyx_sms(&client, TO).await;
        let webhook = next_webhook(&mut received).await;
        let timestamp: i64 = webhook
            .header("telnyx-timestamp")
            .parse()
            .expect("number of seconds");
        let ahead = timestamp - client.simulator.clock().system_time_millis() / 1000;
        assert_eq!(ahead > 3590, in_process, "{ahead}");
        assert_eq!(ahead.abs() < 10, !in_process, "{ahead}");
    }
}

#[tokio::test]
async fn reset_cancels_pending_webhooks() {
    let (client, mut received) = client_with_webhooks(0).await;
    let script = json!({ "copies": 100 }).to_string();
    client
        .call_control_api(Method::PUT, "/_simulator/webhooks", &script)
        .await;
    create_telnyx_sms(&client, TO).await;
    let outdated = next_webhook(&mut received).await.id();
    client
        .call_control_api(Method::DELETE, "/_simulator/state", "")
        .await;
    let reply = create_telnyx_sms(&client, TO).await;
    let mut copies = 0;
    loop {
        let webhook = next_webhook(&mut received).await;
        if webhook.json()["data"]["payload"]["id"] == reply.json()["data"]["id"] {
            break;
        }
        assert_eq!(webhook.id(), outdated);
        copies += 1;
    }
    assert!(copies < 50, "{copies} came after the reset");
    let view = client
        .call_control_api(Method::GET, "/_simulator/webhooks", "")
        .await;
    let deliveries = view.json()["deliveries"].clone();
    let all = deliveries.as_array().expect("value is a list").iter();
    let recorded = all.filter(|one| one["id"] == outdated).count();
    assert_eq!(recorded, 0, "{deliveries}");
}
