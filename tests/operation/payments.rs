//! Payments of a killed server.

use domain::{PaymentFailure, PaymentId, Purpose, Step};
use serde_json::json;

use crate::support::call::{self, Payment};
use crate::support::payment::{
    AMOUNT_ABOVE_THRESHOLD, COUNT_COMPLETED, COUNT_EXECUTED, COUNT_PROCESSING,
    COUNT_UNAUDITED_FAILURES, failure_text,
};
use crate::support::{Browser, CONFIRM_PATH, Database, TestApp, User, on_both_databases};

on_both_databases![
    payment_confirmed_before_a_kill_is_executed_after_it,
    payment_executed_before_a_kill_is_not_executed_again,
    payment_is_executed_once_when_the_server_is_killed_at_any_moment,
    initiate_after_a_kill_in_a_check_says_when_to_try_again,
    payment_is_executed_although_the_browser_disconnects,
    payment_stays_in_processing_until_the_processor_is_reachable,
    declined_payment_shows_that_it_was_declined,
    unreadable_payment_row_does_not_block_other_payments,
    payments_of_a_time_when_the_clock_was_ahead_are_executed,
];

/// Starts an app with a separate simulator and a user who is about to confirm a payment.
async fn begin_payment_until_confirmation(database: Database) -> (TestApp, User, Browser) {
    let app = TestApp::builder(database)
        .with_separate_simulator()
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_HOUR", "100")
        .start()
        .await;
    let (ann, browser) = app.sign_in_new_user().await;
    (app, ann, browser)
}

/// Tests docs/security.md#pay-04 and docs/security.md#dur-01. The server is killed after the commit that confirms the
/// payment.
async fn payment_confirmed_before_a_kill_is_executed_after_it(database: Database) {
    let (mut app, ann, mut browser) = begin_payment_until_confirmation(database).await;
    let probe = app.open_database().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let (id, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    // The processor is unreachable.
    let close = match database {
        Database::Sqlite => {
            "CREATE TRIGGER closed BEFORE INSERT ON ledger_entries \
             BEGIN SELECT RAISE(ABORT, 'closed'); END"
        }
        Database::Postgres => "BEGIN; LOCK TABLE ledger_entries IN ACCESS EXCLUSIVE MODE",
    };
    let closed = app.execute_and_keep_connection(close).await;
    let stream = browser
        .form_request(&call::submit_code(Purpose::Payment, &code))
        .send_without_reading(app.address)
        .await;
    probe.wait_for_number(COUNT_PROCESSING, 1).await;
    app.process.kill().await;
    drop((stream, closed));
    if database == Database::Sqlite {
        app.execute_sql("DROP TRIGGER closed").await;
    }
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);
    app.restart().await;
    browser.address = app.address;
    probe.wait_for_number(COUNT_COMPLETED, 1).await;
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
    let shown = browser.read_payment_page_text(&id).await;
    assert!(shown.contains("Status Completed"), "{shown}");
    let again = browser.confirm_payment(&code).await;
    assert_eq!(again.visible_error_text(), "Payment already completed");
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
    assert!(probe.is_consistent().await);
}

/// Tests docs/security.md#pay-04 and docs/security.md#dur-01. The server is killed after the commit that executes the
/// payment.
async fn payment_executed_before_a_kill_is_not_executed_again(database: Database) {
    let (mut app, _, mut browser) = begin_payment_until_confirmation(database).await;
    let probe = app.open_database().await;
    let id = browser.pay_without_code(&Payment::in_dollars("20")).await;
    let transaction = probe.read_text("SELECT id FROM ledger_entries").await;
    app.process.kill().await;
    app.execute_sql("UPDATE payments SET status = 'processing', transaction_id = ''")
        .await;
    app.restart().await;
    browser.address = app.address;
    probe.wait_for_number(COUNT_COMPLETED, 1).await;
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
    let shown = browser.read_payment_page_text(&id).await;
    assert!(
        shown.contains(&format!("Transaction {transaction}")),
        "{shown}"
    );
}

