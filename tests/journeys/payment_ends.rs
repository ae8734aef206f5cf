//! Ends of a payment: executed once, failed, expired, and invisible to other accounts.

use domain::{PaymentFailure, PaymentStatus, Problem, Purpose, Step};
use serde_json::json;

use crate::support::call::{self, Payment};
use crate::support::payment::{
    ABOVE_THRESHOLD, EXECUTED, EXPIRED, FAILED, PENDING, UNAUDITED_FAILURES, failure_text,
};
use crate::support::{Database, TestApp, on_both_databases, page};

on_both_databases![
    settled_payment_is_refused_as_already_completed,
    payment_waits_five_minutes_for_its_code,
    payment_fails_if_its_code_cannot_be_sent,
    page_of_a_cancelled_payment_shows_its_status,
    second_tab_shows_the_same_payment_and_a_new_payment_supersedes_it,
    payment_page_of_another_account_is_not_found,
];

/// docs/security.md#pay-04: a repeated call returns the result of the first.
async fn settled_payment_is_refused_as_already_completed(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.payer().await;
    let payment = Payment::of(ABOVE_THRESHOLD);
    let (id, code) = browser.initiate_and_read_code(&app, &ann, &payment).await;
    let mut second_tab = browser.clone();
    browser.confirm(&code).await.step();
    let again = second_tab.confirm(&code).await;
    assert_eq!(again.error_text(), "Payment already completed");
    // Without scripts, the page of the payment shows the problem and the status.
    let mut form = second_tab.without_scripts();
    assert_eq!(form.confirm(&code).await.location(), "/payments/current");
    let page = form.page("/payments/current").await;
    assert_eq!(page.location(), format!("/payments/{id}"));
    let shown = form.payment(&id).await;
    assert!(shown.contains("Payment already completed"), "{shown}");
    assert!(shown.contains("Status Completed"), "{shown}");

    app.skip_resend_cooldown().await;
    let (_, code) = browser.initiate_and_read_code(&app, &ann, &payment).await;
    browser.cancel(Purpose::Payment).await.step();
    let again = browser.confirm(&code).await;
    assert_eq!(again.error_text(), "Payment already failed");

    app.skip_resend_cooldown().await;
    let (_, code) = browser.initiate_and_read_code(&app, &ann, &payment).await;
    app.simulator.advance(300).await;
    let again = browser.confirm(&code).await;
    assert_eq!(again.error_text(), "Payment already expired");

    let probe = app.probe().await;
    assert_eq!(probe.number(EXECUTED).await, 1);
    let attempts = "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_refused'";
    assert_eq!(probe.number(attempts).await, 4);
}

/// Tests docs/security.md#pay-03, docs/security.md#otp-08, docs/security.md#sm-07.
async fn payment_waits_five_minutes_for_its_code(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.payer().await;
    let probe = app.probe().await;
    let payment = Payment::of(ABOVE_THRESHOLD);
    let (id, first) = browser.initiate_and_read_code(&app, &ann, &payment).await;
    app.simulator.advance(280).await;
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_received_messages().await;
    let entry = browser.send_code(Purpose::Payment).await.entry();
    let second = phone.next_code().await;
    assert_ne!(first, second, "a payment's resend makes a new code");
    let sent = entry.sent.expect("a message");
    let left = sent.expires_at.secs_after(entry.now);
    assert!(left <= 20, "{left} s: a resend wins no time");
    let checks = app.simulator.calls("check").await.len();
    app.simulator.advance(20).await;
    let refused = browser.confirm(&second).await;
    assert_eq!(
        refused.problem(),
        Problem::PaymentSettled {
            status: PaymentStatus::Expired
        }
    );
    assert_eq!(app.simulator.calls("check").await.len(), checks);
    let shown = browser.payment(&id).await;
    assert!(shown.contains("Status Expired"), "{shown}");
    probe.wait_for_number(EXPIRED, 1).await;
    assert_eq!(probe.number(EXECUTED).await, 0);

    // The user confirms shortly before the payment expires.
    app.skip_resend_cooldown().await;
    let (_, code) = browser.initiate_and_read_code(&app, &ann, &payment).await;
    app.simulator.advance(290).await;
    browser.confirm(&code).await.step();
    assert_eq!(probe.number(EXECUTED).await, 1);
}

