//! Simultaneous requests. Each request withholds its last byte until all are ready.

use std::net::SocketAddr;

use domain::{Problem, Purpose, Step};
use serde_json::json;
use tokio::task::JoinSet;

use super::session_races::post_in_background;
use super::slow_provider::browsers_before_the_send;
use crate::support::account_locks::LOCK_FLOWS;
use crate::support::wire::{Response, send_at_once};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, wrong_code};

on_both_databases![
    simultaneous_registrations_of_one_username_create_one_account,
    correct_code_entered_many_times_at_once_opens_one_session,
    correct_code_entered_many_times_at_once_creates_one_account,
    simultaneous_wrong_codes_get_at_most_five_checks,
    captcha_solution_used_many_times_at_once_is_accepted_once,
    simultaneous_cancel_and_code_never_both_succeed,
    number_that_several_users_prove_before_one_confirms_gets_five_accounts,
    simultaneous_codes_and_notifications_do_not_deadlock_in_their_shared_limits,
];

/// Asserts that no response reports an internal error.
fn assert_all_answered(answers: &[Response]) {
    for answer in answers {
        assert!(answer.status < 500, "{} {}", answer.status, answer.text());
    }
}

/// Counts the responses that contain these words.
fn count_responses_with(answers: &[Response], words: &str) -> usize {
    let has = |answer: &&Response| answer.text().contains(words);
    answers.iter().filter(has).count()
}

/// Returns twenty equal requests that check a code.
fn twenty_checks(
    browser: &Browser,
    at: SocketAddr,
    purpose: Purpose,
    code: &str,
) -> AddressedRequests {
    let request = browser.form_request(&call::submit_code(purpose, code));
    vec![(at, request); 20]
}

type AddressedRequests = Vec<(SocketAddr, crate::support::wire::Request)>;

/// Tests docs/security.md#reg-02, docs/security.md#reg-01.
async fn simultaneous_registrations_of_one_username_create_one_account(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut people = Vec::new();
    let mut requests = Vec::new();
    for _ in 0..20 {
        let own = User::with_unique_details();
        let other_user = User {
            username: ann.username.clone(),
            email: ann.email.clone(),
            ..own
        };
        let mut browser = app.new_browser();
        let code = browser.register_until_code(&app, &other_user).await;
        let check = call::submit_code(Purpose::Registration, &code);
        requests.push((app.address, browser.form_request(&check)));
        people.push(other_user);
    }
    let answers = send_at_once(requests).await;
    assert_all_answered(&answers);
    assert!(
        answers
            .iter()
            .all(|answer| !answer.text().contains("session"))
    );
    let probe = app.open_database().await;
    assert_eq!(probe.count_accounts().await, 1);
    let winner = probe.read_text("SELECT phone FROM accounts").await;
    for user in &people {
        // Advances the clock, because the wrong passwords delay the next sign-in.
        app.simulator.advance_clock(900).await;
        let mut browser = app.new_browser();
        let reply = browser.enter_password(&user.username, &user.password).await;
        assert_eq!(!reply.is_refused(), user.phone == winner);
    }
}

/// Tests docs/security.md#sm-05, docs/security.md#otp-09.
async fn correct_code_entered_many_times_at_once_opens_one_session(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let before = app.simulator.list_calls_of("check").await.len();
    let answers = send_at_once(twenty_checks(&browser, app.address, Purpose::SignIn, &code)).await;
    assert_all_answered(&answers);
    assert_eq!(count_responses_with(&answers, "\"step\":\"dashboard\""), 1);
    let sessions = |answer: &Response| {
        let lines = answer.header_values("set-cookie");
        lines
            .filter(|line| line.starts_with(call::SESSION_COOKIE))
            .count()
    };
    assert_eq!(answers.iter().map(sessions).sum::<usize>(), 1);
    assert_eq!(probe.count_sessions().await, 1);
    assert_eq!(app.simulator.list_calls_of("check").await.len(), before + 1);
}

/// Tests docs/security.md#sm-05, docs/security.md#reg-02.
async fn correct_code_entered_many_times_at_once_creates_one_account(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    let code = browser.register_until_code(&app, &ann).await;
    let answers = send_at_once(twenty_checks(
        &browser,
        app.address,
        Purpose::Registration,
        &code,
    ))
    .await;
    assert_all_answered(&answers);
    assert_eq!(count_responses_with(&answers, "\"step\":\"registered\""), 1);
    assert_eq!(app.open_database().await.count_accounts().await, 1);
    assert_eq!(app.simulator.list_calls_of("check").await.len(), 1);
}

/// Tests docs/security.md#otp-09, docs/security.md#otp-06, docs/security.md#log-06.
async fn simultaneous_wrong_codes_get_at_most_five_checks(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let before = app.simulator.list_calls_of("check").await.len();
    for _ in 0..6 {
        let requests = twenty_checks(&browser, app.address, Purpose::SignIn, &wrong_code(&code));
        let answers = send_at_once(requests).await;
        assert_all_answered(&answers);
        assert_eq!(count_responses_with(&answers, "\"step\":"), 0);
    }
    let checks = app.simulator.list_calls_of("check").await.len() - before;
    assert!(checks <= 5, "{checks} attempts");
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_problem(), Problem::TooManyAttempts);
}

