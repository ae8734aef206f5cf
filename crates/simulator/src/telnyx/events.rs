//! What Telnyx tells of a message, and how that is signed: contract section 3.8.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use rand::Rng;
use serde_json::json;

use super::super::clock::rfc3339_millis;
use super::super::magic::Delivery;
use super::super::settings::TelnyxSettings;
use super::super::webhooks::{Event, Signed};
use super::PROVIDER;
use super::answer::zoneless;
use super::verification::{Verification, random_uuid};

/// The events of one message, and of what becomes of it. They tell of delivery alone: the status of
/// the verification stays `pending`.
pub(super) fn of_message(
    made: &Verification,
    delivery: Delivery,
    now: i64,
    rng: &mut impl Rng,
) -> Vec<Event> {
    let sent = ("verify.sent", "sent");
    let steps: &[_] = match delivery {
        Delivery::Delivered => &[sent, ("verify.delivered", "delivered")],
        Delivery::Undelivered => &[sent, ("verify.failed", "delivery_failed")],
        Delivery::Failed => &[("verify.failed", "sending_failed")],
        // The guides name the status and not the event it comes with; it has not been delivered.
        Delivery::Unconfirmed => &[sent, ("verify.failed", "delivery_unconfirmed")],
    };
    let events = steps.iter();
    events
        .map(|(kind, status)| event(made, kind, status, now, rng))
        .collect()
}

fn event(made: &Verification, kind: &str, delivery: &str, now: i64, rng: &mut impl Rng) -> Event {
    let draft = &made.draft;
    let id = random_uuid(rng);
    let body = json!({
        "event_type": kind,
        "id": id,
        "occurred_at": rfc3339_millis(now).replace('Z', "+00:00"),
        "record_type": "event",
        "payload": {
            "id": made.id,
            "record_type": "verification",
            "type": draft.kind.name(),
            "phone_number": draft.phone_number,
            "profile_id": draft.profile,
            "status": "pending",
            "delivery_status": delivery,
            "failed_attempts": 0,
            "custom_code": draft.custom_code,
            "extension": draft.extension,
            "mccmnc": null,
            "timeout_secs": null,
            "created_at": zoneless(made.created_at),
            "updated_at": zoneless(now),
        },
    });
    Event {
        provider: PROVIDER,
        id,
        kind: kind.to_owned(),
        verification: made.id.clone(),
        body,
    }
}

/// Timestamp and raw body signed with the account's key, anew for each try.
pub(in super::super) fn sign(
    settings: &TelnyxSettings,
    url: &str,
    event: &Event,
    attempt: usize,
    now: i64,
) -> Signed {
    let body = json!({
        "data": event.body,
        "meta": { "attempt": attempt, "delivered_to": url },
    });
    let (body, timestamp) = (body.to_string(), now.div_euclid(1000).to_string());
    let signature = signature(&settings.signing_seed, &timestamp, &body);
    Signed {
        url: url.to_owned(),
        body,
        headers: vec![
            ("telnyx-timestamp", timestamp),
            ("telnyx-signature-ed25519", signature),
        ],
    }
}

fn signature(seed: &[u8; 32], timestamp: &str, body: &str) -> String {
    let key = SigningKey::from_bytes(seed);
    let signature = key.sign(format!("{timestamp}|{body}").as_bytes());
    STANDARD.encode(signature.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::super::settings::DEFAULT_SIGNING_SEED;
    use super::*;

    /// The contract's vector (section 3.8).
    #[test]
    fn a_webhook_is_signed_as_telnyx_signs_it() {
        let body = r#"{"data":{"event_type":"verify.delivered","id":"3f1c7c2e-0000-4000-8000-000000000001","record_type":"event"}}"#;
        let signed = signature(&DEFAULT_SIGNING_SEED, "1767225600", body);
        assert_eq!(
            signed,
            "QGPaIoBCtmqW50OgdKGMLu6h0jrjx4GhO43JTS7lC47KSllqeAHHAR9SEWkpmjTGUCIh3RR53R/QZMabfBkpDg=="
        );
        let public = SigningKey::from_bytes(&DEFAULT_SIGNING_SEED).verifying_key();
        assert_eq!(
            STANDARD.encode(public.as_bytes()),
            "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
        );
    }
}
