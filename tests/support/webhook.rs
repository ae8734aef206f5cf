//! Webhook requests in the providers' formats, signed with the keys of the simulator or with other keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::app::RunningApp;
use super::wire::Request;

/// The Twilio auth token of the simulator, which signs webhooks.
const AUTH_TOKEN: &str = "5a119007000000000000000000000002";
/// The seed of the Ed25519 key that the simulator signs with (docs/verify-contract.md#section-3-8).
const SIMULATOR_SEED: [u8; 32] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    26, 27, 28, 29, 30, 31,
];

/// Builds a Twilio event about a verification.
pub fn twilio_event(id: &str, kind: &str, verification: &str) -> Value {
    json!({
        "specversion": "1.0",
        "type": format!("com.twilio.accountsecurity.verify.{kind}"),
        "id": id,
        "data": { "verification_sid": verification, "to": "+14155550142" },
    })
}

/// Builds a Twilio webhook request with these events, signed with the token of the simulator.
pub fn twilio_webhook(app: &RunningApp, events: &[Value]) -> Request {
    twilio_webhook_signed_with(AUTH_TOKEN, app, events)
}

/// Builds a Twilio webhook request signed with this auth token.
pub fn twilio_webhook_signed_with(token: &str, app: &RunningApp, events: &[Value]) -> Request {
    let body = json!(events).to_string();
    let hash = Sha256::digest(&body);
    let hash = hash
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let path = format!("/webhooks/twilio?bodySHA256={hash}");
    let mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("HMAC accepts any key length");
    let mac = mac.chain_update(format!("http://{}{path}", app.address));
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    Request::new("POST", &path)
        .with_header("X-Twilio-Signature", &signature)
        .with_body("application/json", body)
}

/// Builds a Telnyx event about a verification.
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

/// Builds a Telnyx webhook request with the current time, signed with the key of the simulator.
pub async fn telnyx_webhook(app: &RunningApp, event: &Value) -> Request {
    telnyx_webhook_signed_with(SIMULATOR_SEED, app, event).await
}

/// Builds a Telnyx webhook request with the current time, signed with the key of this seed.
pub async fn telnyx_webhook_signed_with(
    seed: [u8; 32],
    app: &RunningApp,
    event: &Value,
) -> Request {
    let now = app.simulator.get_json("clock").await.json()["now"].clone();
    let now: jiff::Timestamp = now
        .as_str()
        .and_then(|now| now.parse().ok())
        .expect("simulator returns a time");
    let (timestamp, body) = (now.as_second().to_string(), event.to_string());
    let signed = format!("{timestamp}|{body}");
    let signature = SigningKey::from_bytes(&seed).sign(signed.as_bytes());
    Request::new("POST", "/webhooks/telnyx")
        .with_header("telnyx-timestamp", &timestamp)
        .with_header(
            "telnyx-signature-ed25519",
            &STANDARD.encode(signature.to_bytes()),
        )
        .with_body("application/json", body)
}
