//! Audit records of payments, and their limits.

use domain::{Problem, Purpose};
use serde_json::json;
use sqlx::Executor as _;

use super::leaks::find_code;
use crate::support::call::{self, Payment};
use crate::support::payment::{AMOUNT_ABOVE_THRESHOLD, COUNT_EXECUTED};
use crate::support::{Database, TestApp, on_both_databases, wrong_code};

on_both_databases![
    details_of_a_confirmed_payment_are_recorded_and_cannot_be_changed,
    every_attempt_to_confirm_a_payment_is_recorded,
    correct_code_after_expiry_is_not_counted_as_a_failure,
    expired_payment_is_not_marked_as_failed,
    payments_per_account_are_limited,
];

const REFUSED: &str = "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_refused'";

/// Tests docs/security.md#pay-09, docs/security.md#ops-01.
async fn details_of_a_confirmed_payment_are_recorded_and_cannot_be_changed(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let (id, code) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    browser.confirm_payment(&code).await.expect_step();
    let probe = app.open_database().await;
    let begun = "SELECT detail FROM audit_events WHERE event = 'payment_begun'";
    let begun = probe.read_text(begun).await;
    let quote = begun.strip_prefix(&format!("payment {id} quote "));
    let quote = quote.unwrap_or_else(|| panic!("no quote: {begun}"));
    let confirmed = "SELECT detail FROM audit_events WHERE event = 'payment_confirmed' \
                     AND source <> '' AND at > 0 AND flow_id <> '' AND account_id <> ''";
    let checks = app.simulator.list_calls_of("check").await;
    let verification = checks.last().expect("a check")["verification"].clone();
    let verification = verification.as_str().expect("verification ID is text");
    assert_eq!(
        probe.read_text(confirmed).await,
        format!("sms payment {id} quote {quote} verification {verification}")
    );
    let before = probe.dump_rows().await;
    assert_eq!(find_code(&before, &code), None);
    for change in [
        "UPDATE audit_events SET detail = ''",
        "UPDATE audit_events SET request_id = ''",
        "UPDATE audit_events SET source = '203.0.113.7' WHERE event = 'payment_confirmed'",
        "UPDATE payments SET amount_minor = 1",
        "UPDATE payments SET recipient = 'Evil'",
        "UPDATE payments SET currency = 'JPY'",
        "UPDATE payments SET flow_id = ''",
        "UPDATE payments SET request_key = ''",
        "UPDATE payments SET expires_at = expires_at + 300000",
        "UPDATE ledger_entries SET amount_minor = 1",
        "DELETE FROM ledger_entries",
        "DELETE FROM audit_events",
        "DELETE FROM audit_events WHERE event = 'payment_confirmed'",
    ] {
        let mut operator = app.execute_and_keep_connection("SELECT 1").await;
        let refused = operator.execute(change).await;
        let refused = refused.expect_err(change).to_string();
        assert!(refused.contains("never changed"), "{change}: {refused}");
    }
    assert_eq!(probe.dump_rows().await, before);
}

/// Tests docs/security.md#pay-07, docs/security.md#otp-05, docs/security.md#otp-07.
async fn every_attempt_to_confirm_a_payment_is_recorded(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY", "1")
        .start()
        .await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let (_, mut stranger) = app.sign_in_new_user().await;
    let (id, code) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    let flow_token = browser
        .flow_token(Purpose::Payment)
        .expect("flow token exists");
    let cookie = call::flow_token_cookie(Purpose::Payment).to_owned();
    stranger.cookies.insert(cookie, flow_token);
    assert!(stranger.confirm_payment(&code).await.is_refused());
    assert!(browser.confirm_payment("12").await.is_refused());
    // The check of the code adds another audit event.
    assert!(
        browser
            .confirm_payment(&wrong_code(&code))
            .await
            .is_refused()
    );
    let held = browser.confirm_payment(&code).await.expect_problem();
    assert!(matches!(held, Problem::FactorHeld { .. }), "{held:?}");
    browser.cancel_flow(Purpose::Payment).await.expect_step();
    assert!(browser.confirm_payment(&code).await.is_refused());

    let (bob, _) = app.sign_in_new_user().await;
    let token = app.new_api_client().sign_in(&app, &bob).await;
    let confirm = json!({ "payment_id": id, "code": code });
    let program = app.new_api_client().with_token(&token);
    let refused_for_others = program.post("/v1/payments/confirm", &confirm).await;
    refused_for_others.expect_error(404, "payment_not_found");

    let probe = app.open_database().await;
    for query in [
        "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_refused' AND detail = 'ended'",
        "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_refused' AND detail = 'malformed'",
        "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_refused' AND detail = 'held'",
        "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_refused' AND detail = 'failed'",
        "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_refused' AND detail = 'unknown'",
    ] {
        assert_eq!(probe.read_number(query).await, 1, "{query}");
    }
    assert_eq!(probe.read_number(REFUSED).await, 5);
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);
}

