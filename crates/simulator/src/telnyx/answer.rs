//! Telnyx's answers.

use http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::super::answer::Answer;
use super::state::Verdict;
use super::verification::Verification;

/// A success, in the wrapping all of them have.
pub(super) fn data(data: &Value) -> Answer {
    Answer::json(StatusCode::OK, json!({ "data": data }))
}

/// The object of contract section 3.2: create and fetch answer it.
pub(super) fn verification(found: &Verification, now: i64) -> Value {
    let draft = &found.draft;
    json!({
        "id": found.id,
        "record_type": "verification",
        "type": draft.kind.name(),
        "phone_number": draft.phone_number,
        "verify_profile_id": draft.profile,
        // Echoed in clear; one that Telnyx made is never shown.
        "custom_code": draft.custom_code,
        "timeout_secs": draft.timeout_secs,
        "status": found.standing(now).name(),
        "created_at": zoneless(found.created_at),
        "updated_at": zoneless(found.updated_at),
    })
}

/// The object of contract section 3.3, answered by a check.
pub(super) fn judged(phone_number: &str, verdict: Verdict, expired_is_rejected: bool) -> Value {
    let response_code = match verdict {
        Verdict::Accepted => "accepted",
        Verdict::Expired if !expired_is_rejected => "expired",
        Verdict::Rejected | Verdict::Expired => "rejected",
        Verdict::Exhausted => "max_attempts_exceeded",
    };
    json!({
        "phone_number": phone_number,
        "response_code": response_code,
    })
}

/// Every verification of a number, on one page.
pub(super) fn list(found: &[Value]) -> Value {
    json!({
        "data": found,
        "meta": {
            "page_number": 1,
            "page_size": found.len(),
            "total_pages": 1,
            "total_results": found.len(),
        },
    })
}

/// A time as Telnyx writes it: microseconds, and no zone (contract section 3.1). It is UTC.
pub(super) fn zoneless(millis: i64) -> String {
    let time = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
    let civil = time.to_zoned(TimeZone::UTC).datetime();
    format!("{civil:.6}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_microseconds_and_no_zone() {
        assert_eq!(zoneless(1_772_442_904_412), "2026-03-02T09:15:04.412000");
    }
}
