//! Telnyx's webhooks: verify-contract.md, section 3.8.
//!
//! Timestamp and raw body are signed together, so that a copy is good for five minutes; within them it is harmless,
//! because each event is kept once. A body may hold a code in clear (`custom_code`): it is neither kept nor logged.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use http::{HeaderMap, HeaderName};
use serde::Deserialize;

use super::{EventId, NotGenuine};
use crate::http::single_header::SingleHeader;
use crate::store::deliveries::Report;
use domain::{Delivery, Timestamp};
use verify::VerificationId;

const PROVIDER: &str = "telnyx";
const TIMESTAMP: HeaderName = HeaderName::from_static("telnyx-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("telnyx-signature-ed25519");
/// How far a timestamp may be from now, in seconds, before or after.
const WINDOW: u64 = 300;

/// The account's public key, and during a rotation the one before it.
#[derive(Clone, Debug)]
pub struct PublicKeys(pub Vec<VerifyingKey>);

impl PublicKeys {
    /// Whether Telnyx sent this, lately (HOOK-01).
    pub(super) fn admit(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), NotGenuine> {
        if self.0.is_empty() {
            return Err(NotGenuine::NoKey);
        }
        let SingleHeader::Value(timestamp) = SingleHeader::read(headers, &TIMESTAMP) else {
            return Err(NotGenuine::NoTimestamp);
        };
        let SingleHeader::Value(signature) = SingleHeader::read(headers, &SIGNATURE) else {
            return Err(NotGenuine::NoSignature);
        };
        let signature = STANDARD.decode(signature).ok();
        let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
        let signature = signature.ok_or(NotGenuine::NoSignature)?;
        let signed = [timestamp.as_bytes(), b"|", body].concat();
        let genuine = |key: &VerifyingKey| key.verify_strict(&signed, &signature).is_ok();
        if !self.0.iter().any(genuine) {
            return Err(NotGenuine::Signature);
        }
        // Last, so that a clock that is off is not taken for a forger.
        let seconds: i64 = timestamp.parse().map_err(|_| NotGenuine::NoTimestamp)?;
        let apart = now.as_millis().div_euclid(1000).abs_diff(seconds);
        if apart > WINDOW {
            return Err(NotGenuine::OutOfTime);
        }
        Ok(())
    }
}

/// A request's one event. Everything about people in it is passed over (HOOK-06).
#[derive(Deserialize)]
struct Body {
    data: Told,
}

#[derive(Deserialize)]
struct Told {
    id: EventId,
    event_type: String,
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    id: VerificationId,
    delivery_status: Option<String>,
}

/// The delivery a request tells of; an event of any other kind, and what is no event, is none.
pub(super) fn reports(body: &[u8]) -> Vec<Report> {
    let event = serde_json::from_slice(body).map(|Body { data }| data);
    event.ok().and_then(report).into_iter().collect()
}

fn report(event: Told) -> Option<Report> {
    // The finer word where there is one; `delivery_unconfirmed` says no more than that it left.
    let status = match (
        event.event_type.as_str(),
        event.payload.delivery_status.as_deref(),
    ) {
        ("verify.sent" | "verify.delivered" | "verify.failed", Some("delivery_unconfirmed"))
        | ("verify.sent", _) => Delivery::Sent,
        ("verify.delivered", _) => Delivery::Delivered,
        ("verify.failed", _) => Delivery::Undelivered,
        _ => return None,
    };
    Some(Report {
        provider: PROVIDER,
        event: event.id.0,
        verification: event.payload.id,
        status,
    })
}

#[cfg(test)]
mod tests;
