//! Verifies and parses the webhooks of Telnyx (`docs/verify-contract.md#section-3-8`).
//!
//! The signature covers the timestamp and the raw body, so a replayed request is accepted for five minutes. A replay
//! has no effect, because each event is stored once. A body may contain a code as plain text (`custom_code`), which is
//! neither stored nor logged.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use http::{HeaderMap, HeaderName};
use serde::Deserialize;

use super::webhook::{EventId, SignatureError};
use crate::http::single_header::SingleHeader;
use crate::store::deliveries::DeliveryReport;
use domain::{Delivery, Timestamp};
use verify::VerificationId;

const PROVIDER: &str = "telnyx";
const TIMESTAMP: HeaderName = HeaderName::from_static("telnyx-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("telnyx-signature-ed25519");
/// Maximum difference between the timestamp and the current time, in seconds.
const MAX_CLOCK_DISTANCE: u64 = 300;

/// The public keys that verify Telnyx webhooks: the current key and, during a rotation, the previous one.
#[derive(Clone, Debug)]
pub struct TelnyxPublicKeys(pub Vec<VerifyingKey>);

impl TelnyxPublicKeys {
    /// Verifies that Telnyx has signed this webhook request within the last 5 minutes.
    pub(super) fn verify_signature(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        if self.0.is_empty() {
            return Err(SignatureError::NoKey);
        }
        let SingleHeader::Value(timestamp) = SingleHeader::read_header(headers, &TIMESTAMP) else {
            return Err(SignatureError::NoTimestamp);
        };
        let SingleHeader::Value(signature) = SingleHeader::read_header(headers, &SIGNATURE) else {
            return Err(SignatureError::NoSignature);
        };
        let signature = STANDARD.decode(signature).ok();
        let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
        let signature = signature.ok_or(SignatureError::NoSignature)?;
        let signed = [timestamp.as_bytes(), b"|", body].concat();
        let genuine = |key: &VerifyingKey| key.verify_strict(&signed, &signature).is_ok();
        if !self.0.iter().any(genuine) {
            return Err(SignatureError::Signature);
        }
        // Checked last, so that a wrong clock is not reported as a forged signature.
        let seconds: i64 = timestamp.parse().map_err(|_| SignatureError::NoTimestamp)?;
        let difference_secs = now.as_millis().div_euclid(1000).abs_diff(seconds);
        if difference_secs > MAX_CLOCK_DISTANCE {
            return Err(SignatureError::OutOfTime);
        }
        Ok(())
    }
}

/// The body of a Telnyx webhook request, without the members that contain personal data.
#[derive(Deserialize)]
struct Body {
    data: Event,
}

#[derive(Deserialize)]
struct Event {
    id: EventId,
    #[serde(rename = "event_type")]
    kind: String,
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    id: VerificationId,
    delivery_status: Option<String>,
}

/// Parses the delivery report in the body of a Telnyx webhook request.
///
/// Returns an empty list for other events and malformed bodies.
pub(super) fn parse_delivery_reports(body: &[u8]) -> Vec<DeliveryReport> {
    let event = serde_json::from_slice(body).map(|Body { data }| data);
    event
        .ok()
        .and_then(to_delivery_report)
        .into_iter()
        .collect()
}

/// Converts a Telnyx event to a delivery report. Returns `None` for an event without delivery status.
fn to_delivery_report(event: Event) -> Option<DeliveryReport> {
    // `delivery_unconfirmed` means only that the message was sent.
    let status = match (
        event.kind.as_str(),
        event.payload.delivery_status.as_deref(),
    ) {
        ("verify.sent" | "verify.delivered" | "verify.failed", Some("delivery_unconfirmed"))
        | ("verify.sent", _) => Delivery::Sent,
        ("verify.delivered", _) => Delivery::Delivered,
        ("verify.failed", _) => Delivery::Undelivered,
        _ => return None,
    };
    Some(DeliveryReport {
        provider: PROVIDER,
        event: event.id.0,
        verification: event.payload.id,
        status,
        error_code: None,
    })
}

#[cfg(test)]
mod tests;
