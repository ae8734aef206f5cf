//! Webhook requests in the format of the providers, signed with the keys of the simulator or with other keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::app::RunningApp;
use super::wire::Request;

const AUTH_TOKEN: &str = "5a119007000000000000000000000002";
/// The seed of the simulator's signing key (docs/verify-contract.md#section-3-8).
const SIMULATOR_SEED: [u8; 32] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    26, 27, 28, 29, 30, 31,
];

/// An event of Twilio about a verification.
pub fn twilio_event(id: &str, kind: &str, verification: &str) -> Value {
    json!({
        "specversion": "1.0",
        "type": format!("com.twilio.accountsecurity.verify.{kind}"),
        "id": id,
        "data": { "verification_sid": verification, "to": "+14155550142" },
    })
}

/// A webhook request of Twilio with these events.
pub fn by_twilio(app: &RunningApp, events: &[Value]) -> Request {
    by_twilio_with(AUTH_TOKEN, app, events)
}

pub fn by_twilio_with(token: &str, app: &RunningApp, events: &[Value]) -> Request {
    let body = json!(events).to_string();
    let hash = Sha256::digest(&body);
    let hash = hash
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let path = format!("/webhooks/twilio?bodySHA256={hash}");
    let mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("any length");
    let mac = mac.chain_update(format!("http://{}{path}", app.address));
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    Request::new("POST", &path)
        .with("X-Twilio-Signature", &signature)
        .with_body("application/json", body)
}

/// An event of Telnyx about a verification.
pub fn telnyx_event(id: &str, kind: &str, verification: &str) -> Value {
    json!({
        "data": {
            "event_type": kind,
            "id": id,
            "record_type": "event",
            "payload": {
                "id": verification,
                "phone_number": "+14155550142",
                "status": "pending",
                "custom_code": "481516",
            },
        },
    })
}

/// A webhook request of Telnyx with this event and the current time.
pub async fn by_telnyx(app: &RunningApp, event: &Value) -> Request {
    by_telnyx_with(SIMULATOR_SEED, app, event).await
}

pub async fn by_telnyx_with(seed: [u8; 32], app: &RunningApp, event: &Value) -> Request {
    let now = app.simulator.get("clock").await.json()["now"].clone();
    let now: jiff::Timestamp = now
        .as_str()
        .and_then(|now| now.parse().ok())
        .expect("a time");
    let (timestamp, body) = (now.as_second().to_string(), event.to_string());
    let signed = format!("{timestamp}|{body}");
    let signature = SigningKey::from_bytes(&seed).sign(signed.as_bytes());
    Request::new("POST", "/webhooks/telnyx")
        .with("telnyx-timestamp", &timestamp)
        .with(
            "telnyx-signature-ed25519",
            &STANDARD.encode(signature.to_bytes()),
        )
        .with_body("application/json", body)
}
