//! Payments without a code are limited in number and sum since the last factor.

use crate::support::attack::{AttackSize, report};
use crate::support::call::Payment;
use crate::support::payment::{ABOVE_THRESHOLD, EXECUTED, PENDING};
use crate::support::{ApiClient, Database, TestApp, on_both_databases, wire};
use serde_json::json;

on_both_databases![
    small_payments_in_a_row_need_a_code,
    simultaneous_small_payments_count_each_other,
    payment_with_a_code_permits_small_payments_again,
    small_payments_of_other_sessions_count,
];

const SUM: &str = "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM ledger_entries";

/// docs/security.md#pay-05: 60 payments of 99.99 without a factor were executed in a minute.
async fn small_payments_in_a_row_need_a_code(database: Database) {
    let app = TestApp::start(database).await;
    let (_, program) = app.paying_api_client().await;
    let (_, mut browser) = app.payer().await;
    let probe = app.probe().await;
    let payments = AttackSize::chosen().pick(12, 60);
    for amount in ["99.99", "1.00"] {
        for _ in 0..payments {
            let status = program.pay(amount).await.status();
            assert!(matches!(status, 200 | 201), "{status}");
            browser.pay(&Payment::of(amount)).await.step();
        }
    }
    let (executed, sum) = (probe.number(EXECUTED).await, probe.number(SUM).await);
    report(
        "payments of 99.99, then of 1.00, without a factor",
        &format!(
            "{executed} of {} executed, {}.{:02} USD for two accounts",
            4 * payments,
            sum / 100,
            sum % 100
        ),
    );
    // Each payment is 99.99. Another 1.00 would exceed the limit of 100.
    assert_eq!(sum, 2 * 9_999);
    assert!(
        probe.number(PENDING).await > 0,
        "the others wait for a code"
    );

    let (_, mut browser) = app.payer().await;
    for _ in 0..payments {
        browser.pay(&Payment::of("0.50")).await.step();
    }
    assert_eq!(probe.number(SUM).await, 2 * 9_999 + 5 * 50);
}

/// Tests docs/security.md#pay-05.
async fn simultaneous_small_payments_count_each_other(database: Database) {
    let app = TestApp::start(database).await;
    let (_, program) = app.paying_api_client().await;
    let body = ApiClient::payment(&json!("30.00"));
    let request = program.with_idempotency_key(&body, &[]);
    let answers = wire::race(vec![(app.address, request); 20]).await;
    assert!(answers.iter().all(|answer| answer.status < 500));
    assert_eq!(app.probe().await.number(SUM).await, 3 * 3_000);
}

/// Tests docs/security.md#pay-05.
async fn payment_with_a_code_permits_small_payments_again(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.payer().await;
    browser.pay_at_once(&Payment::of("60")).await;
    browser.begin_payment(&Payment::of("60")).await;
    let (_, code) = browser
        .initiate_and_read_code(&app, &ann, &Payment::of(ABOVE_THRESHOLD))
        .await;
    app.simulator.advance(1).await;
    browser.confirm(&code).await.step();
    app.simulator.advance(1).await;
    browser.pay_at_once(&Payment::of("60")).await;
    browser.begin_payment(&Payment::of("60")).await;
    // A step-up resets the sum too.
    app.skip_resend_cooldown().await;
    browser.step_up(&app, &ann).await;
    browser.pay_at_once(&Payment::of("60")).await;
}

/// Tests docs/security.md#pay-05.
async fn small_payments_of_other_sessions_count(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.payer().await;
    let token = app.api_client().sign_in(&app, &ann).await;
    let program = app.api_client().with_token(&token);
    browser.pay_at_once(&Payment::of("60")).await;
    assert_eq!(program.pay("60").await.ok(201)["status"], "pending");
    // A later sign-in in another browser adds no second factor to this session.
    app.skip_resend_cooldown().await;
    app.browser().sign_in(&app, &ann).await;
    browser.begin_payment(&Payment::of("60")).await;
}