/// Tests docs/security.md#reg-09.
async fn captcha_solution_used_many_times_at_once_is_accepted_once(database: Database) {
    let app = TestApp::builder(database).with_captcha().start().await;
    let mut browser = app.new_browser();
    let captcha = browser.solve_captcha(Purpose::Registration).await;
    let people =
        (0..20).map(|_| call::submit_registration_details(&User::with_unique_details(), &captcha));
    let requests = people.map(|call| (app.address, browser.form_request(&call)));
    let answers = send_at_once(requests.collect()).await;
    assert_all_answered(&answers);
    assert_eq!(
        count_responses_with(&answers, "\"step\":\"credentials\""),
        1
    );
    let flows = app
        .open_database()
        .await
        .read_number("SELECT COUNT(*) FROM flows")
        .await;
    assert_eq!(flows, 1);
}

/// Tests docs/security.md#sm-11.
async fn simultaneous_cancel_and_code_never_both_succeed(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    for _ in 0..8 {
        let ann = app.register_user().await;
        let mut browser = app.new_browser();
        let code = browser.sign_in_until_code(&app, &ann).await;
        let before = probe.count_sessions().await;
        let calls = [
            call::submit_code(Purpose::SignIn, &code),
            call::cancel_flow(Purpose::SignIn),
        ];
        let requests = calls.map(|call| (app.address, browser.form_request(&call)));
        let answers = send_at_once(requests.into()).await;
        assert_all_answered(&answers);
        let opened = count_responses_with(&answers, "\"step\":\"dashboard\"");
        let sessions =
            usize::try_from(probe.count_sessions().await - before).expect("number fits the type");
        assert_eq!(opened, sessions);
        let live = "SELECT COUNT(*) FROM flows WHERE live = 1 AND purpose = 'sign_in'";
        assert_eq!(probe.read_number(live).await, 0);
        let completed = "SELECT COUNT(*) FROM flows WHERE purpose = 'sign_in' AND \
                         verification LIKE '%completed%'";
        assert_eq!(
            probe.read_number(completed).await,
            probe.count_sessions().await
        );
    }
}

/// Codes and notifications count in the limits of their country and in the limits of all messages. Transactions that
/// lock these limits in different orders would deadlock.
async fn simultaneous_codes_and_notifications_do_not_deadlock_in_their_shared_limits(
    database: Database,
) {
    const MESSAGES: usize = 40;
    let app = TestApp::start(database).await;
    let browsers = browsers_before_the_send(&app, MESSAGES).await;
    let notification = json!({ "notice": "deletion_withdrawn" });
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
        app.queue_notification("sms", &User::with_unique_details().phone, &notification)
            .await;
    }
    for status in sending.join_all().await {
        assert_eq!(status, 200);
    }
    let sent = "SELECT COUNT(*) FROM outbox WHERE outcome = 'sent' AND tries = 1";
    let probe = app.open_database().await;
    probe.wait_for_number(sent, 40).await;
}

/// Tests docs/security.md#reg-12. Three users prove a number while it has four accounts, then confirm at once.
async fn number_that_several_users_prove_before_one_confirms_gets_five_accounts(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let shared = User::with_unique_details().phone;
    for _ in 0..4 {
        let member = User {
            phone: shared.clone(),
            ..User::with_unique_details()
        };
        app.new_browser().register(&app, &member).await;
        // This test does not cover the limits of messages to one number.
        app.simulator.advance_clock(3_700).await;
    }
    let mut requests = Vec::new();
    for _ in 0..3 {
        let (_, mut browser) = app.sign_in_new_user().await;
        let mut phone = app.simulator.phone_with_number(&shared);
        phone.skip_received_messages().await;
        browser
            .submit_form(&call::begin_phone_change(&shared))
            .await
            .expect_code_entry();
        let code = phone.next_code().await;
        let step = browser.enter_code(Purpose::PhoneChange, &code).await;
        assert!(matches!(step.expect_step(), Step::ConfirmPhone { .. }));
        app.skip_resend_cooldown().await;
        requests.push((
            app.address,
            browser.form_request(&call::confirm_phone_change()),
        ));
    }
    let answers = send_at_once(requests).await;
    assert_all_answered(&answers);
    assert_eq!(count_responses_with(&answers, "phone_changed"), 1);
    assert_eq!(count_responses_with(&answers, "phone_has_all_accounts"), 2);
    let probe = app.open_database().await;
    let largest_number_of_accounts =
        "SELECT COUNT(*) FROM accounts GROUP BY phone ORDER BY COUNT(*) DESC LIMIT 1";
    assert_eq!(probe.read_number(largest_number_of_accounts).await, 5);
}

/// For example the second click of a double click in a browser without scripts.
#[tokio::test(flavor = "multi_thread")]
async fn second_of_two_simultaneous_requests_for_another_method_is_refused_as_busy() {
    let app = TestApp::start(Database::Postgres).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await;
    app.wait_for_empty_outbox().await;
    let same_browser = browser.clone();
    let ((_, first), (_, second)) = app
        .run_while_locked(
            LOCK_FLOWS,
            || post_in_background(browser, call::choose_another_method()),
            || post_in_background(same_browser, call::choose_another_method()),
        )
        .await;
    let step = first.expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
    assert_eq!(second.expect_problem(), Problem::Busy);
}
