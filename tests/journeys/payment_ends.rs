//! Ends of a payment: executed once, failed, expired, and invisible to other accounts.

use domain::{PaymentFailure, PaymentStatus, Problem, Purpose, Step};
use serde_json::json;

use crate::support::call::{self, Payment};
use crate::support::payment::{
    AMOUNT_ABOVE_THRESHOLD, COUNT_EXECUTED, COUNT_EXPIRED, COUNT_FAILED, COUNT_PENDING,
    COUNT_UNAUDITED_FAILURES, failure_text,
};
use crate::support::{Database, TestApp, on_both_databases, page, wrong_code};

on_both_databases![
    settled_payment_is_refused_as_already_completed,
    payment_waits_five_minutes_for_its_code,
    payment_fails_if_its_code_cannot_be_sent,
    page_of_a_cancelled_payment_shows_its_status,
    second_tab_shows_the_same_payment_and_a_new_payment_supersedes_it,
    payment_page_of_another_account_is_not_found,
    pending_payment_is_shown_as_on_hold_while_the_second_factor_is_held,
    new_payment_is_the_main_action_of_a_payment_page_only_after_the_end_of_the_payment,
];

/// Tests docs/security.md#pay-04. A repeated call returns the result of the first.
async fn settled_payment_is_refused_as_already_completed(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let (id, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    let mut second_tab = browser.clone();
    browser.confirm_payment(&code).await.expect_step();
    let again = second_tab.confirm_payment(&code).await;
    assert_eq!(again.visible_error_text(), "Payment already completed");
    // Without scripts, the page of the payment shows the problem and the status.
    let mut form = second_tab.without_scripts();
    assert_eq!(
        form.confirm_payment(&code).await.redirect_path(),
        "/payments/current"
    );
    let page = form.load_page("/payments/current").await;
    assert_eq!(page.location(), format!("/payments/{id}"));
    let shown = form.read_payment_page_text(&id).await;
    assert!(shown.contains("Payment already completed"), "{shown}");
    assert!(shown.contains("Status Completed"), "{shown}");

    app.skip_resend_cooldown().await;
    let (_, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    browser.cancel_flow(Purpose::Payment).await.expect_step();
    let again = browser.confirm_payment(&code).await;
    assert_eq!(again.visible_error_text(), "Payment already failed");

    app.skip_resend_cooldown().await;
    let (_, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    app.simulator.advance_clock(300).await;
    let again = browser.confirm_payment(&code).await;
    assert_eq!(again.visible_error_text(), "Payment already expired");

    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
    let attempts = "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_refused'";
    assert_eq!(probe.read_number(attempts).await, 4);
}

/// Tests docs/security.md#pay-03, docs/security.md#otp-08, docs/security.md#sm-07.
async fn payment_waits_five_minutes_for_its_code(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let (id, first) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    app.simulator.advance_clock(270).await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let entry = browser
        .send_code(Purpose::Payment)
        .await
        .expect_code_entry();
    let second = phone.next_code().await;
    assert_ne!(first, second, "a resend for a payment creates a new code");
    let sent = entry.sent.expect("a message");
    let left = sent.expires_at.secs_since(entry.now);
    assert!(left <= 30, "{left} s: a resend does not extend the payment");
    let checks = app.simulator.list_calls_of("check").await.len();
    app.simulator.advance_clock(30).await;
    let refused = browser.confirm_payment(&second).await;
    assert_eq!(
        refused.expect_problem(),
        Problem::PaymentSettled {
            status: PaymentStatus::Expired
        }
    );
    assert_eq!(app.simulator.list_calls_of("check").await.len(), checks);
    let shown = browser.read_payment_page_text(&id).await;
    assert!(shown.contains("Status Expired"), "{shown}");
    probe.wait_for_number(COUNT_EXPIRED, 1).await;
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);

    // The user confirms shortly before the payment expires.
    app.skip_resend_cooldown().await;
    let (_, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    app.simulator.advance_clock(270).await;
    browser.confirm_payment(&code).await.expect_step();
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
}

async fn payment_fails_if_its_code_cannot_be_sent(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    for fault in [
        json!([{ "on": "create", "kind": "status", "status": 503 }]),
        json!([{ "on": "create", "kind": "drop_after" }]),
        json!([{ "on": "create", "kind": "status", "status": 400, "code": 60205 }]),
    ] {
        let id = browser
            .begin_payment(&Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
            .await;
        app.simulator.set_faults(fault).await;
        let chosen = call::choose_method_for(Purpose::Payment, "sms");
        let step = browser.submit_form(&chosen).await.expect_step();
        assert_eq!(step, Step::Payment { id: id.clone() });
        let shown = browser.read_payment_page_text(&id).await;
        assert!(shown.contains("Status Failed"), "{shown}");
        assert!(
            shown.contains(failure_text(PaymentFailure::NotSent)),
            "{shown}"
        );
        let refused = browser.confirm_payment("123456").await;
        assert_eq!(refused.visible_error_text(), "Payment already failed");
        app.skip_resend_cooldown().await;
    }
    assert_eq!(probe.read_number(COUNT_FAILED).await, 3);
    let audit = "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_failed' \
                 AND detail LIKE '%not_sent'";
    assert_eq!(probe.read_number(audit).await, 3);
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);
}

/// Tests docs/security.md#sm-11.
async fn page_of_a_cancelled_payment_shows_its_status(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let (id, code) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    let step = browser.cancel_flow(Purpose::Payment).await.expect_step();
    assert_eq!(step, Step::Payment { id: id.clone() });
    app.simulator.wait_for_cancelled_code().await;
    let shown = browser.read_payment_page_text(&id).await;
    assert!(
        shown.contains(failure_text(PaymentFailure::Cancelled)),
        "{shown}"
    );
    assert!(browser.confirm_payment(&code).await.is_refused());
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        0
    );
}

/// Tests docs/security.md#sm-10, docs/security.md#sm-17.
async fn second_tab_shows_the_same_payment_and_a_new_payment_supersedes_it(database: Database) {
    let app = TestApp::start(database).await;
    // The tabs of a browser share its cookies.
    let (ann, mut browser) = app.sign_in_new_user().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let (first, code) = browser.begin_payment_until_code(&app, &ann, &payment).await;
    let first_tab = browser.load_payment_page(&first).await.text();
    assert!(first_tab.contains("One-time code"), "{first_tab}");
    assert_eq!(browser.current_payment_id().await, Some(first.clone()));
    let form = page::visible_text(&browser.load_page("/payments/new").await.text());
    let waits = "Your payment of 150.00 USD to Acme &amp; Söhne is waiting for its code.";
    assert!(form.contains(waits), "{form}");

    let second = browser.begin_payment(&Payment::in_dollars("200")).await;
    assert_ne!(first, second);
    let shown = browser.read_payment_page_text(&first).await;
    assert!(
        shown.contains(failure_text(PaymentFailure::Superseded)),
        "{shown}"
    );
    // The form in the first tab names the flow of the first payment.
    let check = page::flow_form_post(&first_tab, "/api/verification/check", &[("code", &code)]);
    let refused = browser.submit_form(&check).await;
    assert_eq!(refused.visible_error_text(), "Payment already failed");
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_PENDING).await, 1);
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 0);
    assert_eq!(probe.read_number(COUNT_FAILED).await, 1);
    assert_eq!(
        probe.read_number(COUNT_UNAUDITED_FAILURES).await,
        0,
        "PAY-09"
    );
}