/// Tests docs/security.md#pay-03, docs/security.md#otp-06.
async fn correct_code_after_expiry_is_not_counted_as_a_failure(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY", "1")
        .start()
        .await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let (_, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    let approved = "SELECT COUNT(*) FROM audit_events WHERE event = 'code_approved'";
    let before = probe.read_number(approved).await;
    let late = json!([{ "on": "check", "kind": "delay", "delay_ms": 4000 }]);
    app.simulator.set_faults(late).await;
    let mut waiting = browser.clone();
    let waiting =
        tokio::spawn(async move { waiting.confirm_payment(&code).await.visible_error_text() });
    app.simulator.wait_until_faults_are_used().await;
    app.simulator.advance_clock(300).await;
    let problem_text = waiting.await.expect("request ends without a panic");
    assert_eq!(problem_text, "Payment already expired");
    assert_eq!(probe.read_number(approved).await, before + 1);
    assert_eq!(probe.read_number(REFUSED).await, 1);
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);
    // If the approval had counted as a failure, the second factor would be locked now.
    let (_, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    browser.confirm_payment(&code).await.expect_step();
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
}

/// Tests docs/security.md#pay-09.
async fn expired_payment_is_not_marked_as_failed(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_TRIES_PER_CODE", "1")
        .start()
        .await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let (_, code) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    let late = json!([{ "on": "check", "kind": "delay", "delay_ms": 4000 }]);
    app.simulator.set_faults(late).await;
    let mut waiting = browser.clone();
    let wrong = wrong_code(&code);
    let waiting =
        tokio::spawn(async move { waiting.confirm_payment(&wrong).await.expect_problem() });
    app.simulator.wait_until_faults_are_used().await;
    // Makes the same change as the payment sweep.
    app.execute_sql("UPDATE payments SET status = 'expired'")
        .await;
    let problem = waiting.await.expect("request ends without a panic");
    assert_eq!(problem, Problem::AttemptsUsedUp);
    let failed = "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_failed'";
    assert_eq!(app.open_database().await.read_number(failed).await, 0);
}

/// Tests docs/security.md#pay-04, docs/security.md#res-04.
async fn payments_per_account_are_limited(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_PAYMENTS_PER_ACCOUNT_PER_HOUR", "3")
        .with_setting("SALLYPORT_PAYMENT_CUMULATIVE_AMOUNT", "1000")
        .start()
        .await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    let small = Payment {
        key: "sent again and again".to_owned(),
        ..Payment::in_dollars("99.99")
    };
    let first = browser
        .submit_form(&call::submit_payment(&small))
        .await
        .expect_step();
    for _ in 0..5 {
        // The same form is submitted again. It returns the same payment, so it does not count.
        assert_eq!(
            browser
                .submit_form(&call::submit_payment(&small))
                .await
                .expect_step(),
            first
        );
        // Each refusal is recorded, up to a limit.
        assert!(
            browser
                .submit_payment(&Payment::in_dollars("-1"))
                .await
                .is_refused()
        );
    }
    for _ in 0..2 {
        browser
            .pay_without_code(&Payment::in_dollars("99.99"))
            .await;
    }
    let refused = browser
        .submit_payment(&Payment::in_dollars("99.99"))
        .await
        .response;
    assert_eq!(refused.status, 429, "{}", refused.text());
    let token = app.new_api_client().sign_in(&app, &ann).await;
    let program = app.new_api_client().with_token(&token);
    let body = json!({ "amount": "5", "currency": "USD", "recipient": "Acme" });
    let refused = program.post("/v1/payments/initiate", &body).await;
    refused.expect_error(429, "too_many_requests");
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 3);
    assert_eq!(probe.read_number(REFUSED).await, 3);
    // The limit counts the payments of one account only.
    let (_, mut other) = app.sign_in_new_user().await;
    other.pay_without_code(&Payment::in_dollars("99.99")).await;
    app.simulator.advance_clock(3600).await;
    browser.sign_in(&app, &ann).await;
    browser
        .pay_without_code(&Payment::in_dollars("99.99"))
        .await;
}
