//! Simultaneous requests: each holds back its last byte until all are ready.

use std::net::SocketAddr;

use domain::{Problem, Purpose};
use serde_json::json;
use tokio::task::JoinSet;

use super::slow_provider::browsers_before_the_send;
use crate::support::wire::{Response, race};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, wrong_code};

on_both_databases![
    simultaneous_registrations_of_one_username_create_one_account,
    correct_code_entered_many_times_at_once_opens_one_session,
    correct_code_entered_many_times_at_once_creates_one_account,
    wrong_codes_at_once_get_no_more_than_five_tries,
    captcha_solution_used_many_times_at_once_is_accepted_once,
    simultaneous_cancel_and_code_never_both_succeed,
    codes_and_notifications_in_the_same_limits_do_not_fail_each_other,
];

fn all_answered(answers: &[Response]) {
    for answer in answers {
        assert!(answer.status < 500, "{} {}", answer.status, answer.text());
    }
}

fn count(answers: &[Response], words: &str) -> usize {
    let has = |answer: &&Response| answer.text().contains(words);
    answers.iter().filter(has).count()
}

fn checks(browser: &Browser, at: SocketAddr, purpose: Purpose, code: &str) -> Racers {
    let request = browser.request(&call::check(purpose, code));
    vec![(at, request); 20]
}

type Racers = Vec<(SocketAddr, crate::support::wire::Request)>;

/// Tests docs/security.md#reg-02, docs/security.md#reg-01.
async fn simultaneous_registrations_of_one_username_create_one_account(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::new();
    let mut people = Vec::new();
    let mut racers = Vec::new();
    for _ in 0..20 {
        let own = User::new();
        let twin = User {
            username: ann.username.clone(),
            email: ann.email.clone(),
            ..own
        };
        let mut browser = app.browser();
        let code = browser.register_up_to_the_code(&app, &twin).await;
        let check = call::check(Purpose::Registration, &code);
        racers.push((app.address, browser.request(&check)));
        people.push(twin);
    }
    let answers = race(racers).await;
    all_answered(&answers);
    assert!(
        answers
            .iter()
            .all(|answer| !answer.text().contains("session"))
    );
    let probe = app.probe().await;
    assert_eq!(probe.accounts().await, 1);
    let winner = probe.text("SELECT phone FROM accounts").await;
    for user in &people {
        // So many wrong passwords would slow down the sign-in with the correct one.
        app.simulator.advance(900).await;
        let mut browser = app.browser();
        let reply = browser.enter_password(&user.username, &user.password).await;
        assert_eq!(!reply.is_refused(), user.phone == winner);
    }
}

/// Tests docs/security.md#sm-05, docs/security.md#otp-09.
async fn correct_code_entered_many_times_at_once_opens_one_session(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.probe().await;
    let ann = app.member().await;
    let mut browser = app.browser();
    let code = browser.sign_in_up_to_the_code(&app, &ann).await;
    let before = app.simulator.calls("check").await.len();
    let answers = race(checks(&browser, app.address, Purpose::SignIn, &code)).await;
    all_answered(&answers);
    assert_eq!(count(&answers, "\"step\":\"dashboard\""), 1);
    let sessions = |answer: &Response| {
        let lines = answer.all("set-cookie");
        lines
            .filter(|line| line.starts_with(call::SESSION_COOKIE))
            .count()
    };
    assert_eq!(answers.iter().map(sessions).sum::<usize>(), 1);
    assert_eq!(probe.sessions().await, 1);
    assert_eq!(app.simulator.calls("check").await.len(), before + 1);
}

/// Tests docs/security.md#sm-05, docs/security.md#reg-02.
async fn correct_code_entered_many_times_at_once_creates_one_account(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::new();
    let mut browser = app.browser();
    let code = browser.register_up_to_the_code(&app, &ann).await;
    let answers = race(checks(&browser, app.address, Purpose::Registration, &code)).await;
    all_answered(&answers);
    assert_eq!(count(&answers, "\"step\":\"registered\""), 1);
    assert_eq!(app.probe().await.accounts().await, 1);
    assert_eq!(app.simulator.calls("check").await.len(), 1);
}