/// Tests docs/security.md#ses-09, docs/security.md#pay-07.
async fn payment_page_of_another_account_is_not_found(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let id = browser.pay_without_code(&Payment::in_dollars("20")).await;
    for path in [
        "/payments/new",
        "/payments/current",
        &format!("/payments/{id}"),
    ] {
        let page = app.new_browser().load_page(path).await;
        assert_eq!((page.status, page.location()), (303, "/login"), "{path}");
    }
    let refused = app
        .new_browser()
        .submit_form(&call::submit_payment(&Payment::in_dollars("20")))
        .await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);

    let (_, mut stranger) = app.sign_in_new_user().await;
    let page = stranger.load_payment_page(&id).await;
    assert_eq!(page.status, 404);
    assert!(!page.text().contains("Acme"), "{}", page.text());
    for nonsense in [
        "0",
        "nothing",
        "0123456789abcdef0123456789abcdef",
        "%00",
        "a%2Fb",
    ] {
        let page = stranger.load_page(&format!("/payments/{nonsense}")).await;
        assert_eq!(page.status, 404, "{nonsense}");
    }
    assert_eq!(
        app.open_database().await.read_number(COUNT_EXECUTED).await,
        1
    );
}

async fn pending_payment_is_shown_as_on_hold_while_the_second_factor_is_held(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY", "1")
        .start()
        .await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let id = browser
        .begin_payment(&Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    let pages = [
        format!("/payments/{id}"),
        "/payments".to_owned(),
        "/dashboard".to_owned(),
    ];
    for path in &pages {
        let shown = page::visible_text(&browser.load_page(path).await.text());
        assert!(shown.contains("Pending"), "{path}: {shown}");
    }
    // Enters a wrong code in a sign-in while the payment waits for its code.
    let mut other = app.new_browser();
    let code = other.sign_in_until_code(&app, &ann).await;
    other
        .enter_code(Purpose::SignIn, &wrong_code(&code))
        .await
        .expect_problem();
    for path in &pages {
        let shown = page::visible_text(&browser.load_page(path).await.text());
        assert!(shown.contains("On hold"), "{path}: {shown}");
        assert!(!shown.contains("Pending"), "{path}: {shown}");
    }
    app.simulator.advance_clock(300).await;
    let shown = browser.read_payment_page_text(&id).await;
    assert!(shown.contains("Status Expired"), "{shown}");
}

async fn new_payment_is_the_main_action_of_a_payment_page_only_after_the_end_of_the_payment(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let id = browser
        .begin_payment(&Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    app.skip_resend_cooldown().await;
    let mut other = app.new_browser();
    other.sign_in(&app, &ann).await;
    let shown = other.load_payment_page(&id).await.text();
    assert!(
        page::visible_text(&shown).contains("New payment"),
        "{shown}"
    );
    assert!(!shown.contains("class=\"button\">New payment<"), "{shown}");
    browser.cancel_flow(Purpose::Payment).await.expect_step();
    let shown = other.load_payment_page(&id).await.text();
    assert!(shown.contains("class=\"button\">New payment<"), "{shown}");
}
