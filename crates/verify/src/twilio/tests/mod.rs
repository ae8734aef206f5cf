mod checks;
mod crafted;
mod errors;
mod fuzz;
mod logs;
mod messages;
mod sends;
mod transport;
mod upkeep;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::testing::{
    CODE, Case, PATIENT, PHONE, but, client, service, services, url, without,
};
use super::super::{
    CheckFailure, SendFailure, SendRequest, Sent, SettingsError, Verdict, Verifier, stand_in,
};
use super::{Credentials, Twilio, TwilioSettings};
use domain::Channel;

const SID: &str = "VE91ab6f20c7d34e5f8b12a0946ce5d7f3";
const OTHER_SID: &str = "VE00000000000000000000000000000001";
const SERVICE: &str = "VA4c9e21d70b5f4f3e8a61c2d9f0e7b835";
const PAYMENTS: &str = "VA4c9e21d70b5f4f3e8a61c2d9f0e7b836";
const ACCOUNT: &str = "AC7d1f0c52b9e84a63a0f2c95e18d34b70";
const TOKEN: &str = "5ecre7f00d5ecre7f00d5ecre7f00d00";

fn case() -> Case {
    Case::of(SERVICE, SID)
}

/// A code for a payment, sent and checked by the service for them.
fn paying(amount: &str, payee: &str) -> Case {
    Case::of(PAYMENTS, SID).paying(amount, payee)
}

fn settings(base_url: impl Into<String>) -> TwilioSettings {
    TwilioSettings {
        base_url: base_url.into(),
        credentials: Credentials::new(ACCOUNT, TOKEN),
        services: services(SERVICE, PAYMENTS),
        psd2: true,
        rate_limits: false,
    }
}

fn with(settings: TwilioSettings, timeout: Duration) -> Twilio {
    Twilio::new(client(timeout), settings).expect("settings")
}

fn twilio_at(address: SocketAddr) -> Twilio {
    with(settings(url(address)), PATIENT)
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

/// An answer of the service for payments that names what is paid.
fn paid(body: Value, amount: &str, payee: &str) -> Value {
    let body = but(body, "service_sid", PAYMENTS);
    but(but(body, "amount", amount), "payee", payee)
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
