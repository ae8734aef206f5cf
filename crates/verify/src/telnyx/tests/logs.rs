//! The log at the TRACE level.

use super::mock_server::{CannedResponse, MockServer};
use super::*;
use crate::testing::capture_logs;

#[tokio::test]
async fn no_secret_and_no_phone_number_is_logged() {
    let (logs, _guard) = capture_logs();
    let echoed = with_data_field(created_response(), "custom_code", CODE);
    let responses = [
        CannedResponse::from_status_and_json(200, &echoed),
        CannedResponse::from_status_and_json(200, &accepted_response()),
        CannedResponse::from_status_and_json(400, &error_body("10002", Some("/phone_number"))),
        CannedResponse::from_status_and_json(401, &error_body("10009", None)),
        CannedResponse::from_status_and_json(500, &error_body("10007", Some(PHONE))),
        CannedResponse::from_status_and_json(
            200,
            &with_data_field(accepted_response(), "response_code", CODE),
        ),
        CannedResponse::from_status_and_json(
            200,
            &with_data_field(created_response(), "id", json!([PHONE, CODE])),
        ),
        CannedResponse::from_status_and_json(200, &format!("{{\"data\":\"{PHONE} {CODE}")),
        CannedResponse::from_status_content_type_and_body(
            200,
            "text/html",
            format!("{PHONE} {CODE}"),
        ),
    ];
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(500, "")).await;
    let (telnyx, case) = (create_telnyx_client_for(server.address), test_case());
    for response in responses {
        server.set_response_to_all_requests(response);
        let _ = case.send_with(&telnyx).await;
        let _ = case.check_with(&telnyx).await;
    }
    let text = logs.text();
    assert!(!logs.client_lines().is_empty(), "{text}");
    for secret in [CODE, &PHONE[2..], KEY, "Something"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn each_failure_is_logged_once_with_status_code_and_outcome() {
    let (logs, _guard) = capture_logs();
    let blocked = CannedResponse::from_status_and_json(400, &error_body("40309", None));
    let server = MockServer::start_mock_server(blocked).await;
    let (telnyx, case) = (create_telnyx_client_for(server.address), test_case());
    let _ = case.send_with(&telnyx).await;
    server.set_response_to_all_requests(CannedResponse::from_status_and_json(
        401,
        &error_body("10009", None),
    ));
    let _ = case.check_with(&telnyx).await;
    // A rejected code or a finished verification is not logged as a failure.
    server.set_response_to_all_requests(CannedResponse::from_status_and_json(
        404,
        &error_body("10005", None),
    ));
    let _ = case.check_with(&telnyx).await;

    let lines = logs.client_lines();
    let expected = [
        "WARN provider=\"telnyx\" operation=\"create\" http_status=400 provider_code=40309 outcome=\"blocked\"",
        "ERROR provider=\"telnyx\" operation=\"check\" http_status=401 provider_code=10009 outcome=\"configuration\"",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, expected) in lines.iter().zip(expected) {
        for part in expected.split(' ') {
            assert!(line.contains(part), "{part} in {line}");
        }
    }
}

#[test]
fn debug_output_contains_no_api_key() {
    let printed = format!("{:?}", client_settings("http://localhost"));
    assert!(!printed.contains(KEY), "{printed}");
}