/// Tests docs/security.md#otp-09, docs/security.md#otp-06, docs/security.md#log-06.
async fn wrong_codes_at_once_get_no_more_than_five_tries(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = app.browser();
    let code = browser.sign_in_up_to_the_code(&app, &ann).await;
    let before = app.simulator.calls("check").await.len();
    for _ in 0..6 {
        let racers = checks(&browser, app.address, Purpose::SignIn, &wrong_code(&code));
        let answers = race(racers).await;
        all_answered(&answers);
        assert_eq!(count(&answers, "\"step\":"), 0);
    }
    let asked = app.simulator.calls("check").await.len() - before;
    assert!(asked <= 5, "{asked} tries");
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.problem(), Problem::TooManyAttempts);
}

/// Tests docs/security.md#reg-09.
async fn captcha_solution_used_many_times_at_once_is_accepted_once(database: Database) {
    let app = TestApp::on(database).with_captcha().start().await;
    let mut browser = app.browser();
    let captcha = browser.solve_captcha(Purpose::Registration).await;
    let people = (0..20).map(|_| call::details(&User::new(), &captcha));
    let racers = people.map(|call| (app.address, browser.request(&call)));
    let answers = race(racers.collect()).await;
    all_answered(&answers);
    assert_eq!(count(&answers, "\"step\":\"credentials\""), 1);
    let flows = app.probe().await.number("SELECT COUNT(*) FROM flows").await;
    assert_eq!(flows, 1);
}

/// Tests docs/security.md#sm-11.
async fn simultaneous_cancel_and_code_never_both_succeed(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.probe().await;
    for _ in 0..8 {
        let ann = app.member().await;
        let mut browser = app.browser();
        let code = browser.sign_in_up_to_the_code(&app, &ann).await;
        let before = probe.sessions().await;
        let calls = [
            call::check(Purpose::SignIn, &code),
            call::cancel(Purpose::SignIn),
        ];
        let racers = calls.map(|call| (app.address, browser.request(&call)));
        let answers = race(racers.into()).await;
        all_answered(&answers);
        let opened = count(&answers, "\"step\":\"dashboard\"");
        let sessions = usize::try_from(probe.sessions().await - before).expect("few");
        assert_eq!(opened, sessions);
        let live = "SELECT COUNT(*) FROM flows WHERE live = 1 AND purpose = 'sign_in'";
        assert_eq!(probe.number(live).await, 0);
        let completed = "SELECT COUNT(*) FROM flows WHERE purpose = 'sign_in' AND \
                         verification LIKE '%completed%'";
        assert_eq!(probe.number(completed).await, probe.sessions().await);
    }
}

/// Messages of both kinds are counted in the limits of their country and of all. Transactions that lock these in
/// different orders would end in a deadlock.
async fn codes_and_notifications_in_the_same_limits_do_not_fail_each_other(database: Database) {
    const MESSAGES: usize = 40;
    let app = TestApp::start(database).await;
    let browsers = browsers_before_the_send(&app, MESSAGES).await;
    let notification = json!({ "notice": "sessions_ended" });
    let mut sending = JoinSet::new();
    for mut browser in browsers {
        sending.spawn(async move {
            browser
                .send_code(Purpose::Registration)
                .await
                .response
                .status
        });
    }
    for _ in 0..MESSAGES {
        app.queue_notification("sms", &User::new().phone, &notification)
            .await;
    }
    for status in sending.join_all().await {
        assert_eq!(status, 200);
    }
    let sent = "SELECT COUNT(*) FROM outbox WHERE outcome = 'sent' AND tries = 1";
    let probe = app.probe().await;
    probe.wait_for_number(sent, 40).await;
}
