//! What the simulated providers tell of their messages, and how.

mod events;

use std::net::SocketAddr;

use axum::extract::{Request as Incoming, State};
use base64::Engine as _;
use ed25519_dalek::{Signature, SigningKey, Verifier as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Method;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::super::Webhooks;
use super::super::settings::{DEFAULT_PROFILE_ID, DEFAULT_SIGNING_SEED, DEFAULT_TELNYX_KEY};
use super::*;

const ORIGIN: &str = "https://mfa.example.test";

/// A request as it arrived.
struct Told {
    uri: String,
    headers: HeaderMap,
    body: String,
}

impl Told {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("text")
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn kind(&self) -> String {
        let body = self.json();
        let twilio = body.pointer("/0/type");
        let kind = twilio.or_else(|| body.pointer("/data/event_type"));
        let kind = kind.and_then(Value::as_str).expect("a kind").to_owned();
        kind.trim_start_matches("com.twilio.accountsecurity.verify.")
            .to_owned()
    }

    fn id(&self) -> Value {
        let body = self.json();
        let twilio = body.pointer("/0/id").cloned();
        twilio.unwrap_or_else(|| body["data"]["id"].clone())
    }
}

/// A lab whose webhooks go to a listener in the same process that refuses the first `refusals` of
/// them.
async fn told(refusals: usize) -> (Lab, mpsc::UnboundedReceiver<Told>) {
    let (address, receiver) = listener(refusals).await;
    let lab = Lab::with(Settings {
        webhooks: Webhooks {
            twilio: Some(format!("{ORIGIN}/webhooks/twilio")),
            telnyx: Some(format!("{ORIGIN}/webhooks/telnyx")),
            connect: Some(address),
        },
        ..Settings::default()
    });
    (lab, receiver)
}

async fn listener(refusals: usize) -> (SocketAddr, mpsc::UnboundedReceiver<Told>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let left = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(refusals));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let take = async move |State(()): State<()>, request: Incoming| {
        let (head, body) = request.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let told = Told {
            uri: head.uri.to_string(),
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).expect("text"),
        };
        sender.send(told).expect("somebody reads");
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

async fn next(receiver: &mut mpsc::UnboundedReceiver<Told>) -> Told {
    let patience = std::time::Duration::from_secs(20);
    let told = tokio::time::timeout(patience, receiver.recv()).await;
    told.expect("in time").expect("a webhook")
}

async fn text_by_telnyx(lab: &Lab, to: &str) -> Reply {
    let body = json!({ "phone_number": to, "verify_profile_id": DEFAULT_PROFILE_ID });
    let request = Request::post("/v2/verifications/sms")
        .header(AUTHORIZATION, format!("Bearer {DEFAULT_TELNYX_KEY}"))
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()));
    lab.send(request.expect("a request")).await
}

#[tokio::test]
async fn twilio_tells_of_a_verification_and_its_message_and_signs_the_public_url() {
    let (lab, mut received) = told(0).await;
    let (sid, code) = lab.begin().await;
    let mut kinds = Vec::new();
    for _ in 0..3 {
        let told = next(&mut received).await;
        let digest = Sha256::digest(&told.body);
        let hash = digest
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        assert_eq!(told.uri, format!("/webhooks/twilio?bodySHA256={hash}"));
        assert_eq!(told.header("host"), "mfa.example.test");
        let mac = Hmac::<Sha1>::new_from_slice(DEFAULT_AUTH_TOKEN.as_bytes());
        let mac = mac.expect("any length").chain_update(ORIGIN);
        let mac = mac.chain_update(&told.uri).finalize().into_bytes();
        assert_eq!(told.header("x-twilio-signature"), STANDARD.encode(mac));
        assert_eq!(told.json()[0]["data"]["verification_sid"], sid);
        assert!(!told.body.contains(&code));
        kinds.push(told.kind());
    }
    let expected = ["verification.pending", "message.sent", "message.delivered"];
    assert_eq!(kinds, expected);
    lab.check(&[("VerificationSid", &sid), ("Code", &code)])
        .await;
    assert_eq!(next(&mut received).await.kind(), "verification.approved");
}

#[tokio::test]
async fn telnyx_tells_of_the_message_and_signs_time_and_body() {
    let (lab, mut received) = told(0).await;
    let reply = text_by_telnyx(&lab, TO).await;
    let key = SigningKey::from_bytes(&DEFAULT_SIGNING_SEED).verifying_key();
    for (kind, delivery) in [("verify.sent", "sent"), ("verify.delivered", "delivered")] {
        let told = next(&mut received).await;
        assert_eq!(
            (told.uri.as_str(), told.kind().as_str()),
            ("/webhooks/telnyx", kind)
        );
        let signed = format!("{}|{}", told.header("telnyx-timestamp"), told.body);
        let signature = STANDARD.decode(told.header("telnyx-signature-ed25519"));
        let signature = Signature::from_slice(&signature.expect("base64")).expect("64 bytes");
        key.verify(signed.as_bytes(), &signature).expect("genuine");
        let payload = told.json()["data"]["payload"].clone();
        assert_eq!(payload["id"], reply.json()["data"]["id"]);
        assert_eq!(payload["delivery_status"], delivery);
        assert_eq!(payload["status"], "pending");
        assert!(payload["custom_code"].is_null());
    }
}

