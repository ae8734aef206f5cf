//! Floods of requests in one session or for one account. Every value in them is correct, so that no limit on wrong
//! values stops them.

use domain::{Problem, Purpose, Step};

use super::hash_flood::count_logged_hashes;
use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![
    correct_passwords_in_one_session_compute_a_bounded_number_of_hashes,
    wrong_passwords_in_one_session_write_a_bounded_number_of_audit_events,
    phone_changes_of_one_account_store_a_bounded_number_of_flows,
    changes_of_letter_case_write_a_bounded_number_of_audit_events,
    further_sign_in_of_one_account_ends_the_oldest_of_fifty,
];

/// The maximum number of password attempts of one session within an hour (docs/security.md#password-tries).
const MOST_ATTEMPTS: usize = 60;
/// The maximum number of phone changes that one account may begin within an hour, and of its name changes in a day.
const MOST_CHANGES: usize = 20;

/// The maximum number of live sign-ins of one account.
const MOST_SIGN_INS: i64 = 50;

const FLOWS: &str = "SELECT COUNT(*) FROM flows";
const EVENTS: &str = "SELECT COUNT(*) FROM audit_events";

/// Starts an app that logs each password hash.
async fn start_app_that_logs_hashes(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_LOG", "warn,sallyport::hashing=debug")
        .start()
        .await
}

/// A correct password clears the count of wrong ones, so only the limit on all attempts stops this flood.
///
/// Tests docs/security.md#lim-04.
async fn correct_passwords_in_one_session_compute_a_bounded_number_of_hashes(database: Database) {
    let attempts = AttackSize::from_environment().select(MOST_ATTEMPTS + 10, 600);
    let app = start_app_that_logs_hashes(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    let before = count_logged_hashes(&app.process);
    let (mut accepted, mut rows) = (0, 0);
    for _ in 0..attempts {
        let reply = browser
            .submit_form(&call::begin_step_up(&ann.password))
            .await;
        let response = reply.response;
        if response.status == 200 {
            assert!(response.text().contains("choose_method"));
            accepted += 1;
            rows = probe.read_number(FLOWS).await + probe.read_number(EVENTS).await;
        } else {
            assert_eq!(response.status, 429, "{}", response.text());
            assert!(response.header("retry-after").is_some());
        }
    }
    let computed = count_logged_hashes(&app.process) - before;
    print_attack_figures(
        "correct passwords in one session",
        &format!("{attempts} attempts, {computed} hashes"),
    );
    assert_eq!((accepted, computed), (MOST_ATTEMPTS, MOST_ATTEMPTS));
    // A refused attempt writes no rows. A password change is refused too, because it needs an attempt.
    let change = call::change_password(&ann.password, "another horse 7 staple");
    assert_eq!(browser.submit_form(&change).await.response.status, 429);
    let rows_after = probe.read_number(FLOWS).await + probe.read_number(EVENTS).await;
    assert_eq!(rows, rows_after);
    // Another session of the same user has a separate limit.
    app.skip_resend_cooldown().await;
    let mut other = app.new_browser();
    other.sign_in(&app, &ann).await;
    let step = other
        .submit_form(&call::begin_step_up(&ann.password))
        .await
        .expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
}

/// Tests docs/security.md#log-04.
async fn wrong_passwords_in_one_session_write_a_bounded_number_of_audit_events(database: Database) {
    let app = start_app_that_logs_hashes(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    let before = probe.read_number(EVENTS).await;
    let mut refused = 0;
    for _ in 0..MOST_ATTEMPTS + 10 {
        let reply = browser
            .submit_form(&call::begin_step_up("not the password"))
            .await;
        if reply.response.status == 429 {
            refused += 1;
        } else {
            assert_eq!(reply.expect_problem(), Problem::PasswordWrong);
        }
    }
    assert_eq!(refused, 10);
    let written = probe.read_number(EVENTS).await - before;
    assert_eq!(usize::try_from(written), Ok(MOST_ATTEMPTS));
}

/// Tests docs/security.md#sm-14.
async fn phone_changes_of_one_account_store_a_bounded_number_of_flows(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_ACCOUNT_PER_DAY", "3")
        .start()
        .await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    let before = probe.read_number(FLOWS).await;
    let mut refused = 0;
    for _ in 0..MOST_CHANGES + 10 {
        let number = User::with_unique_details().phone;
        let reply = browser
            .submit_form(&call::begin_phone_change(&number))
            .await;
        refused += usize::from(reply.response.status == 429);
    }
    assert_eq!(refused, 10);
    let stored = probe.read_number(FLOWS).await - before;
    assert_eq!(usize::try_from(stored), Ok(MOST_CHANGES));
}

/// Tests docs/security.md#lim-09.
async fn changes_of_letter_case_write_a_bounded_number_of_audit_events(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let probe = app.open_database().await;
    let before = probe.read_number(EVENTS).await;
    let upper = ann.username.to_uppercase();
    let mut refused = 0;
    for number in 0..MOST_CHANGES + 10 {
        // After the limit the username stays in lower case, so only upper case is a change.
        let username = if number % 2 == 0 || number >= MOST_CHANGES {
            &upper
        } else {
            &ann.username
        };
        let change = call::change_names(&ann.full_name, username);
        let reply = browser.submit_form(&change).await;
        if reply.is_refused() {
            assert!(matches!(reply.expect_problem(), Problem::ChangeWait { .. }));
            refused += 1;
        }
    }
    assert_eq!(refused, 10);
    let written = probe.read_number(EVENTS).await - before;
    assert_eq!(usize::try_from(written), Ok(MOST_CHANGES));
}

/// Tests docs/security.md#sm-14.
async fn further_sign_in_of_one_account_ends_the_oldest_of_fifty(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut oldest = app.new_browser();
    oldest.begin_sign_in(&ann).await;
    for _ in 1..MOST_SIGN_INS {
        app.new_browser().begin_sign_in(&ann).await;
    }
    let live = "SELECT COUNT(*) FROM flows WHERE live = 1 AND purpose = 'sign_in'";
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(live).await, MOST_SIGN_INS);
    let mut newest = app.new_browser();
    newest.begin_sign_in(&ann).await;
    assert_eq!(probe.read_number(live).await, MOST_SIGN_INS);
    let ended = oldest.choose_sms_method().await.expect_problem();
    assert_eq!(ended, Problem::FlowEnded);
    let code = newest.request_sms_code(&app, Purpose::SignIn, &ann).await;
    let done = newest.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(done.expect_step(), Step::Dashboard);
}
