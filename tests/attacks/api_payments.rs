//! Repeated payment calls over the JSON API.

use serde_json::json;

use crate::support::payment::{ABOVE_THRESHOLD, COMPLETED, EXECUTED, PENDING};
use crate::support::wire::{Request, Response, race};
use crate::support::{ApiClient, CONFIRM, Database, TestApp, on_both_databases};

on_both_databases![
    correct_code_posted_fifty_times_at_once_pays_once,
    fifty_simultaneous_initiate_calls_with_one_key_create_one_payment,
];

async fn fifty(app: &TestApp, request: Request) -> Vec<Response> {
    race(vec![(app.address, request); 50]).await
}

/// Tests docs/security.md#pay-04, docs/security.md#sm-05, docs/security.md#otp-09.
async fn correct_code_posted_fifty_times_at_once_pays_once(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, program) = app.paying_api_client().await;
    let (id, code) = program.pay_up_to_the_code(&app, &ann).await;
    let checks = app.simulator.calls("check").await.len();
    let body = json!({ "payment_id": id, "code": code }).to_string();
    let request = program.request("POST", CONFIRM);
    let answers = fifty(&app, request.with_body("application/json", body)).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    assert_eq!(won[0].json()["payment_id"], id.as_str());
    for answer in lost {
        let body = answer.json();
        let fine = matches!(
            body["code"].as_str().expect("a code"),
            "busy" | "payment_processing" | "payment_completed"
        );
        assert!(fine, "{body}");
    }
    assert_eq!(app.simulator.calls("check").await.len(), checks + 1);
    let probe = app.probe().await;
    assert_eq!(probe.number(COMPLETED).await, 1);
    assert_eq!(probe.number(EXECUTED).await, 1);
    let again = program.confirm(&id, &code).await;
    again.refused(400, "payment_completed");
}

/// Tests docs/security.md#pay-04, docs/security.md#res-03.
async fn fifty_simultaneous_initiate_calls_with_one_key_create_one_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, program) = app.paying_api_client().await;
    let probe = app.probe().await;
    let small = ApiClient::payment(&json!("20"));
    let answers = fifty(
        &app,
        program.with_idempotency_key(&small, &["one of a kind"]),
    )
    .await;
    let first = answers[0].json();
    for answer in &answers {
        let body = answer.json();
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(body["payment_id"], first["payment_id"]);
    }
    assert_eq!(probe.number(EXECUTED).await, 1);

    let sends = app.simulator.calls("create").await.len();
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_received_messages().await;
    let large = ApiClient::payment(&json!(ABOVE_THRESHOLD));
    let answers = fifty(&app, program.with_idempotency_key(&large, &["another"])).await;
    let id = answers[0].json()["payment_id"].clone();
    for answer in &answers {
        let body = answer.json();
        // While the message is being sent, other requests get a retry time.
        let fine = answer.status == 201 || body["code"] == "busy";
        assert!(fine, "{body}");
        assert_eq!(body["payment_id"], id, "{body}");
    }
    assert_eq!(app.simulator.calls("create").await.len(), sends + 1);
    assert_eq!(probe.number(PENDING).await, 1);
    let code = phone.next_code().await;
    let paid = program.confirm(id.as_str().expect("an id"), &code).await;
    assert_eq!(paid.ok(200)["status"], "completed");
    assert_eq!(probe.number(EXECUTED).await, 2);
}
