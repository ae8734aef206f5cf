mod checks;
mod crafted;
mod errors;
mod fuzz;
mod logs;
mod messages;
mod sends;
mod stand_in;
mod transport;
mod upkeep;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::{
    CheckFailure, CheckRequest, SendFailure, SendRequest, Sent, ServiceId, Transaction, Verdict,
    VerificationId, Verifier, http_client,
};
use super::{Credentials, Services, Twilio, TwilioSettings};
use crate::domain::{Channel, CodeLength, OneTimeCode, PhoneNumber};

const SID: &str = "VE91ab6f20c7d34e5f8b12a0946ce5d7f3";
const OTHER_SID: &str = "VE00000000000000000000000000000001";
const SERVICE: &str = "VA4c9e21d70b5f4f3e8a61c2d9f0e7b835";
const PAYMENTS: &str = "VA4c9e21d70b5f4f3e8a61c2d9f0e7b836";
const ACCOUNT: &str = "AC7d1f0c52b9e84a63a0f2c95e18d34b70";
const TOKEN: &str = "5ecre7f00d5ecre7f00d5ecre7f00d00";
const PHONE: &str = "+14155550142";
const CODE: &str = "481516";

/// What the calls of a test are about.
struct Case {
    service: ServiceId,
    verification: VerificationId,
    to: PhoneNumber,
    code: OneTimeCode,
    transaction: Option<Transaction>,
}

impl Case {
    fn new() -> Self {
        let length = CodeLength::new(6).expect("6 is in range");
        Self {
            service: service(SERVICE),
            verification: VerificationId::parse(SID).expect("a SID"),
            to: PhoneNumber::from_e164(PHONE).expect("E.164"),
            code: OneTimeCode::parse(CODE, length).expect("six digits"),
            transaction: None,
        }
    }

    fn paying(amount: &str, payee: &str) -> Self {
        let transaction = Transaction {
            amount: amount.to_owned(),
            payee: payee.to_owned(),
        };
        Self {
            transaction: Some(transaction),
            ..Self::new()
        }
    }

    fn check(&self) -> CheckRequest<'_> {
        CheckRequest {
            service: &self.service,
            verification: &self.verification,
            to: &self.to,
            code: &self.code,
            transaction: self.transaction.as_ref(),
        }
    }

    fn send(&self) -> SendRequest<'_> {
        SendRequest {
            service: &self.service,
            to: &self.to,
            channel: Channel::Sms,
            client_ip: None,
            transaction: self.transaction.as_ref(),
        }
    }

    async fn sent_by(&self, twilio: &Twilio) -> Result<Sent, SendFailure> {
        twilio.send(self.send()).await
    }

    async fn checked_by(&self, twilio: &Twilio) -> Result<Verdict, CheckFailure> {
        twilio.check(self.check()).await
    }
}

fn service(sid: &str) -> ServiceId {
    ServiceId::parse(sid).expect("a SID")
}

fn settings(base_url: impl Into<String>) -> TwilioSettings {
    TwilioSettings {
        base_url: base_url.into(),
        credentials: Credentials::new(ACCOUNT, TOKEN),
        services: Services {
            registration: service(SERVICE),
            sign_in: service(SERVICE),
            set_up: service(SERVICE),
            phone_change: service(SERVICE),
            step_up: service(SERVICE),
            payment: service(PAYMENTS),
        },
        rate_limits: false,
    }
}

fn with(settings: TwilioSettings, timeout: Duration) -> Twilio {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = http_client(Duration::from_secs(3), timeout).expect("a client");
    Twilio::new(http, settings).expect("settings")
}

fn twilio_at(address: SocketAddr) -> Twilio {
    with(
        settings(format!("http://{address}")),
        Duration::from_secs(8),
    )
}

/// One that soon loses patience.
fn hasty(base_url: String) -> Twilio {
    with(settings(base_url), Duration::from_millis(200))
}

/// Twilio's answer to a create (verify-contract.md, section 2.2).
fn created() -> Value {
    json!({
        "sid": SID,
        "service_sid": SERVICE,
        "account_sid": ACCOUNT,
        "to": PHONE,
        "channel": "sms",
        "status": "pending",
        "valid": false,
        "date_created": "2026-03-02T09:15:04Z",
        "date_updated": "2026-03-02T09:15:04Z",
        "lookup": { "carrier": null },
        "amount": null,
        "payee": null,
        "send_code_attempts": [{
            "attempt_sid": "VL0f6a2d8139be47c5a2e07b94d1c8f356",
            "channel": "sms",
            "time": "2026-03-02T09:15:04.412Z"
        }],
        "sna": null,
        "url": format!("https://verify.twilio.com/v2/Services/{SERVICE}/Verifications/{SID}")
    })
}

/// Twilio's answer to a check with the right code (section 2.3).
fn approved() -> Value {
    json!({
        "sid": SID,
        "service_sid": SERVICE,
        "account_sid": ACCOUNT,
        "to": PHONE,
        "channel": "sms",
        "status": "approved",
        "valid": true,
        "amount": null,
        "payee": null,
        "sna_attempts_error_codes": [],
        "date_created": "2026-03-02T09:15:04Z",
        "date_updated": "2026-03-02T09:15:51Z"
    })
}

/// `body` with one field set to something else.
fn but(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body[field] = value.into();
    body
}

/// `body` without one of its fields.
fn without(mut body: Value, field: &str) -> Value {
    let fields = body.as_object_mut().expect("an object");
    fields.remove(field).expect("the field is there");
    body
}

/// Twilio's error envelope (section 2.1).
fn error(status: u16, code: u32, message: &str) -> Value {
    json!({
        "code": code,
        "message": message,
        "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
        "status": status
    })
}
