//! What faults forge, as Twilio would spell it.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::faults::{Fault, Kind};
use super::super::provider::Dialect;
use super::PROVIDER;
use super::answer::verification_url;
use super::verification::random_sid;

pub(super) const DIALECT: Dialect = Dialect {
    name: PROVIDER,
    created: StatusCode::CREATED,
    envelope,
    tamper,
};

/// An error envelope; without a code where neither the script nor the status suggests one.
fn envelope(status: StatusCode, fault: &Fault) -> Value {
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

fn tamper(kind: Kind, members: &mut Map<String, Value>) {
    let mut put = |name: &str, value: Value| {
        if let Some(member) = members.get_mut(name) {
            *member = value;
        }
    };
    match kind {
        Kind::ApproveLie => {
            put("valid", true.into());
            put("status", "pending".into());
        }
        Kind::WrongSid => {
            let sid = random_sid("VE", &mut rand::rng());
            put(
                "url",
                verification_url("VA00000000000000000000000000000000", &sid).into(),
            );
            put("sid", sid.into());
        }
        Kind::WrongTo => put("to", "+15005550006".into()),
        Kind::WrongService => {
            put("service_sid", random_sid("VA", &mut rand::rng()).into());
        }
        Kind::UnknownStatus => put("status", "under_review".into()),
        Kind::NullFields => members
            .values_mut()
            .for_each(|member| *member = Value::Null),
        _ => {}
    }
}
