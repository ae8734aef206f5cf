//! Twilio bodies of responses that faults produce or falsify.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::responses::build_twilio_verification_url;
use crate::fault_injection::WireFormat;
use crate::faults::{Fault, FaultKind};
use crate::identifiers::generate_random_twilio_sid;
use crate::provider::Provider;

pub(crate) const WIRE_FORMAT: WireFormat = WireFormat {
    provider: Provider::Twilio,
    created_status: StatusCode::CREATED,
    error_body: twilio_error_body,
    tamper: falsify_twilio_response,
};

/// Returns a Twilio error body for a fault.
///
/// The error code comes from the fault, or else from the HTTP status.
fn twilio_error_body(status: StatusCode, fault: &Fault) -> Value {
    let code = fault.code.or(match status.as_u16() {
        401 => Some(20003),
        403 => Some(20403),
        404 => Some(20404),
        429 => Some(20429),
        500 => Some(20500),
        503 => Some(20503),
        _ => None,
    });
    let reason = status.canonical_reason().unwrap_or("Error");
    let mut body = json!({
        "message": fault.message.as_deref().unwrap_or(reason),
        "status": status.as_u16(),
    });
    if let Some(code) = code {
        body["code"] = code.into();
        body["more_info"] = format!("https://www.twilio.com/docs/errors/{code}").into();
    }
    body
}

/// Puts wrong values into the body of a successful Twilio response, as the fault requires.
fn falsify_twilio_response(kind: FaultKind, members: &mut Map<String, Value>) {
    let mut put = |name: &str, value: Value| {
        if let Some(member) = members.get_mut(name) {
            *member = value;
        }
    };
    match kind {
        FaultKind::FalseApproval => {
            put("valid", true.into());
            put("status", "pending".into());
        }
        FaultKind::WrongSid => {
            let sid = generate_random_twilio_sid("VE", &mut rand::rng());
            put(
                "url",
                build_twilio_verification_url("VA00000000000000000000000000000000", &sid).into(),
            );
            put("sid", sid.into());
        }
        FaultKind::WrongTo => put("to", "+15005550006".into()),
        FaultKind::WrongService => {
            put(
                "service_sid",
                generate_random_twilio_sid("VA", &mut rand::rng()).into(),
            );
        }
        FaultKind::UnknownStatus => put("status", "under_review".into()),
        FaultKind::NullFields => members
            .values_mut()
            .for_each(|member| *member = Value::Null),
        _ => {}
    }
}
