//! Cancellations.

use super::mock_server::{CannedResponse, MockServer};
use super::*;

/// Returns Twilio's response to a cancellation.
fn cancelled() -> Value {
    with_field(created(), "status", "canceled")
}

/// Returns Twilio's response for a verification that does not exist or is over.
fn not_found() -> CannedResponse {
    let path = format!("/v2/Services/{SERVICE}/Verifications/{SID}");
    let message = format!("The requested resource {path} was not found");
    CannedResponse::json(404, &error(404, 20404, &message))
}

/// Cancels a verification at a server that gives this response. Returns the result and the server.
async fn cancel_outcome(response: CannedResponse) -> (Result<(), CheckFailure>, MockServer) {
    let server = MockServer::start(response).await;
    let (twilio, case) = (twilio_at(server.address), case());
    let outcome = twilio
        .cancel_verification(&case.service, &case.verification)
        .await;
    (outcome, server)
}

#[tokio::test]
async fn a_cancellation_updates_the_status() {
    let (outcome, server) = cancel_outcome(CannedResponse::json(200, &cancelled())).await;
    assert_eq!(outcome, Ok(()));
    let request = server.single_recorded_request();
    assert_eq!(request.method, "POST");
    assert_eq!(
        request.path,
        format!("/v2/Services/{SERVICE}/Verifications/{SID}")
    );
    assert_eq!(request.body, "Status=canceled");
}

#[tokio::test]
async fn a_cancellation_of_an_ended_verification_succeeds() {
    assert_eq!(cancel_outcome(not_found()).await.0, Ok(()));
}

#[tokio::test]
async fn a_cancellation_succeeds_only_if_the_response_shows_this_verification_as_cancelled() {
    let responses = [
        CannedResponse::json(200, &with_field(cancelled(), "status", "pending")),
        CannedResponse::json(200, &without_field(cancelled(), "status")),
        CannedResponse::json(200, &with_field(cancelled(), "sid", OTHER_SID)),
        CannedResponse::json(200, &with_field(cancelled(), "service_sid", PAYMENTS)),
        CannedResponse::json(500, &cancelled()),
        CannedResponse::with_content_type(404, "text/html", "not found"),
        CannedResponse::with_content_type(200, "text/html", cancelled().to_string()),
    ];
    for response in responses {
        let shown = format!("{response:?}");
        assert_eq!(
            cancel_outcome(response).await.0,
            Err(CheckFailure::Unknown),
            "{shown}"
        );
    }
    let refused = CannedResponse::json(401, &error(401, 20003, "Authenticate"));
    assert_eq!(
        cancel_outcome(refused).await.0,
        Err(CheckFailure::Configuration)
    );
}
