mod arbitrary;
mod cancel;
mod checks;
mod crafted;
mod errors;
mod logs;
mod messages;
mod sends;
mod transport;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Twilio, TwilioCredentials, TwilioSettings};
use crate::mock_server;
use crate::outcome::{CheckFailure, SendFailure, Sent, Verdict};
use crate::services::SettingsError;
use crate::testing::{
    CODE, Case, LONG_TIMEOUT, PHONE, base_url_of_server, client_with_timeout, create_services,
    service_id, with_field, without_field,
};
use crate::verifier::{SendRequest, Verifier};
use domain::Channel;

const SID: &str = "VE91ab6f20c7d34e5f8b12a0946ce5d7f3";
const OTHER_SID: &str = "VE00000000000000000000000000000001";
const SERVICE: &str = "VA4c9e21d70b5f4f3e8a61c2d9f0e7b835";
const PAYMENTS: &str = "VA4c9e21d70b5f4f3e8a61c2d9f0e7b836";
const ACCOUNT: &str = "AC7d1f0c52b9e84a63a0f2c95e18d34b70";
const TOKEN: &str = "5ecre7f00d5ecre7f00d5ecre7f00d00";

/// Returns the verification that the tests send and check.
fn test_case() -> Case {
    Case::new(SERVICE, SID)
}

/// Returns a verification of the payment service with this amount and payee.
fn payment_case(amount: &str, payee: &str) -> Case {
    Case::new(PAYMENTS, SID).with_transaction(amount, payee)
}

/// Returns settings of the Twilio client with this base URL.
fn client_settings(base_url: impl Into<String>) -> TwilioSettings {
    TwilioSettings {
        base_url: base_url.into(),
        credentials: TwilioCredentials::from_sid_and_secret(ACCOUNT, TOKEN),
        services: create_services(SERVICE, PAYMENTS),
        psd2: true,
        rate_limits: false,
    }
}

/// Creates a Twilio client with these settings and this timeout.
fn create_client_with_settings(settings: TwilioSettings, timeout: Duration) -> Twilio {
    Twilio::new(client_with_timeout(timeout), settings).expect("settings")
}

/// Creates a Twilio client that sends its requests to a server at this address.
fn create_twilio_client_for(address: SocketAddr) -> Twilio {
    create_client_with_settings(client_settings(base_url_of_server(address)), LONG_TIMEOUT)
}

/// Creates a Twilio client that waits 200 ms for a response.
fn client_with_short_timeout(base_url: String) -> Twilio {
    create_client_with_settings(client_settings(base_url), Duration::from_millis(200))
}

/// Returns Twilio's response to a request to send a code (`docs/verify-contract.md#section-2-2`).
fn created_response() -> Value {
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

/// Returns Twilio's response to a check with the correct code (`docs/verify-contract.md#section-2-3`).
fn approved_response() -> Value {
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

/// Changes a response to one of the payment service with this amount and payee.
fn payment_response(body: Value, amount: &str, payee: &str) -> Value {
    let body = with_field(body, "service_sid", PAYMENTS);
    with_field(with_field(body, "amount", amount), "payee", payee)
}

/// Returns the body of a Twilio error response (`docs/verify-contract.md#section-2-1`).
fn error_body(status: u16, code: u32, message: &str) -> Value {
    json!({
        "code": code,
        "message": message,
        "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
        "status": status
    })
}
