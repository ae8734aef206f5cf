//! Telnyx bodies of responses that faults produce or falsify.

use http::StatusCode;
use serde_json::{Map, Value};

use super::errors;
use crate::fault_injection::WireFormat;
use crate::faults::{Fault, FaultKind};
use crate::identifiers::generate_random_uuid;
use crate::provider::Provider;

pub(crate) const WIRE_FORMAT: WireFormat = WireFormat {
    provider: Provider::Telnyx,
    created_status: StatusCode::OK,
    error_body: telnyx_error_body,
    tamper: falsify_telnyx_response,
};

/// Returns a Telnyx error body for a fault.
///
/// If the fault contains no error code, the code follows from the HTTP status.
fn telnyx_error_body(status: StatusCode, fault: &Fault) -> Value {
    let code = fault.code.or(match status.as_u16() {
        401 => Some(10009),
        403 => Some(10010),
        404 => Some(10005),
        429 => Some(10011),
        500 => Some(10007),
        _ => None,
    });
    let reason = status.canonical_reason().unwrap_or("Error");
    let title = fault.message.as_deref().unwrap_or(reason);
    match code {
        Some(code) => errors::telnyx_error_json(&code.to_string(), title, reason, None),
        None => serde_json::json!({ "errors": [] }),
    }
}

/// Puts wrong values into the member `data` of a successful Telnyx response, as the fault requires.
///
/// The response to a code check contains no verification ID and no profile ID. Faults that falsify one of these IDs
/// leave that response unchanged.
fn falsify_telnyx_response(kind: FaultKind, members: &mut Map<String, Value>) {
    let Some(data) = members.get_mut("data").and_then(Value::as_object_mut) else {
        return;
    };
    let mut put = |name: &str, value: Value| {
        if let Some(member) = data.get_mut(name) {
            *member = value;
        }
    };
    match kind {
        FaultKind::FalseApproval => {
            put("status", "pending".into());
            put("response_code", "rejected".into());
            data.insert("valid".to_owned(), true.into());
        }
        FaultKind::WrongSid => put("id", generate_random_uuid(&mut rand::rng()).into()),
        FaultKind::WrongTo => put("phone_number", "+15005550006".into()),
        FaultKind::WrongService => put(
            "verify_profile_id",
            generate_random_uuid(&mut rand::rng()).into(),
        ),
        FaultKind::UnknownStatus => {
            put("status", "under_review".into());
            put("response_code", "under_review".into());
        }
        FaultKind::NullFields => data.values_mut().for_each(|member| *member = Value::Null),
        _ => {}
    }
}
