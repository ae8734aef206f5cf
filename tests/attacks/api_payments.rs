//! Repeated payment calls over the JSON API.

use serde_json::json;

use crate::support::payment::{
    AMOUNT_ABOVE_THRESHOLD, COUNT_COMPLETED, COUNT_EXECUTED, COUNT_PENDING,
};
use crate::support::wire::{Request, Response, send_at_once};
use crate::support::{ApiClient, CONFIRM_PATH, Database, TestApp, on_both_databases};

on_both_databases![
    correct_code_posted_fifty_times_at_once_pays_once,
    fifty_simultaneous_initiate_calls_with_one_key_create_one_payment,
];

/// Sends the same request fifty times at once.
async fn send_fifty_times(app: &TestApp, request: Request) -> Vec<Response> {
    send_at_once(vec![(app.address, request); 50]).await
}

/// Tests docs/security.md#pay-04, docs/security.md#sm-05, docs/security.md#otp-09.
async fn correct_code_posted_fifty_times_at_once_pays_once(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, program) = app.sign_in_new_api_user().await;
    let (id, code) = program.begin_payment_until_code(&app, &ann).await;
    let checks = app.simulator.list_calls_of("check").await.len();
    let body = json!({ "payment_id": id, "code": code }).to_string();
    let request = program.request("POST", CONFIRM_PATH);
    let answers = send_fifty_times(&app, request.with_body("application/json", body)).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    assert_eq!(won[0].json()["payment_id"], id.as_str());
    for answer in lost {
        let body = answer.json();
        let is_expected = matches!(
            body["code"].as_str().expect("value is text"),
            "busy" | "payment_processing" | "payment_completed"
        );
        assert!(is_expected, "{body}");
    }
    assert_eq!(app.simulator.list_calls_of("check").await.len(), checks + 1);
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_COMPLETED).await, 1);
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
    let again = program.confirm_payment(&id, &code).await;
    again.expect_error(400, "payment_completed");
}

/// Tests docs/security.md#pay-04, docs/security.md#res-03.
async fn fifty_simultaneous_initiate_calls_with_one_key_create_one_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, program) = app.sign_in_new_api_user().await;
    let probe = app.open_database().await;
    let small = ApiClient::payment_body(&json!("20"));
    let answers = send_fifty_times(
        &app,
        program.payment_request_with_keys(&small, &["one of a kind"]),
    )
    .await;
    let first = answers[0].json();
    for answer in &answers {
        let body = answer.json();
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(body["payment_id"], first["payment_id"]);
    }
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);

    let sends = app.simulator.list_calls_of("create").await.len();
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let large = ApiClient::payment_body(&json!(AMOUNT_ABOVE_THRESHOLD));
    let answers = send_fifty_times(
        &app,
        program.payment_request_with_keys(&large, &["another"]),
    )
    .await;
    let id = answers[0].json()["payment_id"].clone();
    for answer in &answers {
        let body = answer.json();
        // While the message is being sent, other requests get a retry time.
        let is_expected = answer.status == 201 || body["code"] == "busy";
        assert!(is_expected, "{body}");
        assert_eq!(body["payment_id"], id, "{body}");
    }
    assert_eq!(app.simulator.list_calls_of("create").await.len(), sends + 1);
    assert_eq!(probe.read_number(COUNT_PENDING).await, 1);
    let code = phone.next_code().await;
    let paid = program
        .confirm_payment(id.as_str().expect("value is text"), &code)
        .await;
    assert_eq!(paid.expect_status(200)["status"], "completed");
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 2);
}
