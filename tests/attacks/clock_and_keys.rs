//! Limits hold when the clock is set forward and back, when the secret key is rotated, and at any rate.

use domain::{Problem, Purpose};
use serde_json::json;

use crate::support::attack::{AttackSize, print_attack_figures};
use crate::support::call::Payment;
use crate::support::wire::TIMEOUT;
use crate::support::{
    ApiClient, Browser, Database, DatabaseProbe, TestApp, User, call, on_both_databases, wrong_code,
};

on_both_databases![
    setting_the_clock_forward_and_back_keeps_rate_limits_and_held_factors,
    sign_in_while_the_clock_was_ahead_is_no_step_up,
    session_opened_while_the_clock_was_ahead_ends_when_it_is_idle,
    rotation_of_the_secret_key_keeps_rate_limits_held_factors_and_known_devices,
    rotation_of_the_secret_key_keeps_recovery_codes,
    bucket_of_an_api_client_has_a_bounded_size,
];

const FIRST_KEY: &str =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
const SECOND_KEY: &str =
    "Pz49PDs6OTg3NjU0MzIxMC8uLSwrKikoJyYlJCMiISAfHh0cGxoZGBcWFRQTEhEQDw4NDAsKCQgHBgUEAwIBAA==";
const THIRD_KEY: &str =
    "gYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6ytrq+wsbKztLW2t7i5uru8vb6/wA==";
/// The time of the latest event of any limit, in milliseconds.
const LATEST_EVENT: &str = "SELECT MAX(latest_at) FROM limit_buckets";
const WRONG: &str = "not the password at all";

/// Creates a user whose second factor is held (accepts no code) after ten wrong codes.
async fn create_user_with_held_factor(app: &TestApp) -> User {
    let user = app.register_user().await;
    for _ in 0..3 {
        let mut browser = app.new_browser();
        let code = browser.sign_in_until_code(app, &user).await;
        for _ in 0..4 {
            browser
                .enter_code(Purpose::SignIn, &wrong_code(&code))
                .await;
        }
        browser.cancel_flow(Purpose::SignIn).await.expect_step();
        app.skip_resend_cooldown().await;
    }
    assert!(is_second_factor_held(app, &user).await);
    user
}

/// Returns whether the user's second factor is held.
async fn is_second_factor_held(app: &TestApp, user: &User) -> bool {
    let mut browser = app.new_browser();
    browser.begin_sign_in(user).await;
    let reply = browser.choose_sms_method().await;
    reply.is_refused() && matches!(reply.expect_problem(), Problem::FactorHeld { .. })
}

/// Creates a user whose account other people have slowed down with wrong passwords.
async fn create_slowed_down_user(app: &TestApp) -> User {
    let user = app.register_user().await;
    slow_down_password_checks(&mut app.new_browser(), &user).await;
    user
}

/// Enters wrong passwords until the account is slowed down.
async fn slow_down_password_checks(browser: &mut Browser, user: &User) {
    for _ in 0..10 {
        browser.enter_password(&user.username, WRONG).await;
    }
}

/// Returns whether the account refuses its correct password for now.
async fn is_correct_password_refused(app: &TestApp, user: &User) -> bool {
    let mut browser = app.new_browser();
    !browser
        .is_password_accepted(&user.username, &user.password)
        .await
}

/// Tests docs/security.md#dur-10.
async fn setting_the_clock_forward_and_back_keeps_rate_limits_and_held_factors(database: Database) {
    let mut app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_PASSWORD_DELAY_SECS", "900")
        .start()
        .await;
    let (ann, bob) = (
        create_user_with_held_factor(&app).await,
        create_slowed_down_user(&app).await,
    );
    app.simulator.advance_clock(26 * 3600).await;
    // The limits count events while the clock is ahead.
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    browser
        .enter_code(Purpose::SignIn, &wrong_code(&code))
        .await;
    app.new_browser().enter_password(&bob.username, WRONG).await;
    let probe = app.open_database().await;
    let ahead = probe.read_number(LATEST_EVENT).await;
    // A new process starts at the system time.
    app.process.kill().await;
    app.restart().await;
    assert!(is_second_factor_held(&app, &ann).await);
    assert!(is_correct_password_refused(&app, &bob).await);
    print_attack_figures("clock 26 h ahead and back", "hold and slowdown kept");
    // Waits until the cleanup has moved the events from the future to the present, so that limits last no
    // longer than usual.
    wait_until_time_is_moved_to_now(&probe, LATEST_EVENT, ahead).await;
    app.simulator.advance_clock(25 * 3600).await;
    app.new_browser().sign_in(&app, &ann).await;
    app.new_browser().sign_in(&app, &bob).await;
}

/// Tests docs/security.md#dur-10, docs/security.md#pay-05.
async fn sign_in_while_the_clock_was_ahead_is_no_step_up(database: Database) {
    let mut app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.simulator.advance_clock(26 * 3600).await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    // A new process starts at the system time.
    app.process.kill().await;
    app.restart().await;
    browser.address = app.address;
    let change = call::begin_phone_change(&User::with_unique_details().phone);
    let refused = browser.submit_form(&change).await.expect_problem();
    assert_eq!(refused, Problem::StepUpNeeded);
    let small = Payment::in_dollars("0.50");
    for _ in 0..5 {
        browser.pay_without_code(&small).await;
    }
    browser.begin_payment(&small).await;
    // A step-up after the correction of the clock counts.
    app.skip_resend_cooldown().await;
    browser.complete_step_up(&app, &ann).await;
    browser.submit_form(&change).await.expect_step();
    browser.pay_without_code(&small).await;
}

