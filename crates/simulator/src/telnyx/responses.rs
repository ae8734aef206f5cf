//! JSON bodies of successful Telnyx responses.

use http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::state::ResponseCode;
use super::verification::TelnyxVerification;
use crate::response::ProviderResponse;

/// Creates a successful Telnyx response with status 200, whose JSON member `data` has this value.
pub(crate) fn build_telnyx_success_response(data: &Value) -> ProviderResponse {
    ProviderResponse::json_response(StatusCode::OK, json!({ "data": data }))
}

/// Returns the JSON of a Telnyx verification, for create and fetch responses. `now_millis` is in Unix milliseconds.
pub(crate) fn build_telnyx_verification_json(
    verification: &TelnyxVerification,
    now_millis: i64,
) -> Value {
    let parameters = &verification.parameters;
    json!({
        "id": verification.id,
        "record_type": "verification",
        "type": parameters.kind.name_in_telnyx_api(),
        "phone_number": parameters.phone_number,
        "verify_profile_id": parameters.profile,
        // The response contains a custom code as plain text, but never a code that Telnyx has generated.
        "custom_code": parameters.custom_code,
        "timeout_secs": parameters.timeout_secs,
        "status": verification.status_at(now_millis).name_in_telnyx_json(),
        "created_at": format_time_without_zone(verification.created_at),
        "updated_at": format_time_without_zone(verification.updated_at),
    })
}

/// Returns the JSON of a Telnyx code check. With `expired_is_rejected`, an expired code is reported as `rejected`.
pub(crate) fn build_telnyx_check_result_json(
    phone_number: &str,
    result: ResponseCode,
    expired_is_rejected: bool,
) -> Value {
    let response_code = match result {
        ResponseCode::Accepted => "accepted",
        ResponseCode::Expired if !expired_is_rejected => "expired",
        ResponseCode::Rejected | ResponseCode::Expired => "rejected",
        ResponseCode::MaxAttemptsExceeded => "max_attempts_exceeded",
    };
    json!({
        "phone_number": phone_number,
        "response_code": response_code,
    })
}

/// Returns the JSON of a Telnyx verification list with a single page.
pub(crate) fn build_verification_list_json(verifications: &[Value]) -> Value {
    json!({
        "data": verifications,
        "meta": {
            "page_number": 1,
            "page_size": verifications.len(),
            "total_pages": 1,
            "total_results": verifications.len(),
        },
    })
}

/// Formats Unix milliseconds as Telnyx does: UTC with microseconds and without a time zone.
pub(crate) fn format_time_without_zone(unix_millis: i64) -> String {
    let time = Timestamp::from_millisecond(unix_millis).unwrap_or(Timestamp::MAX);
    let civil = time.to_zoned(TimeZone::UTC).datetime();
    format!("{civil:.6}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telnyx_times_have_microseconds_and_no_time_zone() {
        assert_eq!(
            format_time_without_zone(1_772_442_904_412),
            "2026-03-02T09:15:04.412000"
        );
    }
}
