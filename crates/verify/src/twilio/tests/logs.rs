//! The log at the TRACE level.

use super::mock_server::{CannedResponse, MockServer, bind_refusing_port};
use super::*;
use crate::testing::capture_logs;

#[tokio::test]
async fn no_secret_and_no_phone_number_is_logged() {
    let (logs, _guard) = capture_logs();
    let leaky = format!("Invalid parameter `To`: {PHONE} {CODE}");
    let responses = [
        CannedResponse::from_status_and_json(201, &created_response()),
        CannedResponse::from_status_and_json(200, &approved_response()),
        CannedResponse::from_status_and_json(400, &error_body(400, 60200, &leaky)),
        CannedResponse::from_status_and_json(500, &error_body(500, 60200, &leaky)),
        CannedResponse::from_status_and_json(403, &error_body(403, 20403, &leaky)),
        CannedResponse::from_status_and_json(
            200,
            &with_field(approved_response(), "sid", json!([PHONE, CODE])),
        ),
        CannedResponse::from_status_and_json(200, &format!("{{\"status\":\"{PHONE} {CODE}")),
        CannedResponse::from_status_content_type_and_body(200, "text/html", leaky.clone()),
    ];
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(500, "")).await;
    let (twilio, case) = (create_twilio_client_for(server.address), test_case());
    for response in responses {
        server.set_response_to_all_requests(response);
        let _ = case.send_with(&twilio).await;
        let _ = case.check_with(&twilio).await;
        let _ = twilio
            .cancel_verification(&case.service, &case.verification)
            .await;
    }
    let (_socket, address) = bind_refusing_port();
    let _ = case.check_with(&create_twilio_client_for(address)).await;

    let text = logs.text();
    assert!(!logs.client_lines().is_empty(), "{text}");
    for secret in [CODE, &PHONE[2..], TOKEN, "QUM3ZDFm", "Invalid parameter"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn each_failure_is_logged_once_with_status_code_and_outcome() {
    let (logs, _guard) = capture_logs();
    let refused = CannedResponse::from_status_and_json(403, &error_body(403, 60410, "blocked"));
    let server = MockServer::start_mock_server(refused).await;
    let (twilio, case) = (create_twilio_client_for(server.address), test_case());
    let _ = case.send_with(&twilio).await;
    server.set_response_to_all_requests(CannedResponse::from_status_and_json(
        401,
        &error_body(401, 20003, "Authenticate"),
    ));
    let _ = case.check_with(&twilio).await;
    // A rejected code or a finished verification is not logged as a failure.
    server.set_response_to_all_requests(CannedResponse::from_status_and_json(
        404,
        &error_body(404, 20404, "not found"),
    ));
    let _ = case.check_with(&twilio).await;

    let lines = logs.client_lines();
    let expected = [
        "WARN operation=\"create\" http_status=403 provider_code=60410 outcome=\"blocked\"",
        "ERROR operation=\"check\" http_status=401 provider_code=20003 outcome=\"configuration\"",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, expected) in lines.iter().zip(expected) {
        for part in expected.split(' ') {
            assert!(line.contains(part), "{part} in {line}");
        }
    }
}

#[test]
fn debug_output_contains_no_credentials_number_code_or_payee() {
    let case = test_case().with_transaction("39.99", "Acme");
    let printed = format!(
        "{:?} {:?} {:?}",
        case.check_request(),
        case.send_request(),
        client_settings("http://localhost")
    );
    for secret in [CODE, &PHONE[..8], TOKEN, ACCOUNT, "39.99", "Acme"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}