/// Tests docs/security.md#pay-04, docs/security.md#dur-10. The server is killed before it executes two payments. One was
/// confirmed while the clock was 26 hours ahead, the other was retried then.
async fn payments_of_a_time_when_the_clock_was_ahead_are_executed(database: Database) {
    let (mut app, _, mut browser) = begin_payment_until_confirmation(database).await;
    let probe = app.open_database().await;
    browser.pay_without_code(&Payment::in_dollars("20")).await;
    browser.pay_without_code(&Payment::in_dollars("5")).await;
    app.process.kill().await;
    app.execute_sql(
        "UPDATE payments SET status = 'processing', transaction_id = '', \
         confirmed_at = CASE amount_minor WHEN 2000 THEN created_at + 93600000 ELSE confirmed_at END, \
         asked_at = CASE amount_minor WHEN 500 THEN created_at + 93600000 ELSE asked_at END",
    )
    .await;
    app.restart().await;
    probe.wait_for_number(COUNT_COMPLETED, 1).await;
    // The cleanup moves the time of the retry to the present, from which the payment waits 15 seconds.
    let retried_in_the_future =
        "SELECT COUNT(*) FROM payments WHERE asked_at > created_at + 90000000";
    probe.wait_for_number(retried_in_the_future, 0).await;
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 2);
}

/// Tests docs/security.md#pay-04, docs/security.md#dur-01, docs/security.md#clu-06.
async fn payment_is_executed_once_when_the_server_is_killed_at_any_moment(database: Database) {
    let (mut app, ann, mut browser) = begin_payment_until_confirmation(database).await;
    let probe = app.open_database().await;
    let mut paid = 0;
    for moment in 0..8 {
        let payment = Payment::in_dollars(&format!("{}.00", 150 + moment));
        let (id, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
        let stream = browser
            .form_request(&call::submit_code(Purpose::Payment, &code))
            .send_without_reading(app.address)
            .await;
        // Each round kills the server a little later: before, during and after the call to the provider.
        for _ in 0..moment {
            probe.read_number(COUNT_EXECUTED).await;
        }
        app.kill_and_restart(&mut browser).await;
        drop(stream);
        paid += wait_until_payment_is_final(&app, &mut browser, &id, &code).await;
        let executed = probe.read_number(COUNT_EXECUTED).await;
        assert_eq!(
            (executed, probe.read_number(COUNT_COMPLETED).await),
            (paid, paid)
        );
    }
    assert_eq!(probe.read_number(COUNT_PROCESSING).await, 0);
    assert!(probe.is_consistent().await);
    let twice = "SELECT COUNT(*) FROM (SELECT payment_id FROM ledger_entries \
                 GROUP BY payment_id HAVING COUNT(*) > 1) AS twice";
    assert_eq!(probe.read_number(twice).await, 0);
}

/// Continues a payment after the kill until it is final. Returns how often it was executed.
async fn wait_until_payment_is_final(
    app: &TestApp,
    browser: &mut Browser,
    id: &PaymentId,
    code: &str,
) -> i64 {
    let probe = app.open_database().await;
    probe.wait_for_number(COUNT_PROCESSING, 0).await;
    let shown = browser.read_payment_page_text(id).await;
    if shown.contains("Status Completed") {
        return 1;
    }
    assert!(shown.contains("Status Pending"), "{shown}");
    // If the provider has not checked the code, it accepts it now. Otherwise the user starts
    // again.
    let reply = browser.confirm_payment(code).await;
    if reply.is_refused() {
        browser.cancel_flow(Purpose::Payment).await.expect_step();
        return 0;
    }
    1
}

/// Tests docs/security.md#pay-04. The server is killed between the provider's approval and the commit.
async fn initiate_after_a_kill_in_a_check_says_when_to_try_again(database: Database) {
    let mut app = TestApp::builder(database)
        // The issuer of tokens stays the same after a restart.
        .with_setting("SALLYPORT_PUBLIC_URL", "http://127.0.0.1:9")
        .with_separate_simulator()
        .start()
        .await;
    let (ann, mut client) = app.sign_in_new_api_user().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let begun = client
        .begin_payment_by_method("sms", AMOUNT_ABOVE_THRESHOLD, "once")
        .await;
    let id = begun.text_member(201, "payment_id");
    assert!(begun.body.get("resend_after").is_none(), "{}", begun.body);
    let code = phone.next_code().await;
    let late = json!([{ "on": "check", "kind": "delay", "delay_ms": 20_000 }]);
    app.simulator.set_faults(late).await;
    let body = json!({ "payment_id": id, "code": code }).to_string();
    let confirm = client
        .request("POST", CONFIRM_PATH)
        .with_body("application/json", body);
    let stream = confirm.send_without_reading(app.address).await;
    app.simulator.wait_until_faults_are_used().await;
    app.process.kill().await;
    drop(stream);
    app.restart().await;
    client.address = app.address;
    let again = client
        .begin_payment_by_method("sms", AMOUNT_ABOVE_THRESHOLD, "once")
        .await;
    assert_eq!(again.expect_status(201)["status"], "pending");
    assert_eq!(again.body["payment_id"], id.as_str());
    let wait = again.body["resend_after"].as_u64();
    assert!(
        wait.is_some_and(|secs| (1..=15).contains(&secs)),
        "{}",
        again.body
    );
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        0
    );
}

