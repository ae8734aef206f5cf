//! The webhook events of Twilio Event Streams about verifications and their messages:
//! <https://www.twilio.com/docs/verify/verify-events>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::{Rng, RngExt};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::state::TwilioVerifications;
use super::verification::{MAX_SENDS, SendAttempt, TwilioVerification};
use crate::clock::format_rfc3339_millis;
use crate::magic_numbers::DeliveryOutcome;
use crate::provider::{Provider, SignedWebhook, WebhookEvent};
use crate::settings::{TwilioSettings, VerifyService};

/// Prefix of every Twilio webhook event type.
const PREFIX: &str = "com.twilio.accountsecurity.verify.";

/// Twilio's error code "Unreachable destination handset": <https://www.twilio.com/docs/api/errors/30003>.
const UNREACHABLE_DESTINATION: u32 = 30003;

/// Builder for the webhook events of a Twilio Verify service at one point in time.
pub(crate) struct EventBuilder<'a, R: Rng> {
    pub(crate) settings: &'a TwilioSettings,
    pub(crate) service: &'a VerifyService,
    /// The time of the event in Unix milliseconds.
    pub(crate) now_millis: i64,
    pub(crate) rng: &'a mut R,
}

impl<R: Rng> EventBuilder<'_, R> {
    /// Builds the webhook events of a verification's latest message and its delivery outcome.
    pub(crate) fn build_message_webhook_events(
        &mut self,
        verification: &TwilioVerification,
        delivery: DeliveryOutcome,
    ) -> Vec<WebhookEvent> {
        let mut events = Vec::new();
        if verification.attempts.len() == 1 {
            events.push(self.build_verification_status_event(verification, "pending"));
        }
        let statuses: &[&str] = match delivery {
            DeliveryOutcome::Delivered => &["sent", "delivered"],
            DeliveryOutcome::Undelivered => &["sent", "undelivered"],
            DeliveryOutcome::Failed => &["failed"],
            DeliveryOutcome::Unconfirmed => &["sent"],
        };
        events.extend(
            statuses
                .iter()
                .map(|status| self.build_message_delivery_event(verification, status)),
        );
        if verification.attempts.len() == MAX_SENDS {
            events.push(self.build_verification_status_event(verification, "max-attempts-reached"));
        }
        events
    }

    /// Builds the webhook event for a verification that reached a status, such as `approved`.
    pub(crate) fn build_verification_status_event(
        &mut self,
        verification: &TwilioVerification,
        status: &str,
    ) -> WebhookEvent {
        let sends: Vec<Value> = verification
            .attempts
            .iter()
            .map(send_attempt_json)
            .collect();
        let checks = verification.checks.iter().map(|check| {
            let status = if check.correct { "SUCCESS" } else { "FAILURE" };
            json!({ "time": format_rfc3339_millis(check.at), "status": status })
        });
        let checks: Vec<Value> = checks.collect();
        let verified = (status == "approved").then(|| format_rfc3339_millis(self.now_millis));
        let data = json!({
            "account_sid": self.settings.account_sid,
            "service_sid": verification.key.service,
            "verification_sid": verification.sid,
            "friendly_name": self.service.friendly_name,
            "custom_friendly_name": null,
            "custom_code_enabled": false,
            "created_at": format_rfc3339_millis(verification.created_at),
            "verified_at": verified,
            "expired_at": format_rfc3339_millis(verification.expires_at_millis()),
            "to": verification.key.to,
            "country": verification.key.to.starts_with("+1").then_some("US"),
            "verification_status": status.replace('-', "_").to_uppercase(),
            "code_length": verification.code.len(),
            "send_code_attempts": { "count": sends.len(), "attempts": sends },
            "check_attempts": { "count": checks.len(), "attempts": checks },
        });
        let kind = format!("{PREFIX}verification.{status}");
        self.build_cloud_event(verification, kind, "VerifyEventStreamEvent", &data)
    }

    /// Builds the webhook event for a message that reached a status, such as `sent`.
    fn build_message_delivery_event(
        &mut self,
        verification: &TwilioVerification,
        status: &str,
    ) -> WebhookEvent {
        let attempt = verification.attempts.last();
        let mut data = json!({
            "account_sid": self.settings.account_sid,
            "service_sid": verification.key.service,
            "verification_sid": verification.sid,
            "attempt_sid": attempt.map(|attempt| &attempt.sid),
            "channel": verification.channel.as_str().to_uppercase(),
            "message_status": status.to_uppercase(),
            "to": verification.key.to,
            "mcc": "310",
            "mnc": "999",
            "number_segments": 1,
            "created_at": format_rfc3339_millis(self.now_millis),
            "has_fallback": false,
            "is_fallback": false,
            "tags": attempt.map(|attempt| &attempt.options.tags),
        });
        if status == "undelivered" {
            data["error_code"] = UNREACHABLE_DESTINATION.into();
        }
        let kind = format!("{PREFIX}message.{status}");
        self.build_cloud_event(verification, kind, "MessageStatusEvent", &data)
    }

    /// Builds a Twilio webhook event in the `CloudEvents` format (<https://www.twilio.com/docs/events/event-streams>).
    fn build_cloud_event(
        &mut self,
        verification: &TwilioVerification,
        kind: String,
        schema: &str,
        data: &Value,
    ) -> WebhookEvent {
        let (first, second): (u128, u128) = (self.rng.random(), self.rng.random());
        let id = format!("{first:032x}{second:032x}");
        let (account, service) = (&self.settings.account_sid, &verification.key.service);
        let body = json!({
            "specversion": "1.0",
            "type": kind,
            "source": format!("/v1/Accounts/{account}/Services/{service}/Verifications/{}", verification.sid),
            "id": id,
            "dataschema": format!("https://events-schemas.twilio.com/AccountSecurity.{schema}/1"),
            "datacontenttype": "application/json",
            "time": format_rfc3339_millis(self.now_millis),
            "data": data,
        });
        WebhookEvent {
            provider: Provider::Twilio,
            id,
            kind,
            verification: verification.sid.clone(),
            body,
        }
    }
}

