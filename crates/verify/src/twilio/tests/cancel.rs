//! Cancellations.

use super::mock_server::{CannedResponse, MockServer};
use super::*;

/// Returns Twilio's response to a cancellation.
fn cancelled_response() -> Value {
    with_field(created_response(), "status", "canceled")
}

/// Returns Twilio's response for a verification that does not exist or is over.
fn not_found_response() -> CannedResponse {
    let path = format!("/v2/Services/{SERVICE}/Verifications/{SID}");
    let message = format!("The requested resource {path} was not found");
    CannedResponse::from_status_and_json(404, &error_body(404, 20404, &message))
}

/// Cancels a verification at a server that gives this response. Returns the result and the server.
async fn cancel_at_server(response: CannedResponse) -> (Result<(), CheckFailure>, MockServer) {
    let server = MockServer::start_mock_server(response).await;
    let (twilio, case) = (create_twilio_client_for(server.address), test_case());
    let outcome = twilio
        .cancel_verification(&case.service, &case.verification)
        .await;
    (outcome, server)
}

#[tokio::test]
async fn cancellation_updates_the_status() {
    let (outcome, server) = cancel_at_server(CannedResponse::from_status_and_json(
        200,
        &cancelled_response(),
    ))
    .await;
    assert_eq!(outcome, Ok(()));
    let request = server.single_received_request();
    assert_eq!(request.method, "POST");
    assert_eq!(
        request.path,
        format!("/v2/Services/{SERVICE}/Verifications/{SID}")
    );
    assert_eq!(request.body, "Status=canceled");
}

#[tokio::test]
async fn cancellation_of_an_ended_verification_succeeds() {
    assert_eq!(cancel_at_server(not_found_response()).await.0, Ok(()));
}

#[tokio::test]
async fn cancellation_succeeds_only_if_the_response_shows_this_verification_as_cancelled() {
    let responses = [
        CannedResponse::from_status_and_json(
            200,
            &with_field(cancelled_response(), "status", "pending"),
        ),
        CannedResponse::from_status_and_json(200, &without_field(cancelled_response(), "status")),
        CannedResponse::from_status_and_json(
            200,
            &with_field(cancelled_response(), "sid", OTHER_SID),
        ),
        CannedResponse::from_status_and_json(
            200,
            &with_field(cancelled_response(), "service_sid", PAYMENTS),
        ),
        CannedResponse::from_status_and_json(500, &cancelled_response()),
        CannedResponse::from_status_content_type_and_body(404, "text/html", "not found"),
        CannedResponse::from_status_content_type_and_body(
            200,
            "text/html",
            cancelled_response().to_string(),
        ),
    ];
    for response in responses {
        let shown = format!("{response:?}");
        assert_eq!(
            cancel_at_server(response).await.0,
            Err(CheckFailure::Unknown),
            "{shown}"
        );
    }
    let refused =
        CannedResponse::from_status_and_json(401, &error_body(401, 20003, "Authenticate"));
    assert_eq!(
        cancel_at_server(refused).await.0,
        Err(CheckFailure::Configuration)
    );
}
