//! Repeated payments are executed once.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use domain::{Purpose, Step};

use crate::support::call::{self, Payment};
use crate::support::payment::{ABOVE_THRESHOLD, COMPLETED, EXECUTED, PENDING};
use crate::support::wire::{Request, Response, race};
use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    correct_code_entered_fifty_times_at_once_pays_once,
    form_posted_twice_creates_one_payment,
    simultaneous_posts_of_one_form_create_one_payment,
];

fn count(answers: &[Response], words: &str) -> usize {
    let has = |answer: &&Response| answer.text().contains(words);
    answers.iter().filter(has).count()
}

fn all_answered(answers: &[Response]) {
    for answer in answers {
        assert!(answer.status < 500, "{} {}", answer.status, answer.text());
    }
}

fn times(n: usize, app: &TestApp, request: &Request) -> Vec<(SocketAddr, Request)> {
    vec![(app.address, request.clone()); n]
}

/// Tests docs/security.md#pay-04, docs/security.md#sm-05, docs/security.md#otp-09.
async fn correct_code_entered_fifty_times_at_once_pays_once(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.payer().await;
    let (_, code) = browser
        .initiate_and_read_code(&app, &ann, &Payment::of(ABOVE_THRESHOLD))
        .await;
    let checks = app.simulator.calls("check").await.len();
    let check = browser.request(&call::check(Purpose::Payment, &code));
    let answers = race(times(50, &app, &check)).await;
    all_answered(&answers);
    assert_eq!(count(&answers, "\"step\":\"payment\""), 1);
    assert_eq!(app.simulator.calls("check").await.len(), checks + 1);
    let probe = app.probe().await;
    assert_eq!(probe.number(COMPLETED).await, 1);
    assert_eq!(probe.number(EXECUTED).await, 1);
    let confirmed = "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_confirmed'";
    assert_eq!(probe.number(confirmed).await, 1);
    let refused = "SELECT COUNT(*) FROM audit_events WHERE event = 'payment_refused'";
    assert_eq!(probe.number(refused).await, 49, "every attempt");
    let again = browser.confirm(&code).await;
    assert_eq!(again.error_text(), "Payment already completed");
}

/// Tests docs/security.md#pay-04, docs/security.md#sm-17.
async fn form_posted_twice_creates_one_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.payer().await;
    let probe = app.probe().await;
    let with_idempotency_key = |amount: &str| Payment {
        key: format!("a form's own key for {amount}"),
        ..Payment::of(amount)
    };
    let small = call::pay(&with_idempotency_key("20"));
    let first = browser.call(&small).await.step();
    assert_eq!(browser.call(&small).await.step(), first);
    assert_eq!(probe.number(EXECUTED).await, 1);

    let large = call::pay(&with_idempotency_key(ABOVE_THRESHOLD));
    browser.call(&large).await.step();
    let handle = browser.flow_token(Purpose::Payment);
    browser.call(&large).await.step();
    assert_eq!(
        browser.flow_token(Purpose::Payment),
        handle,
        "the same way on"
    );
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_received_messages().await;
    let chosen = call::method_of(Purpose::Payment, "sms");
    browser.call(&chosen).await.entry();
    // The same request again, after the code was sent.
    let step = browser.call(&large).await.step();
    assert!(matches!(step, Step::EnterCode(_)), "{step:?}");
    let code = phone.next_code().await;
    let paid = browser.confirm(&code).await.step();
    assert_eq!(browser.call(&large).await.step(), paid);
    assert_eq!(probe.number(EXECUTED).await, 2);
    // The user goes back and changes the form: that is another payment.
    let changed = Payment {
        key: with_idempotency_key("20").key,
        ..Payment::of("21")
    };
    let other = browser.call(&call::pay(&changed)).await.step();
    assert_ne!(other, first);
    assert_eq!(probe.number(EXECUTED).await, 3);
    // Keys of other accounts are independent.
    let (_, mut stranger) = app.payer().await;
    let theirs = stranger.call(&small).await.step();
    assert_ne!(theirs, first);
}

/// Tests docs/security.md#pay-04.
async fn simultaneous_posts_of_one_form_create_one_payment(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.payer().await;
    let probe = app.probe().await;
    for (amount, words) in [
        ("20", "\"step\":\"payment\""),
        (ABOVE_THRESHOLD, "choose_method"),
    ] {
        let payment = Payment {
            key: "a form's own key".to_owned(),
            ..Payment::of(amount)
        };
        let request = browser.request(&call::pay(&payment));
        let answers = race(times(20, &app, &request)).await;
        all_answered(&answers);
        assert_eq!(count(&answers, words), 20, "{amount}");
        let handles: BTreeSet<&str> = answers
            .iter()
            .flat_map(|answer| answer.all("set-cookie"))
            .filter(|line| line.starts_with(call::flow_token_cookie(Purpose::Payment)))
            .collect();
        assert!(handles.len() <= 1, "whichever answer is kept");
        browser.keep_cookies(answers.last().expect("twenty"));
    }
    assert_eq!(probe.number(EXECUTED).await, 1);
    assert_eq!(probe.number(PENDING).await, 1);
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_received_messages().await;
    let chosen = call::method_of(Purpose::Payment, "sms");
    browser.call(&chosen).await.entry();
    let code = phone.next_code().await;
    browser.confirm(&code).await.step();
    assert_eq!(probe.number(EXECUTED).await, 2);
}
