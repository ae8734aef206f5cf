//! Cancel calls with lost, slow or false responses. Telnyx has no cancel call and never sends a code twice.

use std::time::Duration;

use domain::{PaymentFailure, Problem, Purpose, Step};
use serde_json::{Value, json};

use super::{UNSENT, fault_for_operation};
use crate::support::call::{self, Payment};
use crate::support::payment::{AMOUNT_ABOVE_THRESHOLD, COUNT_EXECUTED, COUNT_FAILED, failure_text};
use crate::support::{Browser, Database, Provider, TestApp, on_both_databases};

on_both_databases![
    code_that_the_provider_failed_to_cancel_is_not_sent_for_another_purpose,
    code_that_the_provider_failed_to_cancel_confirms_no_other_payment,
    code_still_valid_after_a_reported_cancel_is_refused_by_other_flows,
    resend_of_a_payment_sends_another_code_or_none,
    hanging_cancel_calls_are_not_awaited_one_after_another,
];

/// Returns whether the provider of this run has no call that cancels a code.
fn provider_has_no_cancel_call() -> bool {
    Provider::from_environment() == Provider::Telnyx
}

/// Returns faults that make the response to a cancel call unusable.
fn broken_cancel_responses() -> Value {
    fault_for_operation(
        "update",
        json!({ "kind": "status", "status": 500, "times": 100 }),
    )
}

/// Requests the code of a payment by SMS, which the provider cannot send.
async fn request_code_that_cannot_be_sent(browser: &mut Browser, payment: &Payment) {
    let id = browser.begin_payment(payment).await;
    let chosen = call::choose_method_for(Purpose::Payment, "sms");
    let step = browser.submit_form(&chosen).await.expect_step();
    assert_eq!(step, Step::Payment { id: id.clone() });
    let shown = browser.read_payment_page_text(&id).await;
    assert!(
        shown.contains(failure_text(PaymentFailure::NotSent)),
        "{shown}"
    );
}

/// Tests docs/security.md#otp-02.
async fn code_that_the_provider_failed_to_cancel_is_not_sent_for_another_purpose(
    database: Database,
) {
    if provider_has_no_cancel_call() {
        return;
    }
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let mut other = app.new_browser();
    let first = other.sign_in_until_code(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let phone = app.simulator.phone_with_number(&ann.phone);
    let messages = phone.count_codes().await;
    app.simulator.set_faults(broken_cancel_responses()).await;
    request_code_that_cannot_be_sent(&mut browser, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    assert_eq!(phone.count_codes().await, messages, "nothing is sent");

    // No attempt was used: when the provider accepts cancel calls again, the payment gets a new code.
    app.simulator.clear_faults().await;
    let (_, second) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    let reply = other.enter_code(Purpose::SignIn, &second).await;
    assert_eq!(reply.expect_problem(), Problem::CodeExpired);
    if first != second {
        assert!(browser.confirm_payment(&first).await.is_refused());
    }
    browser.confirm_payment(&second).await.expect_step();
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        1
    );
}

/// Tests docs/security.md#pay-02 and docs/security.md#otp-10. The earlier payment has ended, and its code is cancelled
/// in the background.
async fn code_that_the_provider_failed_to_cancel_confirms_no_other_payment(database: Database) {
    if provider_has_no_cancel_call() {
        return;
    }
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let (_, code) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars("110"))
        .await;
    app.skip_resend_cooldown().await;
    app.simulator.set_faults(broken_cancel_responses()).await;
    request_code_that_cannot_be_sent(&mut browser, &Payment::in_dollars("1000")).await;
    let refused = browser.confirm_payment(&code).await;
    assert_eq!(refused.visible_error_text(), "Payment already failed");
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);
    assert_eq!(probe.read_number(COUNT_FAILED).await, 2);

    app.simulator.clear_faults().await;
    let (_, fresh) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars("1000"))
        .await;
    browser.confirm_payment(&fresh).await.expect_step();
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
    let alive = "SELECT COUNT(*) FROM codes";
    assert_eq!(
        probe.read_number(alive).await,
        0,
        "every sent code was used or cancelled"
    );
}

/// Tests docs/security.md#otp-02 and docs/security.md#otp-03. The provider reports a cancellation that did not happen.
async fn code_still_valid_after_a_reported_cancel_is_refused_by_other_flows(database: Database) {
    if provider_has_no_cancel_call() {
        return;
    }
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let mut other = app.new_browser();
    let code = other.sign_in_until_code(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let probe = app.open_database().await;
    let response_body = json!({
        "sid": probe.read_text("SELECT verification FROM codes").await,
        "service_sid": probe.read_text("SELECT service FROM codes").await,
        "to": ann.phone,
        "channel": "sms",
        "status": "canceled",
        "valid": false,
    });
    let fault = json!({ "kind": "status", "status": 200, "body": response_body });
    app.simulator
        .set_faults(fault_for_operation("update", fault))
        .await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    request_code_that_cannot_be_sent(&mut browser, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    assert_eq!(
        phone.next_code().await,
        code,
        "the provider sends the same code again"
    );
    assert!(browser.confirm_payment(&code).await.is_refused());
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);
}

/// Tests docs/security.md#pay-02.
async fn resend_of_a_payment_sends_another_code_or_none(database: Database) {
    if provider_has_no_cancel_call() {
        return;
    }
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let (_, code) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    app.skip_resend_cooldown().await;
    let messages = app
        .simulator
        .phone_with_number(&ann.phone)
        .count_codes()
        .await;
    app.simulator.set_faults(broken_cancel_responses()).await;
    let refused = browser.send_code(Purpose::Payment).await;
    assert_eq!(refused.visible_error_text(), UNSENT);
    assert!(
        refused.expect_errors().entry.is_some(),
        "the code entry is not shown"
    );
    let after = app
        .simulator
        .phone_with_number(&ann.phone)
        .count_codes()
        .await;
    assert_eq!(after, messages);
    // The code that was sent belongs to this payment and is still valid.
    browser.confirm_payment(&code).await.expect_step();
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        1
    );
}

/// Tests docs/security.md#prv-01.
async fn hanging_cancel_calls_are_not_awaited_one_after_another(database: Database) {
    if provider_has_no_cancel_call() {
        return;
    }
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_RESEND_GAP_SECS", "0")
        .with_setting("SALLYPORT_PROVIDER_TIMEOUT_MS", "10000")
        .start()
        .await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let hang = json!({ "kind": "stall", "times": 100 });
    let mut others = [app.new_browser(), app.new_browser()];
    for other in &mut others {
        other.sign_in_until_code(&app, &ann).await;
    }
    app.simulator
        .set_faults(fault_for_operation("update", hang))
        .await;
    // The response arrives sooner than the time-out of one of the two calls.
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let sent = request_code_that_cannot_be_sent(&mut browser, &payment);
    tokio::time::timeout(Duration::from_secs(9), sent)
        .await
        .expect("an answer");
}