async fn payment_fails_if_its_code_cannot_be_sent(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.payer().await;
    let probe = app.probe().await;
    for fault in [
        json!([{ "on": "create", "kind": "status", "status": 503 }]),
        json!([{ "on": "create", "kind": "drop_after" }]),
        json!([{ "on": "create", "kind": "status", "status": 400, "code": 60205 }]),
    ] {
        let id = browser.begin_payment(&Payment::of(ABOVE_THRESHOLD)).await;
        app.simulator.set_faults(fault).await;
        let chosen = call::method_of(Purpose::Payment, "sms");
        let step = browser.call(&chosen).await.step();
        assert_eq!(step, Step::Payment { id: id.clone() });
        let shown = browser.payment(&id).await;
        assert!(shown.contains("Status Failed"), "{shown}");
        assert!(
            shown.contains(failure_text(PaymentFailure::NotSent)),
            "{shown}"
        );
        let refused = browser.confirm("123456").await;
        assert_eq!(refused.error_text(), "Payment already failed");
        app.skip_resend_cooldown().await;
    }
    assert_eq!(probe.number(FAILED).await, 3);
    let audit = "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_failed' \
                 AND detail LIKE '%not_sent'";
    assert_eq!(probe.number(audit).await, 3);
    assert_eq!(probe.number(EXECUTED).await, 0);
}

/// Tests docs/security.md#sm-11.
async fn page_of_a_cancelled_payment_shows_its_status(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.payer().await;
    let (id, code) = browser
        .initiate_and_read_code(&app, &ann, &Payment::of(ABOVE_THRESHOLD))
        .await;
    let step = browser.cancel(Purpose::Payment).await.step();
    assert_eq!(step, Step::Payment { id: id.clone() });
    app.simulator.wait_for_cancelled_code().await;
    let shown = browser.payment(&id).await;
    assert!(
        shown.contains(failure_text(PaymentFailure::Cancelled)),
        "{shown}"
    );
    assert!(browser.confirm(&code).await.is_refused());
    assert_eq!(app.probe().await.number(EXECUTED).await, 0);
}

/// Tests docs/security.md#sm-10, docs/security.md#sm-17.
async fn second_tab_shows_the_same_payment_and_a_new_payment_supersedes_it(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.payer().await;
    let payment = Payment::of(ABOVE_THRESHOLD);
    let (first, code) = browser.initiate_and_read_code(&app, &ann, &payment).await;
    let mut second_tab = browser.clone();
    assert_eq!(second_tab.current_payment().await, Some(first.clone()));
    let shown = second_tab.payment(&first).await;
    assert!(shown.contains("One-time code"), "{shown}");
    let form = page::visible_text(&second_tab.page("/payments/new").await.text());
    let waits = "Your payment of 150.00 USD to Acme &amp; Söhne waits for its code.";
    assert!(form.contains(waits), "{form}");

    let second = second_tab.begin_payment(&Payment::of("200")).await;
    assert_ne!(first, second);
    let shown = second_tab.payment(&first).await;
    assert!(
        shown.contains(failure_text(PaymentFailure::Superseded)),
        "{shown}"
    );
    // The older tab has the older flow token, whose code is invalid.
    let refused = browser.confirm(&code).await;
    assert_eq!(refused.error_text(), "Payment already failed");
    let probe = app.probe().await;
    assert_eq!(probe.number(PENDING).await, 1);
    assert_eq!(probe.number(EXECUTED).await, 0);
    assert_eq!(probe.number(FAILED).await, 1);
    assert_eq!(probe.number(UNAUDITED_FAILURES).await, 0, "PAY-09");
}

/// Tests docs/security.md#ses-09, docs/security.md#pay-07.
async fn payment_page_of_another_account_is_not_found(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.payer().await;
    let id = browser.pay_at_once(&Payment::of("20")).await;
    for path in [
        "/payments/new",
        "/payments/current",
        &format!("/payments/{id}"),
    ] {
        let page = app.browser().page(path).await;
        assert_eq!((page.status, page.location()), (303, "/login"), "{path}");
    }
    let refused = app.browser().call(&call::pay(&Payment::of("20"))).await;
    assert_eq!(refused.problem(), Problem::FlowEnded);

    let (_, mut stranger) = app.payer().await;
    let page = stranger.payment_page(&id).await;
    assert_eq!(page.status, 404);
    assert!(!page.text().contains("Acme"), "{}", page.text());
    for nonsense in [
        "0",
        "nothing",
        "0123456789abcdef0123456789abcdef",
        "%00",
        "a%2Fb",
    ] {
        let page = stranger.page(&format!("/payments/{nonsense}")).await;
        assert_eq!(page.status, 404, "{nonsense}");
    }
    assert_eq!(app.probe().await.number(EXECUTED).await, 1);
}