#[tokio::test]
async fn what_was_not_taken_is_told_again_with_the_same_id() {
    let (lab, mut received) = told(1).await;
    text_by_telnyx(&lab, TO).await;
    let first = next(&mut received).await;
    assert_eq!(next(&mut received).await.kind(), "verify.delivered");
    let again = next(&mut received).await;
    assert_eq!((again.kind(), again.id()), (first.kind(), first.id()));
    assert_eq!(again.json()["meta"]["attempt"], 2);
    let sent = lab
        .control(Method::GET, "/_simulator/webhooks", "")
        .await
        .json();
    assert_eq!(sent["telnyx"], format!("{ORIGIN}/webhooks/telnyx"));
    assert_eq!(sent["deliveries"][0]["status"], 503);
}

#[tokio::test]
async fn copies_and_disorder_come_on_request() {
    let (lab, mut received) = told(0).await;
    let script = json!({ "copies": 2, "reversed": true }).to_string();
    let set = lab
        .control(Method::PUT, "/_simulator/webhooks", &script)
        .await;
    assert_eq!(set.status, StatusCode::OK);
    text_by_telnyx(&lab, TO).await;
    let mut told = Vec::new();
    for _ in 0..4 {
        let one = next(&mut received).await;
        told.push((one.kind(), one.id()));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[2], told[3]);
    assert_eq!(
        (told[0].0.as_str(), told[2].0.as_str()),
        ("verify.delivered", "verify.sent")
    );
    for bad in [
        "{\"copies\": 0}",
        "{\"copies\": 101}",
        "{\"order\": 1}",
        "[]x",
    ] {
        let reply = lab.control(Method::PUT, "/_simulator/webhooks", bad).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn a_message_to_the_unreachable_number_is_sent_and_never_arrives() {
    let (lab, mut received) = told(0).await;
    let to = "+12025530003";
    assert_eq!(text_by_telnyx(&lab, to).await.status, StatusCode::OK);
    assert_eq!(next(&mut received).await.kind(), "verify.sent");
    let failed = next(&mut received).await;
    assert_eq!(failed.kind(), "verify.failed");
    let payload = failed.json()["data"]["payload"].clone();
    assert_eq!(payload["delivery_status"], "delivery_failed");
    let created = lab.create(&[("To", to), ("Channel", "sms")]).await;
    assert_eq!(created.status, StatusCode::CREATED);
    for kind in [
        "verification.pending",
        "message.sent",
        "message.undelivered",
    ] {
        assert_eq!(next(&mut received).await.kind(), kind);
    }
    let messages = lab.control(Method::GET, "/_simulator/messages", "").await;
    assert_eq!(messages.json(), json!([]));
}

#[tokio::test]
async fn a_fault_that_does_not_act_tells_nothing() {
    let (lab, mut received) = told(0).await;
    let script = json!([{ "kind": "status", "status": 500 }]).to_string();
    lab.control(Method::PUT, "/_simulator/faults", &script)
        .await;
    text_by_telnyx(&lab, TO).await;
    let reply = text_by_telnyx(&lab, "+14155550143").await;
    let told = next(&mut received).await;
    assert_eq!(
        told.json()["data"]["payload"]["id"],
        reply.json()["data"]["id"]
    );
}

#[tokio::test]
async fn an_application_elsewhere_is_told_the_systems_time() {
    for beside in [true, false] {
        let (address, mut received) = listener(0).await;
        let webhooks = Webhooks {
            telnyx: Some(format!("http://{address}/webhooks/telnyx")),
            connect: beside.then_some(address),
            ..Webhooks::default()
        };
        let lab = Lab::with(Settings {
            webhooks,
            ..Settings::default()
        });
        lab.advance(3600).await;
        text_by_telnyx(&lab, TO).await;
        let told = next(&mut received).await;
        let said: i64 = told.header("telnyx-timestamp").parse().expect("seconds");
        let ahead = said - lab.simulator.clock().system_millis() / 1000;
        assert_eq!(ahead > 3590, beside, "{ahead}");
        assert_eq!(ahead.abs() < 10, !beside, "{ahead}");
    }
}

#[tokio::test]
async fn what_is_forgotten_is_told_no_further() {
    let (lab, mut received) = told(0).await;
    let script = json!({ "copies": 100 }).to_string();
    lab.control(Method::PUT, "/_simulator/webhooks", &script)
        .await;
    text_by_telnyx(&lab, TO).await;
    let forgotten = next(&mut received).await.id();
    lab.control(Method::DELETE, "/_simulator/state", "").await;
    let reply = text_by_telnyx(&lab, TO).await;
    let mut copies = 0;
    loop {
        let told = next(&mut received).await;
        if told.json()["data"]["payload"]["id"] == reply.json()["data"]["id"] {
            break;
        }
        assert_eq!(told.id(), forgotten);
        copies += 1;
    }
    assert!(copies < 50, "{copies} came after all was forgotten");
    let view = lab.control(Method::GET, "/_simulator/webhooks", "").await;
    let deliveries = view.json()["deliveries"].clone();
    let all = deliveries.as_array().expect("a list").iter();
    let strange = all.filter(|one| one["id"] == forgotten).count();
    assert_eq!(strange, 0, "{deliveries}");
}
