mod checks;
mod crafted;
mod errors;
mod logs;
mod sends;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Telnyx, TelnyxApiKey, TelnyxSettings};
use crate::mock_server;
use crate::outcome::{CheckFailure, SendFailure, Sent, Verdict};
use crate::services::SettingsError;
use crate::testing::{
    CODE, Case, LONG_TIMEOUT, PHONE, base_url_of_server, client_with_timeout, create_services,
    service_id, with_field, without_field,
};
use crate::verifier::{SendRequest, Verifier};
use domain::Channel;

const ID: &str = "b7d1a6e2-4c35-4f0e-9a18-2f6c0d9e7b41";
const PROFILE: &str = "4900019a-3c1e-7d52-8b0f-61a2c4e9d375";
const PAYMENTS: &str = "4900019a-3c1e-7d52-8b0f-61a2c4e9d376";
const KEY: &str = "KEY5ecre7f00d5ecre7f00d";

/// Returns the verification that the tests send and check.
fn test_case() -> Case {
    Case::new(PROFILE, ID)
}

/// Returns settings of the Telnyx client with this base URL.
fn client_settings(base_url: impl Into<String>) -> TelnyxSettings {
    TelnyxSettings {
        base_url: base_url.into(),
        api_key: TelnyxApiKey::new(KEY),
        profiles: create_services(PROFILE, PAYMENTS),
    }
}

/// Creates a Telnyx client with these settings and this timeout.
fn create_client_with_settings(settings: TelnyxSettings, timeout: Duration) -> Telnyx {
    Telnyx::new(client_with_timeout(timeout), settings).expect("settings")
}

/// Creates a Telnyx client that sends its requests to a server at this address.
fn create_telnyx_client_for(address: SocketAddr) -> Telnyx {
    create_client_with_settings(client_settings(base_url_of_server(address)), LONG_TIMEOUT)
}

/// Returns Telnyx's response to a request to send a code (`docs/verify-contract.md#section-3-2`).
fn created_response() -> Value {
    json!({
        "data": {
            "id": ID,
            "record_type": "verification",
            "type": "sms",
            "phone_number": PHONE,
            "verify_profile_id": PROFILE,
            "custom_code": null,
            "timeout_secs": 600,
            "status": "pending",
            "created_at": "2026-03-02T09:15:04.412087",
            "updated_at": "2026-03-02T09:15:04.412087"
        }
    })
}

/// Returns Telnyx's response to a check with the correct code (`docs/verify-contract.md#section-3-3`).
fn accepted_response() -> Value {
    json!({ "data": { "phone_number": PHONE, "response_code": "accepted" } })
}

/// Returns `body` with one field of its member `data` replaced.
fn with_data_field(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body["data"] = with_field(body["data"].take(), field, value);
    body
}

/// Returns `body` without one field of its member `data`.
fn without_data_field(mut body: Value, field: &str) -> Value {
    body["data"] = without_field(body["data"].take(), field);
    body
}

/// Returns the body of a Telnyx error response (`docs/verify-contract.md#section-3-1`).
fn error_body(code: &str, pointer: Option<&str>) -> Value {
    let mut one = json!({
        "code": code,
        "title": "Something",
        "detail": format!("Something about {PHONE}"),
        "meta": { "url": format!("https://developers.telnyx.com/docs/overview/errors/{code}") }
    });
    if let Some(pointer) = pointer {
        one["source"] = json!({ "pointer": pointer });
    }
    json!({ "errors": [one] })
}
