//! What faults forge, as Telnyx would spell it.

use http::StatusCode;
use serde_json::{Map, Value};

use super::super::faults::{Fault, Kind};
use super::super::provider::Dialect;
use super::PROVIDER;
use super::errors;
use super::verification::random_uuid;

pub(super) const DIALECT: Dialect = Dialect {
    name: PROVIDER,
    created: StatusCode::OK,
    envelope,
    tamper,
};

/// An error envelope; with Telnyx's code for the status where the script names none.
fn envelope(status: StatusCode, fault: &Fault) -> Value {
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
        Some(code) => errors::envelope(&code.to_string(), title, reason, None),
        None => serde_json::json!({ "errors": [] }),
    }
}

/// Everything is inside `data`. A check's answer names no verification and no profile, so those
/// lies cannot be told of it, and a status no document names is a response code there.
fn tamper(kind: Kind, members: &mut Map<String, Value>) {
    let Some(data) = members.get_mut("data").and_then(Value::as_object_mut) else {
        return;
    };
    let mut put = |name: &str, value: Value| {
        if let Some(member) = data.get_mut(name) {
            *member = value;
        }
    };
    match kind {
        Kind::ApproveLie => {
            put("status", "pending".into());
            put("response_code", "rejected".into());
            data.insert("valid".to_owned(), true.into());
        }
        Kind::WrongSid => put("id", random_uuid(&mut rand::rng()).into()),
        Kind::WrongTo => put("phone_number", "+15005550006".into()),
        Kind::WrongService => put("verify_profile_id", random_uuid(&mut rand::rng()).into()),
        Kind::UnknownStatus => {
            put("status", "under_review".into());
            put("response_code", "under_review".into());
        }
        Kind::NullFields => data.values_mut().for_each(|member| *member = Value::Null),
        _ => {}
    }
}