/// Waits until the cleanup has moved a time that was stored with a clock 26 hours ahead to the present.
async fn wait_until_time_is_moved_to_now(probe: &DatabaseProbe, query: &'static str, ahead: i64) {
    let moved = async {
        while ahead - probe.read_number(query).await < 25 * 3_600_000 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TIMEOUT, moved)
        .await
        .expect("the cleanup moves times from the future");
}

/// Tests docs/security.md#dur-10, docs/security.md#ses-05.
async fn session_opened_while_the_clock_was_ahead_ends_when_it_is_idle(database: Database) {
    const LAST_USE: &str = "SELECT MAX(last_seen_at) FROM sessions";
    const LIFETIME: &str = "SELECT MAX(ends_at - created_at) FROM sessions";
    let mut app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.simulator.advance_clock(26 * 3600).await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let probe = app.open_database().await;
    let (ahead, lifetime) = (
        probe.read_number(LAST_USE).await,
        probe.read_number(LIFETIME).await,
    );
    // A new process starts at the system time.
    app.process.kill().await;
    app.restart().await;
    browser.address = app.address;
    // Waits until the cleanup has moved the times from the future to the present.
    wait_until_time_is_moved_to_now(&probe, LAST_USE, ahead).await;
    assert_eq!(probe.read_number(LIFETIME).await, lifetime);
    assert!(browser.is_signed_in().await);
    app.simulator.advance_clock(31 * 60).await;
    assert!(!browser.is_signed_in().await);
}

/// Tests docs/security.md#clu-07.
async fn rotation_of_the_secret_key_keeps_rate_limits_held_factors_and_known_devices(
    database: Database,
) {
    let mut app = TestApp::builder(database)
        .with_setting("SALLYPORT_SECRET_KEY", FIRST_KEY)
        .with_setting("SALLYPORT_LIMIT_PASSWORD_DELAY_SECS", "900")
        .start()
        .await;
    let ann = create_user_with_held_factor(&app).await;
    let bob = app.register_user().await;
    let mut returning = app.new_browser();
    returning.sign_in(&app, &bob).await;
    returning.sign_out().await.expect_step();
    slow_down_password_checks(&mut app.new_browser(), &bob).await;
    app.process.kill().await;
    app.change_setting("SALLYPORT_SECRET_KEY", SECOND_KEY);
    app.change_setting("SALLYPORT_PREVIOUS_SECRET_KEYS", FIRST_KEY);
    app.restart().await;
    assert!(is_second_factor_held(&app, &ann).await);
    assert!(is_correct_password_refused(&app, &bob).await);
    returning.address = app.address;
    assert!(
        returning
            .is_password_accepted(&bob.username, &bob.password)
            .await
    );
    // The first key is no longer used.
    app.process.kill().await;
    app.change_setting("SALLYPORT_PREVIOUS_SECRET_KEYS", THIRD_KEY);
    app.restart().await;
    assert!(is_second_factor_held(&app, &ann).await);
    assert!(is_correct_password_refused(&app, &bob).await);
    print_attack_figures("rotation of the secret key", "hold and slowdown kept");
}

/// Tests docs/security.md#ops-09, docs/security.md#clu-07. The key of the code hashes does not change in a rotation.
async fn rotation_of_the_secret_key_keeps_recovery_codes(database: Database) {
    let mut app = TestApp::builder(database)
        .with_setting("SALLYPORT_SECRET_KEY", FIRST_KEY)
        .start()
        .await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let codes = browser.create_recovery_codes().await;
    let rotations = [(SECOND_KEY, FIRST_KEY), (SECOND_KEY, THIRD_KEY)];
    for ((current, previous), code) in rotations.into_iter().zip(&codes) {
        app.process.kill().await;
        app.change_setting("SALLYPORT_SECRET_KEY", current);
        app.change_setting("SALLYPORT_PREVIOUS_SECRET_KEYS", previous);
        app.restart().await;
        let mut browser = app.sign_in_until_recovery_code(&ann).await;
        browser
            .enter_code(Purpose::SignIn, code)
            .await
            .expect_step();
    }
}

/// Tests docs/security.md#lim-09.
async fn bucket_of_an_api_client_has_a_bounded_size(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_API_CLIENTS", ApiClient::CLIENT_SETTING)
        .start()
        .await;
    let client = app
        .new_api_client()
        .with_authorization(ApiClient::BASIC_CREDENTIALS);
    let calls = AttackSize::from_environment().select(400, 10_000);
    let login = json!({ "identifier": "unknown", "password": WRONG });
    for n in 0..calls {
        client
            .post("/v1/login", &login)
            .await
            .expect_error(401, "invalid_credentials");
        if n % 16 == 0 {
            app.simulator.advance_clock(1).await;
        }
    }
    let largest = "SELECT MAX(LENGTH(events) + LENGTH(counts)) FROM limit_buckets";
    let size = app.open_database().await.read_number(largest).await;
    print_attack_figures(
        "size of the largest limit row",
        &format!("{size} bytes after {calls} calls of one API client"),
    );
    assert!(size < 2_000, "{size} bytes");
}
