//! What Twilio's Event Streams tell of a verification and of its messages, and how that is signed:
//! contract section 2.10.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::{Rng, RngExt};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::super::clock::rfc3339_millis;
use super::super::magic::Delivery;
use super::super::settings::{TwilioSettings, VerifyService};
use super::super::webhooks::{Event, Signed};
use super::PROVIDER;
use super::state::Verifications;
use super::verification::{MAX_SENDS, SendAttempt, Verification};

const PREFIX: &str = "com.twilio.accountsecurity.verify.";

/// Whose events, and when.
pub(super) struct Teller<'a, R: Rng> {
    pub(super) settings: &'a TwilioSettings,
    pub(super) service: &'a VerifyService,
    /// Unix milliseconds.
    pub(super) now: i64,
    pub(super) rng: &'a mut R,
}

impl<R: Rng> Teller<'_, R> {
    /// The events of one message, and of what becomes of it.
    pub(super) fn message(&mut self, found: &Verification, delivery: Delivery) -> Vec<Event> {
        let mut events = Vec::new();
        if found.attempts.len() == 1 {
            events.push(self.verification(found, "pending"));
        }
        let steps: &[&str] = match delivery {
            Delivery::Delivered => &["sent", "delivered"],
            Delivery::Undelivered => &["sent", "undelivered"],
            Delivery::Failed => &["failed"],
            Delivery::Unconfirmed => &["sent"],
        };
        events.extend(steps.iter().map(|status| self.step(found, status)));
        if found.attempts.len() == MAX_SENDS {
            events.push(self.verification(found, "max-attempts-reached"));
        }
        events
    }

    /// The event of a verification that has come to a status: `approved`, `canceled` and so on.
    pub(super) fn verification(&mut self, found: &Verification, status: &str) -> Event {
        let sends: Vec<Value> = found.attempts.iter().map(send).collect();
        let checks = found.checks.iter().map(|check| {
            let status = if check.right { "SUCCESS" } else { "FAILURE" };
            json!({ "time": rfc3339_millis(check.at), "status": status })
        });
        let checks: Vec<Value> = checks.collect();
        let verified = (status == "approved").then(|| rfc3339_millis(self.now));
        let data = json!({
            "account_sid": self.settings.account_sid,
            "service_sid": found.key.service,
            "verification_sid": found.sid,
            "friendly_name": self.service.friendly_name,
            "custom_friendly_name": null,
            "custom_code_enabled": false,
            "created_at": rfc3339_millis(found.created_at),
            "verified_at": verified,
            "expired_at": rfc3339_millis(found.expires_at()),
            "to": found.key.to,
            "country": found.key.to.starts_with("+1").then_some("US"),
            "verification_status": status.replace('-', "_").to_uppercase(),
            "code_length": found.code.len(),
            "send_code_attempts": { "count": sends.len(), "attempts": sends },
            "check_attempts": { "count": checks.len(), "attempts": checks },
        });
        let kind = format!("{PREFIX}verification.{status}");
        self.event(found, kind, "VerifyEventStreamEvent", &data)
    }

    fn step(&mut self, found: &Verification, status: &str) -> Event {
        let attempt = found.attempts.last();
        let data = json!({
            "account_sid": self.settings.account_sid,
            "service_sid": found.key.service,
            "verification_sid": found.sid,
            "attempt_sid": attempt.map(|attempt| &attempt.sid),
            "channel": found.channel.name().to_uppercase(),
            "message_status": status.to_uppercase(),
            "to": found.key.to,
            "mcc": "310",
            "mnc": "999",
            "number_segments": 1,
            "created_at": rfc3339_millis(self.now),
            "has_fallback": false,
            "is_fallback": false,
            "tags": attempt.map(|attempt| &attempt.sending.tags),
        });
        let kind = format!("{PREFIX}message.{status}");
        self.event(found, kind, "MessageStatusEvent", &data)
    }

    /// A `CloudEvent` (<https://www.twilio.com/docs/events/event-streams>).
    fn event(&mut self, found: &Verification, kind: String, schema: &str, data: &Value) -> Event {
        let (first, second): (u128, u128) = (self.rng.random(), self.rng.random());
        let id = format!("{first:032x}{second:032x}");
        let (account, service) = (&self.settings.account_sid, &found.key.service);
        let body = json!({
            "specversion": "1.0",
            "type": kind,
            "source": format!("/v1/Accounts/{account}/Services/{service}/Verifications/{}", found.sid),
            "id": id,
            "dataschema": format!("https://events-schemas.twilio.com/AccountSecurity.{schema}/1"),
            "datacontenttype": "application/json",
            "time": rfc3339_millis(self.now),
            "data": data,
        });
        Event {
            provider: PROVIDER,
            id,
            kind,
            verification: found.sid.clone(),
            body,
        }
    }
}

/// One message among a verification's.
fn send(attempt: &SendAttempt) -> Value {
    json!({
        "time": rfc3339_millis(attempt.at),
        "channel": attempt.sending.channel.name().to_uppercase(),
        "attempt_sid": attempt.sid,
        "locale": attempt.sending.locale,
        "tags": attempt.sending.tags,
    })
}

/// The events of what has run out by `now` (Unix milliseconds) and was not told of before.
pub(in super::super) fn of_time(
    settings: &TwilioSettings,
    world: &mut Verifications,
    now: i64,
    rng: &mut impl Rng,
) -> Vec<Event> {
    let ended = world.run_out(now).filter_map(|found| {
        let mut teller = Teller {
            settings,
            service: settings.service(&found.key.service)?,
            now: found.expires_at(),
            rng: &mut *rng,
        };
        Some(teller.verification(found, "expired"))
    });
    ended.collect()
}

/// A request of Event Streams: an array of one event, its hash in the URL, the URL signed.
pub(in super::super) fn sign(settings: &TwilioSettings, url: &str, event: &Event) -> Signed {
    let body = Value::Array(vec![event.body.clone()]).to_string();
    let mark = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{mark}bodySHA256={}", hex(&Sha256::digest(&body)));
    let signature = signature(&settings.auth_token, &url);
    Signed {
        url,
        body,
        headers: vec![("x-twilio-signature", signature)],
    }
}

fn signature(auth_token: &str, text: &str) -> String {
    // HMAC takes keys of any length; this cannot fail.
    Hmac::<Sha1>::new_from_slice(auth_token.as_bytes())
        .map(|mac| STANDARD.encode(mac.chain_update(text).finalize().into_bytes()))
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last row of the contract's vectors (section 2.10).
    #[test]
    fn a_url_with_the_bodys_hash_is_signed_as_twilio_signs_it() {
        let body = r#"[{"specversion":"1.0","type":"com.twilio.accountsecurity.verify.verification.approved","id":"evt-0001"}]"#;
        let hash = hex(&Sha256::digest(body));
        assert_eq!(
            hash,
            "606ed0df7f84fd931510356189c00d522ce3d9167ab1fb6549e16a164f86095d"
        );
        let url = format!("https://mfa.example.test/hooks/twilio-events?bodySHA256={hash}");
        assert_eq!(
            signature("0123456789abcdef0123456789abcdef", &url),
            "lJi6q9MjG7t8ZVBez4LwNEy4qZE="
        );
    }
}