/// Returns the JSON of one sent message of a verification.
fn send_attempt_json(attempt: &SendAttempt) -> Value {
    json!({
        "time": format_rfc3339_millis(attempt.at),
        "channel": attempt.options.channel.as_str().to_uppercase(),
        "attempt_sid": attempt.sid,
        "locale": attempt.options.locale,
        "tags": attempt.options.tags,
    })
}

/// Builds the webhook events of the verifications that expired between the previous call and `now_millis`.
pub(crate) fn build_verification_expiry_events(
    settings: &TwilioSettings,
    verifications: &mut TwilioVerifications,
    now_millis: i64,
    rng: &mut impl Rng,
) -> Vec<WebhookEvent> {
    let ended = verifications
        .take_expired_verifications(now_millis)
        .filter_map(|verification| {
            let mut builder = EventBuilder {
                settings,
                service: settings.find_verify_service(&verification.key.service)?,
                now_millis: verification.expires_at_millis(),
                rng: &mut *rng,
            };
            Some(builder.build_verification_status_event(verification, "expired"))
        });
    ended.collect()
}

/// Signs a webhook event as Twilio does (<https://www.twilio.com/docs/usage/webhooks/webhooks-security>).
///
/// The body is an array of one event, the URL contains the hash of the body, and the signature covers the URL.
pub(crate) fn sign_twilio_webhook_event(
    settings: &TwilioSettings,
    url: &str,
    event: &WebhookEvent,
) -> SignedWebhook {
    let body = Value::Array(vec![event.body.clone()]).to_string();
    let separator = if url.contains('?') { '&' } else { '?' };
    let url = format!(
        "{url}{separator}bodySHA256={}",
        hex::encode(Sha256::digest(&body))
    );
    let signature = sign_text_with_hmac_sha1(&settings.auth_token, &url);
    SignedWebhook {
        url,
        body,
        headers: vec![("x-twilio-signature", signature)],
    }
}

/// Returns the base64 HMAC-SHA1 of `text` with the Twilio auth token as key.
fn sign_text_with_hmac_sha1(auth_token: &str, text: &str) -> String {
    // HMAC accepts keys of any length, so this cannot fail.
    Hmac::<Sha1>::new_from_slice(auth_token.as_bytes())
        .map(|mac| STANDARD.encode(mac.chain_update(text).finalize().into_bytes()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares URL and signature with the test vector of `docs/verify-contract.md#210-webhooks`.
    #[test]
    fn url_with_body_hash_has_the_signature_of_the_test_vector() {
        let body = r#"[{"specversion":"1.0","type":"com.twilio.accountsecurity.verify.verification.approved","id":"evt-0001"}]"#;
        let hash = hex::encode(Sha256::digest(body));
        assert_eq!(
            hash,
            "606ed0df7f84fd931510356189c00d522ce3d9167ab1fb6549e16a164f86095d"
        );
        let url = format!("https://mfa.example.test/hooks/twilio-events?bodySHA256={hash}");
        assert_eq!(
            sign_text_with_hmac_sha1("0123456789abcdef0123456789abcdef", &url),
            "lJi6q9MjG7t8ZVBez4LwNEy4qZE="
        );
    }
}