/// Tests docs/security.md#pay-04, docs/security.md#sm-15.
async fn payment_is_executed_although_the_browser_disconnects(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let (id, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    let late = json!([{ "on": "check", "kind": "delay", "delay_ms": 400 }]);
    app.simulator.set_faults(late).await;
    let stream = browser
        .form_request(&call::submit_code(Purpose::Payment, &code))
        .send_without_reading(app.address)
        .await;
    app.simulator.wait_until_faults_are_used().await;
    drop(stream);
    probe.wait_for_number(COUNT_COMPLETED, 1).await;
    // The response was lost. A retry returns it.
    let again = browser.confirm_payment(&code).await;
    assert_eq!(again.visible_error_text(), "Payment already completed");
    let shown = browser.read_payment_page_text(&id).await;
    assert!(shown.contains("Status Completed"), "{shown}");
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
}

/// Tests docs/security.md#pay-04.
async fn payment_stays_in_processing_until_the_processor_is_reachable(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    let (id, code) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    app.execute_sql("ALTER TABLE ledger_entries RENAME TO closed_book")
        .await;
    let step = browser.confirm_payment(&code).await.expect_step();
    assert_eq!(step, Step::Payment { id: id.clone() });
    let shown = browser.read_payment_page_text(&id).await;
    assert!(shown.contains("Status Processing"), "{shown}");
    let shown = browser.load_payment_page(&id).await.text();
    assert!(shown.contains("class=\"button\">Check again<"), "{shown}");
    assert!(!shown.contains("class=\"button\">New payment<"), "{shown}");
    let again = browser.confirm_payment(&code).await;
    assert_eq!(
        again.visible_error_text(),
        "Payment already being processed"
    );
    app.execute_sql("ALTER TABLE closed_book RENAME TO ledger_entries")
        .await;
    // The payment sweep retries a payment 15 seconds after its confirmation.
    app.simulator.advance_clock(16).await;
    probe.wait_for_number(COUNT_COMPLETED, 1).await;
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
    let shown = browser.read_payment_page_text(&id).await;
    assert!(shown.contains("Status Completed"), "{shown}");
}

async fn declined_payment_shows_that_it_was_declined(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let (id, code) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    // Another payment was executed with the same idempotency key.
    app.execute_sql(
        "INSERT INTO ledger_entries (payment_id, id, account_id, recipient, amount_minor, \
         currency, description, at) SELECT id, 'another', account_id, 'Evil', 1, currency, '', 0 \
         FROM payments",
    )
    .await;
    browser.confirm_payment(&code).await.expect_step();
    let shown = browser.read_payment_page_text(&id).await;
    assert!(shown.contains("Status Failed"), "{shown}");
    assert!(
        shown.contains(failure_text(PaymentFailure::Declined)),
        "{shown}"
    );
    let probe = app.open_database().await;
    assert_eq!(
        probe.read_number(COUNT_UNAUDITED_FAILURES).await,
        0,
        "PAY-09"
    );
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
}

/// Tests docs/security.md#pay-04, docs/security.md#dur-01.
async fn unreadable_payment_row_does_not_block_other_payments(database: Database) {
    let (mut app, _, mut browser) = begin_payment_until_confirmation(database).await;
    let probe = app.open_database().await;
    browser.pay_without_code(&Payment::in_dollars("20")).await;
    app.process.kill().await;
    app.execute_sql("UPDATE payments SET status = 'processing', transaction_id = ''")
        .await;
    // An older payment in an unknown currency.
    app.execute_sql(
        "INSERT INTO payments (id, account_id, session_id, source, request_key, flow_id, recipient, \
         amount_minor, currency, description, status, reason, transaction_id, created_at, \
         expires_at, confirmed_at) SELECT '0123456789abcdef0123456789abcdef', account_id, \
         session_id, source, 'another', '', recipient, 1, 'QQQ', '', 'processing', '', '', \
         created_at, expires_at, confirmed_at - 1 FROM payments",
    )
    .await;
    app.restart().await;
    probe.wait_for_number(COUNT_COMPLETED, 1).await;
    assert_eq!(probe.read_number(COUNT_PROCESSING).await, 1);
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
}
