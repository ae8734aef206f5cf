//! Checks and cancellations.

use super::mock_server::{CannedResponse, MockServer};
use super::*;

/// Checks a code at a server that gives this response, and returns the result.
async fn check_code_at_server(response: CannedResponse) -> Result<Verdict, CheckFailure> {
    let server = MockServer::start_mock_server(response).await;
    test_case()
        .check_with(&create_telnyx_client_for(server.address))
        .await
}

#[tokio::test]
async fn check_names_the_verification_by_id_and_not_by_number() {
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(
        200,
        &accepted_response(),
    ))
    .await;
    let verdict = test_case()
        .check_with(&create_telnyx_client_for(server.address))
        .await;
    assert_eq!(verdict, Ok(Verdict::Approved));
    let request = server.single_received_request();
    assert_eq!(request.method, "POST");
    let path = format!("/v2/verifications/{ID}/actions/verify");
    assert_eq!(request.path, path);
    assert_eq!(request.body, format!("{{\"code\":\"{CODE}\"}}"));
    assert!(request.headers.contains_key("authorization"));
}

#[tokio::test]
async fn response_code_selects_the_verdict_and_an_unknown_one_is_a_failure() {
    let expected = [
        ("accepted", Ok(Verdict::Approved)),
        ("rejected", Ok(Verdict::Wrong)),
        ("expired", Ok(Verdict::NoLiveVerification)),
        ("max_attempts_exceeded", Ok(Verdict::ChecksExhausted)),
        ("Accepted", Err(CheckFailure::Unknown)),
        ("invalid", Err(CheckFailure::Unknown)),
        ("brand_new", Err(CheckFailure::Unknown)),
        ("", Err(CheckFailure::Unknown)),
    ];
    for (word, outcome) in expected {
        let body = with_data_field(accepted_response(), "response_code", word);
        assert_eq!(
            check_code_at_server(CannedResponse::from_status_and_json(200, &body)).await,
            outcome,
            "{word}"
        );
    }
}

/// Telnyx gives the same response for an unknown verification and for one that is over.
#[tokio::test]
async fn verification_unknown_to_telnyx_is_not_live() {
    let verdict = check_code_at_server(CannedResponse::from_status_and_json(
        404,
        &error_body("10005", None),
    ))
    .await;
    assert_eq!(verdict, Ok(Verdict::NoLiveVerification));
}

#[tokio::test]
async fn cancellation_sends_no_request_to_telnyx() {
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(500, "")).await;
    let case = test_case();
    let telnyx = create_telnyx_client_for(server.address);
    let cancelled = telnyx
        .cancel_verification(&case.service, &case.verification)
        .await;
    assert_eq!(cancelled, Ok(()));
    assert!(server.recorded_requests().is_empty());
}
