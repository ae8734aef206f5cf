//! Limits hold when the clock is set forward and back, when the secret key is rotated, and at any rate.

use domain::{Problem, Purpose};
use serde_json::json;

use crate::support::attack::{AttackSize, report};
use crate::support::{
    ApiClient, Browser, Database, TestApp, User, call, on_both_databases, wrong_code,
};

on_both_databases![
    clock_that_is_set_forward_and_back_keeps_limits_and_holds,
    rotation_of_the_secret_key_keeps_limits_holds_and_devices,
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

/// A user whose second factor is held after ten wrong codes.
async fn held_user(app: &TestApp) -> User {
    let user = app.member().await;
    for _ in 0..3 {
        let mut browser = app.browser();
        let code = browser.sign_in_up_to_the_code(app, &user).await;
        for _ in 0..4 {
            browser
                .enter_code(Purpose::SignIn, &wrong_code(&code))
                .await;
        }
        browser.cancel(Purpose::SignIn).await.step();
        app.skip_resend_cooldown().await;
    }
    assert!(is_held(app, &user).await);
    user
}

async fn is_held(app: &TestApp, user: &User) -> bool {
    let mut browser = app.browser();
    browser
        .enter_password(&user.username, &user.password)
        .await
        .step();
    let reply = browser.choose_sms().await;
    reply.is_refused() && matches!(reply.problem(), Problem::FactorHeld { .. })
}

/// A user whose account strangers have slowed down.
async fn slowed_down_user(app: &TestApp) -> User {
    let user = app.member().await;
    slow_down(&mut app.browser(), &user).await;
    user
}

async fn slow_down(browser: &mut Browser, user: &User) {
    for _ in 0..10 {
        browser.enter_password(&user.username, WRONG).await;
    }
}

async fn is_slowed_down(app: &TestApp, user: &User) -> bool {
    let mut browser = app.browser();
    !browser
        .password_is_accepted(&user.username, &user.password)
        .await
}

/// Tests docs/security.md#dur-10.
async fn clock_that_is_set_forward_and_back_keeps_limits_and_holds(database: Database) {
    let mut app = TestApp::on(database)
        .with("SALLYPORT_LIMIT_PASSWORD_DELAY_SECS", "900")
        .start()
        .await;
    let (ann, bob) = (held_user(&app).await, slowed_down_user(&app).await);
    app.simulator.advance(26 * 3600).await;
    // The limits count events while the clock is ahead.
    let mut browser = app.browser();
    let code = browser.sign_in_up_to_the_code(&app, &ann).await;
    browser
        .enter_code(Purpose::SignIn, &wrong_code(&code))
        .await;
    app.browser().enter_password(&bob.username, WRONG).await;
    let probe = app.probe().await;
    let ahead = probe.number(LATEST_EVENT).await;
    // A new process starts with the time of the system.
    app.process.kill().await;
    app.restart().await;
    assert!(is_held(&app, &ann).await);
    assert!(is_slowed_down(&app, &bob).await);
    report("clock 26 h ahead and back", "hold and slowdown kept");
    // Waits until the cleanup has moved the events from the future to the present, so that limits last no
    // longer than usual.
    while ahead - probe.number(LATEST_EVENT).await < 25 * 3_600_000 {
        tokio::task::yield_now().await;
    }
    app.simulator.advance(25 * 3600).await;
    app.browser().sign_in(&app, &ann).await;
    app.browser().sign_in(&app, &bob).await;
}

/// Tests docs/security.md#clu-07.
async fn rotation_of_the_secret_key_keeps_limits_holds_and_devices(database: Database) {
    let mut app = TestApp::on(database)
        .with("SALLYPORT_SECRET_KEY", FIRST_KEY)
        .with("SALLYPORT_LIMIT_PASSWORD_DELAY_SECS", "900")
        .start()
        .await;
    let ann = held_user(&app).await;
    let bob = app.member().await;
    let mut returning = app.browser();
    returning.sign_in(&app, &bob).await;
    returning.sign_out().await.step();
    slow_down(&mut app.browser(), &bob).await;
    app.process.kill().await;
    app.set("SALLYPORT_SECRET_KEY", SECOND_KEY);
    app.set("SALLYPORT_PREVIOUS_SECRET_KEYS", FIRST_KEY);
    app.restart().await;
    assert!(is_held(&app, &ann).await);
    assert!(is_slowed_down(&app, &bob).await);
    returning.address = app.address;
    assert!(
        returning
            .password_is_accepted(&bob.username, &bob.password)
            .await
    );
    // The first key is no longer used.
    app.process.kill().await;
    app.set("SALLYPORT_PREVIOUS_SECRET_KEYS", THIRD_KEY);
    app.restart().await;
    assert!(is_held(&app, &ann).await);
    assert!(is_slowed_down(&app, &bob).await);
    report("rotation of the secret key", "hold and slowdown kept");
}

/// Tests docs/security.md#ops-09, docs/security.md#clu-07: their hash has a key that stays the same.
async fn rotation_of_the_secret_key_keeps_recovery_codes(database: Database) {
    let mut app = TestApp::on(database)
        .with("SALLYPORT_SECRET_KEY", FIRST_KEY)
        .start()
        .await;
    let ann = app.member().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    let codes = browser.make_recovery_codes().await;
    let rotations = [(SECOND_KEY, FIRST_KEY), (SECOND_KEY, THIRD_KEY)];
    for ((current, previous), code) in rotations.into_iter().zip(&codes) {
        app.process.kill().await;
        app.set("SALLYPORT_SECRET_KEY", current);
        app.set("SALLYPORT_PREVIOUS_SECRET_KEYS", previous);
        app.restart().await;
        let mut browser = app.browser();
        let password = browser.enter_password(&ann.username, &ann.password);
        password.await.step();
        browser.call(&call::method("recovery")).await.step();
        browser.enter_code(Purpose::SignIn, code).await.step();
    }
}

/// Tests docs/security.md#lim-09.
async fn bucket_of_an_api_client_has_a_bounded_size(database: Database) {
    let app = TestApp::on(database)
        .with("SALLYPORT_API_CLIENTS", ApiClient::CLIENT)
        .start()
        .await;
    let client = app.api_client().with(ApiClient::AS_BASIC);
    let calls = AttackSize::chosen().pick(400, 10_000);
    let login = json!({ "identifier": "unknown", "password": WRONG });
    for n in 0..calls {
        client
            .post("/v1/login", &login)
            .await
            .refused(401, "invalid_credentials");
        if n % 16 == 0 {
            app.simulator.advance(1).await;
        }
    }
    let largest = "SELECT MAX(LENGTH(events) + LENGTH(counts)) FROM limit_buckets";
    let size = app.probe().await.number(largest).await;
    report(
        "size of the largest limit row",
        &format!("{size} bytes after {calls} calls of one API client"),
    );
    assert!(size < 2_000, "{size} bytes");
}
