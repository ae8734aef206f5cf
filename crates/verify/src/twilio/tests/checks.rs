use super::mock_server::{CannedResponse, MockServer};
use super::*;

/// Checks a code at a server that gives this response, and returns the result.
async fn check_code_at_server(response: CannedResponse) -> Result<Verdict, CheckFailure> {
    let server = MockServer::start_mock_server(response).await;
    test_case()
        .check_with(&create_twilio_client_for(server.address))
        .await
}

#[tokio::test]
async fn check_names_the_verification_by_sid_and_not_by_number() {
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(
        200,
        &approved_response(),
    ))
    .await;
    let verdict = test_case()
        .check_with(&create_twilio_client_for(server.address))
        .await;
    assert_eq!(verdict, Ok(Verdict::Approved));

    let request = server.single_received_request();
    assert_eq!(request.method, "POST");
    assert_eq!(
        request.path,
        format!("/v2/Services/{SERVICE}/VerificationCheck")
    );
    assert_eq!(request.body, format!("VerificationSid={SID}&Code={CODE}"));
    assert!(request.headers.contains_key("authorization"));
}

#[tokio::test]
async fn status_field_approves_with_http_200_and_201() {
    let bare = json!({ "sid": SID, "service_sid": SERVICE, "to": PHONE, "status": "approved" });
    for body in [
        approved_response(),
        without_field(approved_response(), "valid"),
        bare,
    ] {
        for status in [200, 201] {
            let verdict =
                check_code_at_server(CannedResponse::from_status_and_json(status, &body)).await;
            assert_eq!(verdict, Ok(Verdict::Approved), "{status} {body}");
        }
    }
    let spelled = CannedResponse::from_status_content_type_and_body(
        200,
        "Application/JSON; charset=utf-8",
        approved_response().to_string(),
    );
    assert_eq!(check_code_at_server(spelled).await, Ok(Verdict::Approved));
}

#[tokio::test]
async fn status_pending_means_a_wrong_code() {
    let body = with_field(
        with_field(approved_response(), "status", "pending"),
        "valid",
        false,
    );
    let verdict = check_code_at_server(CannedResponse::from_status_and_json(200, &body)).await;
    assert_eq!(verdict, Ok(Verdict::Wrong));
}

#[tokio::test]
async fn status_of_an_ended_verification_selects_the_verdict() {
    let expected = [
        ("expired", Ok(Verdict::NoLiveVerification)),
        ("canceled", Ok(Verdict::NoLiveVerification)),
        ("deleted", Ok(Verdict::NoLiveVerification)),
        ("max_attempts_reached", Ok(Verdict::ChecksExhausted)),
        ("failed", Err(CheckFailure::Unknown)),
        ("brand_new", Err(CheckFailure::Unknown)),
    ];
    for (status, outcome) in expected {
        let body = with_field(approved_response(), "status", status);
        assert_eq!(
            check_code_at_server(CannedResponse::from_status_and_json(200, &body)).await,
            outcome,
            "{status}"
        );
    }
}

#[tokio::test]
async fn payment_check_sends_amount_and_payee_and_approves_no_other_payment() {
    let echo = payment_response(approved_response(), "€39.99", "Acme");
    let server =
        MockServer::start_mock_server(CannedResponse::from_status_and_json(200, &echo)).await;
    let twilio = create_twilio_client_for(server.address);
    let verdict = payment_case("€39.99", "Acme").check_with(&twilio).await;
    assert_eq!(verdict, Ok(Verdict::Approved));
    assert_eq!(
        server.single_received_request().body,
        format!("VerificationSid={SID}&Code={CODE}&Amount=%E2%82%AC39.99&Payee=Acme")
    );
    for (amount, payee) in [("€39.98", "Acme"), ("€39.99", "Evil")] {
        let verdict = payment_case(amount, payee).check_with(&twilio).await;
        assert_eq!(verdict, Err(CheckFailure::Unknown), "{amount} {payee}");
    }
}

#[tokio::test]
async fn second_check_of_an_approved_verification_reports_no_live_verification() {
    let server = MockServer::start_mock_server(CannedResponse::from_status_and_json(
        200,
        &approved_response(),
    ))
    .await;
    let (twilio, case) = (create_twilio_client_for(server.address), test_case());
    assert_eq!(case.check_with(&twilio).await, Ok(Verdict::Approved));
    let message =
        format!("The requested resource /v2/Services/{SERVICE}/VerificationCheck was not found");
    server.set_response_to_all_requests(CannedResponse::from_status_and_json(
        404,
        &error_body(404, 20404, &message),
    ));
    assert_eq!(
        case.check_with(&twilio).await,
        Ok(Verdict::NoLiveVerification)
    );
}
