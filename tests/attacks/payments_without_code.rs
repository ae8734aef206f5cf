//! Payments without a code: limits on their number and sum since the last use of a second factor.

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::call::Payment;
use crate::support::payment::{AMOUNT_ABOVE_THRESHOLD, COUNT_EXECUTED, COUNT_PENDING};
use crate::support::{ApiClient, Database, TestApp, on_both_databases, wire};
use serde_json::json;

on_both_databases![
    small_payments_need_a_code_beyond_their_maximum_count_or_sum,
    simultaneous_small_payments_share_the_limit_of_payments_without_a_code,
    payment_with_a_code_resets_the_limit_of_payments_without_a_code,
    small_payments_of_all_sessions_of_an_account_share_one_limit,
];

const SUM: &str = "SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM ledger_entries";

/// Tests docs/security.md#pay-05. An earlier version executed 60 payments of 99.99 in a minute.
async fn small_payments_need_a_code_beyond_their_maximum_count_or_sum(database: Database) {
    let app = TestApp::start(database).await;
    let (_, program) = app.sign_in_new_api_user().await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    let payments = AttackSize::from_environment().select(12, 60);
    for amount in ["99.99", "1.00"] {
        for _ in 0..payments {
            let status = program.begin_payment(amount).await.status();
            assert!(matches!(status, 200 | 201), "{status}");
            browser
                .submit_payment(&Payment::in_dollars(amount))
                .await
                .expect_step();
        }
    }
    let (executed, sum) = (
        probe.read_number(COUNT_EXECUTED).await,
        probe.read_number(SUM).await,
    );
    print_attack_figures(
        "payments of 99.99, then of 1.00, without a factor",
        &format!(
            "{executed} of {} executed, {}.{:02} USD for two accounts",
            4 * payments,
            sum / 100,
            sum % 100
        ),
    );
    // Two payments of 99.99 were executed without a code.
    assert_eq!(sum, 2 * 9_999);
    assert!(
        probe.read_number(COUNT_PENDING).await > 0,
        "the others wait for a code"
    );

    let (_, mut browser) = app.sign_in_new_user().await;
    for _ in 0..payments {
        browser
            .submit_payment(&Payment::in_dollars("0.50"))
            .await
            .expect_step();
    }
    assert_eq!(probe.read_number(SUM).await, 2 * 9_999 + 5 * 50);
}

/// Tests docs/security.md#pay-05.
async fn simultaneous_small_payments_share_the_limit_of_payments_without_a_code(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (_, program) = app.sign_in_new_api_user().await;
    let body = ApiClient::payment_body(&json!("30.00"));
    let request = program.payment_request_with_keys(&body, &[]);
    let answers = wire::send_at_once(vec![(app.address, request); 20]).await;
    assert!(answers.iter().all(|answer| answer.status < 500));
    assert_eq!(app.open_database().await.read_number(SUM).await, 3 * 3_000);
}

/// Tests docs/security.md#pay-05.
async fn payment_with_a_code_resets_the_limit_of_payments_without_a_code(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    browser.pay_without_code(&Payment::in_dollars("60")).await;
    browser.begin_payment(&Payment::in_dollars("60")).await;
    let (_, code) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    app.simulator.advance_clock(1).await;
    browser.confirm_payment(&code).await.expect_step();
    app.simulator.advance_clock(1).await;
    browser.pay_without_code(&Payment::in_dollars("60")).await;
    browser.begin_payment(&Payment::in_dollars("60")).await;
    // A step-up resets the sum too.
    app.skip_resend_cooldown().await;
    browser.complete_step_up(&app, &ann).await;
    browser.pay_without_code(&Payment::in_dollars("60")).await;
}

/// Tests docs/security.md#pay-05.
async fn small_payments_of_all_sessions_of_an_account_share_one_limit(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let token = app.new_api_client().sign_in(&app, &ann).await;
    let program = app.new_api_client().with_token(&token);
    browser.pay_without_code(&Payment::in_dollars("60")).await;
    assert_eq!(
        program.begin_payment("60").await.expect_status(201)["status"],
        "pending"
    );
    // A later sign-in in another browser does not reset the limit for this session.
    app.skip_resend_cooldown().await;
    app.new_browser().sign_in(&app, &ann).await;
    browser.begin_payment(&Payment::in_dollars("60")).await;
}
