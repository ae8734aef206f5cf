//! Payments over the JSON API whose code cannot be sent or confirmed in time.

use serde_json::json;

use super::api_payments::ALL;
use crate::support::payment::{AMOUNT_ABOVE_THRESHOLD, COUNT_EXECUTED, COUNT_PENDING};
use crate::support::{Database, TestApp, on_both_databases, wrong_code};

on_both_databases![
    payment_with_a_refused_send_is_returned_and_stays_pending,
    payment_fails_if_its_code_cannot_be_sent,
    payment_that_cannot_be_confirmed_in_time_fails,
    codes_after_the_last_attempt_of_a_payment_are_refused_as_payment_failed,
    path_that_is_not_utf_8_is_refused_with_a_documented_code,
];

/// Tests docs/security.md#pay-04.
async fn payment_with_a_refused_send_is_returned_and_stays_pending(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, program) = app.sign_in_new_api_user().await;
    let probe = app.open_database().await;
    let never = program
        .begin_payment_by_method("recovery_code", AMOUNT_ABOVE_THRESHOLD, "once")
        .await;
    never.expect_error(400, "method_unavailable");
    assert!(never.body.get("payment_id").is_none(), "{}", never.body);
    assert_eq!(probe.read_number(ALL).await, 0);

    // The account has no authenticator app. The client learns the payment id when it requests the code.
    let refused = program
        .begin_payment_by_method("totp", AMOUNT_ABOVE_THRESHOLD, "once")
        .await;
    refused.expect_error(400, "method_unavailable");
    let id = refused.text_member(400, "payment_id");
    let stands = program.get(&format!("/v1/payments/{id}")).await;
    assert_eq!(stands.expect_status(200)["status"], "pending");
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let repeated = program
        .begin_payment_by_method("sms", AMOUNT_ABOVE_THRESHOLD, "once")
        .await;
    assert_eq!(repeated.text_member(201, "payment_id"), id);
    let code = phone.next_code().await;
    let paid = program.confirm_payment(&id, &code).await;
    assert_eq!(paid.expect_status(200)["status"], "completed");
    assert_eq!(probe.read_number(ALL).await, 1);
}

async fn payment_fails_if_its_code_cannot_be_sent(database: Database) {
    let app = TestApp::start(database).await;
    let (_, program) = app.sign_in_new_api_user().await;
    let down = json!([{ "on": "create", "kind": "status", "status": 503 }]);
    app.simulator.set_faults(down).await;
    let begun = program.begin_payment(AMOUNT_ABOVE_THRESHOLD).await;
    assert_eq!(begun.expect_status(201)["status"], "failed");
    assert_eq!(begun.body["reason"], "not_sent");
    assert_eq!(begun.body["requires_verification"], false);
    assert!(begun.body.get("resend_after").is_none(), "{}", begun.body);
    let id = begun.text_member(201, "payment_id");
    let found = program.get(&format!("/v1/payments/{id}")).await;
    assert_eq!(found.expect_status(200), &begun.body);
    let late = program.confirm_payment(&id, "123456").await;
    let error = &late.expect_error(400, "payment_failed")["error"];
    assert_eq!(error, "Payment already failed");
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        0
    );
}

/// Tests docs/security.md#res-01, docs/security.md#pay-03.
async fn payment_that_cannot_be_confirmed_in_time_fails(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "2")
        .start()
        .await;
    let probe = app.open_database().await;
    let (_, program) = app.sign_in_new_api_user().await;
    let initiate = || program.begin_payment_by_method("sms", AMOUNT_ABOVE_THRESHOLD, "once");
    let failed = initiate().await;
    assert_eq!(failed.expect_status(201)["status"], "failed");
    assert_eq!(failed.body["reason"], "not_sent");
    // A repeated call returns the same payment, with the time after which a new payment can have a code.
    let repeated = initiate().await;
    assert_eq!(repeated.expect_status(201)["status"], "failed");
    assert_eq!(repeated.body["payment_id"], failed.body["payment_id"]);
    for answer in [&failed.body, &repeated.body] {
        let wait = answer["resend_after"].as_u64();
        assert!(wait.is_some_and(|secs| secs > 280), "{answer}");
    }
    let audit = "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_failed' \
                 AND detail LIKE '%not_sent'";
    assert_eq!(probe.read_number(audit).await, 1);
    assert_eq!(probe.read_number(COUNT_PENDING).await, 0);

    // An enrolled authenticator is offered as the alternative.
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let program = app.new_api_client();
    let login = json!({ "identifier": ann.username, "password": ann.password, "method": "totp" });
    let flow = program.post("/v1/login", &login).await.flow_token(200);
    let code = authenticator.current_code().await;
    let token = program
        .submit_sign_in_code(&flow, &code)
        .await
        .access_token(200);
    let program = program.with_token(&token);
    let begun = program
        .begin_payment_by_method("sms", AMOUNT_ABOVE_THRESHOLD, "once")
        .await;
    let seconds = |member: &str| begun.body[member].as_u64().expect("number of seconds");
    assert_eq!(begun.expect_status(201)["status"], "pending");
    assert!(seconds("resend_after") > seconds("timeout_secs"));
    let by_app = program
        .begin_payment_by_method("totp", AMOUNT_ABOVE_THRESHOLD, "once")
        .await;
    let id = by_app.text_member(201, "payment_id");
    assert_eq!(begun.body["payment_id"], id.as_str());
    app.simulator.advance_to_next_totp_step().await;
    let paid = program
        .confirm_payment(&id, &authenticator.current_code().await)
        .await;
    assert_eq!(paid.expect_status(200)["status"], "completed");
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
}

/// The page docs/product.md describes this in its table of differences.
async fn codes_after_the_last_attempt_of_a_payment_are_refused_as_payment_failed(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, program) = app.sign_in_new_api_user().await;
    let (payment, code) = program.begin_payment_until_code(&app, &ann).await;
    for _ in 0..4 {
        let refused = program.confirm_payment(&payment, &wrong_code(&code)).await;
        refused.expect_error(401, "invalid_code");
    }
    let last = program.confirm_payment(&payment, &wrong_code(&code)).await;
    last.expect_error(429, "too_many_attempts");
    for late in [wrong_code(&code), code] {
        let refused = program.confirm_payment(&payment, &late).await;
        refused.expect_error(400, "payment_failed");
    }
}

/// Tests docs/api.md#errors.
async fn path_that_is_not_utf_8_is_refused_with_a_documented_code(database: Database) {
    let app = TestApp::start(database).await;
    let (_, program) = app.sign_in_new_api_user().await;
    for path in ["/v1/payments/%ff", "/v1/captcha/%ff"] {
        let refused = program.get(path).await;
        refused.expect_error(400, "malformed");
    }
}
