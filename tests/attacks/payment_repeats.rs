//! Repeated payments are executed once.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use domain::{Purpose, Step};

use crate::support::call::{self, Payment};
use crate::support::payment::{
    AMOUNT_ABOVE_THRESHOLD, COUNT_COMPLETED, COUNT_EXECUTED, COUNT_PENDING,
};
use crate::support::wire::{Request, Response, send_at_once};
use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    correct_code_entered_fifty_times_at_once_pays_once,
    form_posted_twice_creates_one_payment,
    simultaneous_posts_of_one_form_create_one_payment,
];

/// Counts the responses that contain these words.
fn count_responses_with(answers: &[Response], words: &str) -> usize {
    let has = |answer: &&Response| answer.text().contains(words);
    answers.iter().filter(has).count()
}

/// Asserts that no response reports an internal error.
fn assert_all_answered(answers: &[Response]) {
    for answer in answers {
        assert!(answer.status < 500, "{} {}", answer.status, answer.text());
    }
}

/// Returns a request `n` times, for this app.
fn repeat_request(n: usize, app: &TestApp, request: &Request) -> Vec<(SocketAddr, Request)> {
    vec![(app.address, request.clone()); n]
}

/// Tests docs/security.md#pay-04, docs/security.md#sm-05, docs/security.md#otp-09.
async fn correct_code_entered_fifty_times_at_once_pays_once(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let (_, code) = browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    let checks = app.simulator.list_calls_of("check").await.len();
    let check = browser.form_request(&call::submit_code(Purpose::Payment, &code));
    let answers = send_at_once(repeat_request(50, &app, &check)).await;
    assert_all_answered(&answers);
    assert_eq!(count_responses_with(&answers, "\"step\":\"payment\""), 1);
    assert_eq!(app.simulator.list_calls_of("check").await.len(), checks + 1);
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_COMPLETED).await, 1);
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
    let confirmed = "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_confirmed'";
    assert_eq!(probe.read_number(confirmed).await, 1);
    let refused = "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_refused'";
    assert_eq!(probe.read_number(refused).await, 49, "every attempt");
    let again = browser.confirm_payment(&code).await;
    assert_eq!(again.visible_error_text(), "Payment already completed");
}

/// Tests docs/security.md#pay-04, docs/security.md#sm-17.
async fn form_posted_twice_creates_one_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    let with_idempotency_key = |amount: &str| Payment {
        key: format!("a form's own key for {amount}"),
        ..Payment::in_dollars(amount)
    };
    let small = call::submit_payment(&with_idempotency_key("20"));
    let first = browser.submit_form(&small).await.expect_step();
    assert_eq!(browser.submit_form(&small).await.expect_step(), first);
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);

    let large = call::submit_payment(&with_idempotency_key(AMOUNT_ABOVE_THRESHOLD));
    browser.submit_form(&large).await.expect_step();
    let flow_token = browser.flow_token(Purpose::Payment);
    browser.submit_form(&large).await.expect_step();
    assert_eq!(
        browser.flow_token(Purpose::Payment),
        flow_token,
        "both responses lead to the same page"
    );
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let chosen = call::choose_method_for(Purpose::Payment, "sms");
    browser.submit_form(&chosen).await.expect_code_entry();
    // The same request again, after the code was sent.
    let step = browser.submit_form(&large).await.expect_step();
    assert!(matches!(step, Step::EnterCode(_)), "{step:?}");
    let code = phone.next_code().await;
    let paid = browser.confirm_payment(&code).await.expect_step();
    assert_eq!(browser.submit_form(&large).await.expect_step(), paid);
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 2);
    // The user goes back and changes the form: that is another payment.
    let changed = Payment {
        key: with_idempotency_key("20").key,
        ..Payment::in_dollars("21")
    };
    let other = browser
        .submit_form(&call::submit_payment(&changed))
        .await
        .expect_step();
    assert_ne!(other, first);
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 3);
    // Keys of other accounts are independent.
    let (_, mut stranger) = app.sign_in_new_user().await;
    let step_of_other_user = stranger.submit_form(&small).await.expect_step();
    assert_ne!(step_of_other_user, first);
}

/// Tests docs/security.md#pay-04.
async fn simultaneous_posts_of_one_form_create_one_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    for (amount, words) in [
        ("20", "\"step\":\"payment\""),
        (AMOUNT_ABOVE_THRESHOLD, "choose_method"),
    ] {
        let payment = Payment {
            key: "a form's own key".to_owned(),
            ..Payment::in_dollars(amount)
        };
        let request = browser.form_request(&call::submit_payment(&payment));
        let answers = send_at_once(repeat_request(20, &app, &request)).await;
        assert_all_answered(&answers);
        assert_eq!(count_responses_with(&answers, words), 20, "{amount}");
        let handles: BTreeSet<&str> = answers
            .iter()
            .flat_map(|answer| answer.header_values("set-cookie"))
            .filter(|line| line.starts_with(call::flow_token_cookie(Purpose::Payment)))
            .collect();
        assert!(handles.len() <= 1, "all responses set the same flow token");
        browser.store_cookies(answers.last().expect("list is not empty"));
    }
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 1);
    assert_eq!(probe.read_number(COUNT_PENDING).await, 1);
    let code = browser.request_sms_code(&app, Purpose::Payment, &ann).await;
    browser.confirm_payment(&code).await.expect_step();
    assert_eq!(probe.read_number(COUNT_EXECUTED).await, 2);
}
