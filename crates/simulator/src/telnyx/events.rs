//! The webhook events of Telnyx about messages:
//! <https://developers.telnyx.com/docs/identity/verify/receiving-webhooks>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use rand::Rng;
use serde_json::json;

use super::responses::format_time_without_zone;
use super::verification::TelnyxVerification;
use crate::clock::format_rfc3339_millis;
use crate::identifiers::generate_random_uuid;
use crate::magic_numbers::DeliveryOutcome;
use crate::provider::{Provider, SignedWebhook, WebhookEvent};
use crate::settings::TelnyxSettings;

/// Builds the Telnyx webhook events that report the delivery of a message.
///
/// The verification stays `pending` in them.
pub(crate) fn build_message_delivery_events(
    verification: &TelnyxVerification,
    delivery: DeliveryOutcome,
    now_millis: i64,
    rng: &mut impl Rng,
) -> Vec<WebhookEvent> {
    let sent = ("verify.sent", "sent");
    let statuses: &[_] = match delivery {
        DeliveryOutcome::Delivered => &[sent, ("verify.delivered", "delivered")],
        DeliveryOutcome::Undelivered => &[sent, ("verify.failed", "delivery_failed")],
        DeliveryOutcome::Failed => &[("verify.failed", "sending_failed")],
        // The guides document this status, not its event type.
        DeliveryOutcome::Unconfirmed => &[sent, ("verify.failed", "delivery_unconfirmed")],
    };
    let events = statuses.iter();
    events
        .map(|(kind, status)| {
            build_message_delivery_event(verification, kind, status, now_millis, rng)
        })
        .collect()
}

/// Builds one Telnyx webhook event about a message.
fn build_message_delivery_event(
    verification: &TelnyxVerification,
    kind: &str,
    delivery: &str,
    now_millis: i64,
    rng: &mut impl Rng,
) -> WebhookEvent {
    let parameters = &verification.parameters;
    let id = generate_random_uuid(rng);
    let body = json!({
        "event_type": kind,
        "id": id,
        "occurred_at": format_rfc3339_millis(now_millis).replace('Z', "+00:00"),
        "record_type": "event",
        "payload": {
            "id": verification.id,
            "record_type": "verification",
            "type": parameters.kind.name_in_telnyx_api(),
            "phone_number": parameters.phone_number,
            "profile_id": parameters.profile,
            "status": "pending",
            "delivery_status": delivery,
            "failed_attempts": 0,
            "custom_code": parameters.custom_code,
            "extension": parameters.extension,
            "mccmnc": null,
            "timeout_secs": null,
            "created_at": format_time_without_zone(verification.created_at),
            "updated_at": format_time_without_zone(now_millis),
        },
    });
    WebhookEvent {
        provider: Provider::Telnyx,
        id,
        kind: kind.to_owned(),
        verification: verification.id.clone(),
        body,
    }
}

/// Signs a webhook event as Telnyx does. The signature covers timestamp and body, so it differs for each attempt.
pub(crate) fn sign_telnyx_webhook_event(
    settings: &TelnyxSettings,
    url: &str,
    event: &WebhookEvent,
    attempt: usize,
    now_millis: i64,
) -> SignedWebhook {
    let body = json!({
        "data": event.body,
        "meta": { "attempt": attempt, "delivered_to": url },
    });
    let (body, timestamp) = (body.to_string(), now_millis.div_euclid(1000).to_string());
    let signature = sign_timestamp_and_body_with_ed25519(&settings.signing_seed, &timestamp, &body);
    SignedWebhook {
        url: url.to_owned(),
        body,
        headers: vec![
            ("telnyx-timestamp", timestamp),
            ("telnyx-signature-ed25519", signature),
        ],
    }
}

/// Returns the base64 Ed25519 signature of a webhook's timestamp and body.
fn sign_timestamp_and_body_with_ed25519(seed: &[u8; 32], timestamp: &str, body: &str) -> String {
    let key = SigningKey::from_bytes(seed);
    let signature = key.sign(format!("{timestamp}|{body}").as_bytes());
    STANDARD.encode(signature.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::DEFAULT_SIGNING_SEED;

    /// Compares the signature with the test vector of `docs/verify-contract.md#38-webhooks`.
    #[test]
    fn webhook_has_the_signature_of_the_test_vector() {
        let body = r#"{"data":{"event_type":"verify.delivered","id":"3f1c7c2e-0000-4000-8000-000000000001","record_type":"event"}}"#;
        let signed =
            sign_timestamp_and_body_with_ed25519(&DEFAULT_SIGNING_SEED, "1767225600", body);
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
