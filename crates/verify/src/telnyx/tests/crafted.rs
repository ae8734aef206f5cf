//! Forged and arbitrary responses to a check must not approve a code.

use proptest::prelude::*;
use reqwest::StatusCode;

use super::super::response::CheckedCode;
use super::mock_server::{CannedResponse, MockServer};
use super::*;
use crate::api_call::parse_success_body;

/// Returns responses that approve a code for another phone number.
fn approvals_of_another_verification() -> Vec<CannedResponse> {
    let mut bodies: Vec<Value> = ["+14155550143", "14155550142", "", " +14155550142"]
        .map(|number| with_data_field(accepted_response(), "phone_number", number))
        .into();
    bodies.push(with_data_field(
        accepted_response(),
        "phone_number",
        Value::Null,
    ));
    bodies.push(without_data_field(accepted_response(), "phone_number"));
    bodies
        .iter()
        .map(|body| CannedResponse::from_status_and_json(200, body))
        .collect()
}

/// Returns responses whose response code is similar to `accepted`.
fn responses_with_another_response_code() -> Vec<CannedResponse> {
    let words = [
        json!("ACCEPTED"),
        json!(" accepted"),
        json!("accepted\u{0}"),
        json!("аccepted"),
        json!("not accepted"),
        json!("approved"),
        json!(null),
        json!(true),
        json!(1),
        json!(["accepted"]),
        json!({ "accepted": true }),
    ];
    let mut bodies: Vec<Value> = words
        .into_iter()
        .map(|word| with_data_field(accepted_response(), "response_code", word))
        .collect();
    bodies.push(without_data_field(accepted_response(), "response_code"));
    bodies
        .iter()
        .map(|body| CannedResponse::from_status_and_json(200, body))
        .collect()
}

/// Returns responses that are not well-formed JSON objects.
fn malformed_responses() -> Vec<CannedResponse> {
    let genuine = accepted_response().to_string();
    let twice = |field: &str, value: &str| {
        let more = format!("{{\"{field}\":{value},");
        genuine.replacen("{\"phone", &format!("{more}\"phone"), 1)
    };
    let mut bodies: Vec<String> = [
        "",
        "accepted",
        "\"accepted\"",
        "null",
        "{}",
        "[]",
        "{\"data\":null}",
        "{\"data\":\"accepted\"}",
    ]
    .map(str::to_owned)
    .into();
    bodies.extend([
        genuine[..genuine.len() - 1].to_owned(),
        format!("{genuine}{genuine}"),
        format!("\u{feff}{genuine}"),
        format!("[{genuine}]"),
        accepted_response()["data"].to_string(),
        json!([[PHONE, "accepted"]]).to_string(),
        json!({ "data": [PHONE, "accepted"] }).to_string(),
        json!({ "data": [accepted_response()["data"]] }).to_string(),
        twice("response_code", "\"rejected\""),
        twice("phone_number", "\"+14155550143\""),
        genuine.replacen('{', "{\"data\":null,", 1),
        format!("{genuine}{}", " ".repeat(70_000)),
    ]);
    let mut responses: Vec<_> = bodies
        .iter()
        .map(|body| CannedResponse::from_status_and_json(200, body))
        .collect();
    let mut not_text = genuine.into_bytes();
    not_text[3] = 0xff;
    responses.push(CannedResponse::from_status_content_type_and_body(
        200,
        "application/json",
        not_text,
    ));
    responses
}

/// Returns approvals with another HTTP status or `Content-Type`.
fn approvals_with_wrong_status_or_content_type() -> Vec<CannedResponse> {
    let genuine = accepted_response().to_string();
    let mut responses: Vec<_> = ["text/html", "text/plain", "application/jsonp", ""]
        .map(|kind| CannedResponse::from_status_content_type_and_body(200, kind, genuine.clone()))
        .into();
    responses.extend(
        [204, 300, 302, 400, 401, 403, 404, 422, 429, 500, 503]
            .map(|status| CannedResponse::from_status_and_json(status, &genuine)),
    );
    responses
}

#[tokio::test]
async fn none_of_fifty_forged_responses_approves() {
    let responses = [
        approvals_of_another_verification(),
        responses_with_another_response_code(),
        malformed_responses(),
        approvals_with_wrong_status_or_content_type(),
    ]
    .concat();
    assert!(responses.len() >= 50, "{}", responses.len());
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(
        200,
        &accepted_response(),
    ))
    .await;
    let (telnyx, case) = (create_telnyx_client_for(server.address), test_case());
    assert_eq!(case.check_with(&telnyx).await, Ok(Verdict::Approved));
    for response in responses {
        server.set_response_to_all_requests(response.clone());
        let outcome = case.check_with(&telnyx).await;
        let shown = String::from_utf8_lossy(&response.body[..response.body.len().min(500)]);
        assert_ne!(
            outcome,
            Ok(Verdict::Approved),
            "{} {shown}",
            response.status
        );
    }
}

/// Returns whether a response with status 200 and this JSON body approves the checked code.
fn is_code_approved_by_body(body: &[u8]) -> bool {
    let response = parse_success_body::<CheckedCode>(StatusCode::OK, body);
    let verdict = response.and_then(|response| response.into_verdict(&test_case().check_request()));
    matches!(verdict, Ok(Verdict::Approved))
}

/// Returns whether a JSON body meets both conditions of an approval, parsed without the code under test.
fn meets_approval_conditions(body: &[u8]) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return false;
    };
    body["data"]["response_code"] == "accepted" && body["data"]["phone_number"] == PHONE
}

/// Generates random JSON that often contains the words of an approval.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!("accepted")),
        Just(json!(PHONE)),
        ".{0,12}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("data".to_owned()),
        Just("response_code".to_owned()),
        Just("phone_number".to_owned()),
        "[a-z_]{1,8}",
    ];
    leaf.prop_recursive(4, 32, 8, move |inner| {
        let fields = prop::collection::vec((key.clone(), inner.clone()), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..8).prop_map(Value::from),
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_json_approves_only_if_it_meets_all_conditions(body in any_json()) {
        let body = json!({ "data": body }).to_string();
        prop_assert_eq!(is_code_approved_by_body(body.as_bytes()), meets_approval_conditions(body.as_bytes()));
    }

    #[test]
    fn approval_with_changed_bytes_approves_only_if_it_still_meets_all_conditions(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut body = accepted_response().to_string().into_bytes();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        prop_assert!(!is_code_approved_by_body(&body) || meets_approval_conditions(&body));
    }
}
