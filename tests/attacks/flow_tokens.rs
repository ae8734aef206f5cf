//! Flow tokens: what they open, and when they expire.

use domain::{Purpose, Step};

use super::order::{State, browser_in_state};
use crate::support::{Browser, Database, DatabaseProbe, TestApp, User, call, on_both_databases};

on_both_databases![
    completed_flow_token_is_refused_even_after_a_restart,
    cancelled_flow_token_is_refused_and_its_code_is_cancelled_at_the_provider,
    superseded_flow_token_is_refused,
    flow_token_of_one_purpose_is_refused_for_another,
    code_of_one_flow_is_refused_by_another_flow,
    repeated_cancellation_of_a_flow_succeeds,
];

/// Asserts that every form post with this browser's old cookies is refused and changes nothing.
async fn assert_old_cookies_are_refused(
    app: &TestApp,
    probe: &DatabaseProbe,
    old: &Browser,
    code: &str,
) {
    let (before, calls) = (
        probe.dump_rows().await,
        app.simulator.list_calls().await.len(),
    );
    for purpose in [Purpose::Registration, Purpose::SignIn] {
        for call in call::posts_with_flow_token(purpose, code) {
            let mut browser = old.clone();
            browser.address = app.address;
            let reply = browser.submit_form(&call).await;
            let cancels = call.path.ends_with("/cancel");
            assert!(cancels || reply.is_refused(), "{}", call.path);
            assert_eq!(
                browser.session_token(),
                old.session_token(),
                "{}",
                call.path
            );
        }
    }
    assert_eq!(before, probe.dump_rows().await);
    assert_eq!(calls, app.simulator.list_calls().await.len());
}

/// Tests docs/security.md#sm-06, docs/security.md#dur-01.
async fn completed_flow_token_is_refused_even_after_a_restart(database: Database) {
    let mut app = TestApp::builder(database)
        .with_separate_simulator()
        .start()
        .await;
    let probe = app.open_database().await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    let first = browser.register_until_code(&app, &ann).await;
    let registering = browser.clone();
    browser
        .enter_code(Purpose::Registration, &first)
        .await
        .expect_step();
    let second = browser.sign_in_until_code(&app, &ann).await;
    let signing_in = browser.clone();
    browser
        .enter_code(Purpose::SignIn, &second)
        .await
        .expect_step();
    assert_old_cookies_are_refused(&app, &probe, &registering, &first).await;
    assert_old_cookies_are_refused(&app, &probe, &signing_in, &second).await;
    app.process.kill().await;
    app.restart().await;
    // The cleanup after the start deletes empty rate limit buckets.
    let empty = "SELECT COUNT(*) FROM limit_buckets WHERE expires_at = 0";
    probe.wait_for_number(empty, 0).await;
    assert_old_cookies_are_refused(&app, &probe, &registering, &first).await;
    assert_old_cookies_are_refused(&app, &probe, &signing_in, &second).await;
}

/// Tests docs/security.md#sm-06, docs/security.md#sm-11.
async fn cancelled_flow_token_is_refused_and_its_code_is_cancelled_at_the_provider(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let old = browser.clone();
    assert_eq!(
        browser.cancel_flow(Purpose::SignIn).await.expect_step(),
        Step::SignIn
    );
    assert_eq!(browser.flow_token(Purpose::SignIn), None);
    app.simulator.wait_for_cancelled_code().await;
    assert_old_cookies_are_refused(&app, &probe, &old, &code).await;
    assert_eq!(probe.count_sessions().await, 0);
    app.skip_resend_cooldown().await;
    let fresh = browser.sign_in_until_code(&app, &ann).await;
    browser
        .enter_code(Purpose::SignIn, &fresh)
        .await
        .expect_step();
}

/// Tests docs/security.md#sm-06, docs/security.md#sm-10.
async fn superseded_flow_token_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let old = browser.clone();
    browser.begin_sign_in(&ann).await;
    assert_ne!(
        old.flow_token(Purpose::SignIn),
        browser.flow_token(Purpose::SignIn)
    );
    app.simulator.wait_for_cancelled_code().await;
    assert_old_cookies_are_refused(&app, &probe, &old, &code).await;
}

/// Tests docs/security.md#sm-04, docs/security.md#ses-03.
async fn flow_token_of_one_purpose_is_refused_for_another(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    for purpose in [Purpose::Registration, Purpose::SignIn] {
        let (browser, code) = browser_in_state(&app, purpose, State::Awaiting).await;
        let flow_token = browser.flow_token(purpose).expect("flow token exists");
        let before = probe.dump_rows().await;
        for other in Purpose::ALL.into_iter().filter(|other| *other != purpose) {
            let mut attacker = app.new_browser();
            let cookie = call::flow_token_cookie(other).to_owned();
            attacker.cookies.insert(cookie, flow_token.clone());
            attacker
                .cookies
                .insert(call::SESSION_COOKIE.to_owned(), flow_token.clone());
            for call in [
                call::submit_code(other, &code),
                call::request_code(other),
                call::read_code_entry(other),
            ] {
                assert!(attacker.submit_form(&call).await.is_refused(), "{other:?}");
            }
            attacker.cancel_flow(other).await.expect_step();
            assert!(!attacker.is_signed_in().await);
        }
        assert_eq!(before, probe.dump_rows().await);
        let mut browser = browser;
        browser.enter_code(purpose, &code).await.expect_step();
    }
}

/// Tests docs/security.md#otp-03, docs/security.md#sm-09, docs/security.md#otp-13.
async fn code_of_one_flow_is_refused_by_another_flow(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let other_user = User {
        phone: ann.phone.clone(),
        ..User::with_unique_details()
    };
    let mut signing_in = app.new_browser();
    signing_in.sign_in_until_code(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let mut registering = app.new_browser();
    let second = registering.register_until_code(&app, &other_user).await;
    registering
        .enter_code(Purpose::Registration, &second)
        .await
        .expect_step();
    let reply = signing_in.enter_code(Purpose::SignIn, &second).await;
    assert!(reply.is_refused());
    assert_eq!(app.open_database().await.count_sessions().await, 0);
    app.skip_resend_cooldown().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    signing_in
        .send_code(Purpose::SignIn)
        .await
        .expect_code_entry();
    let own = phone.next_code().await;
    signing_in
        .enter_code(Purpose::SignIn, &own)
        .await
        .expect_step();
}

/// Tests docs/security.md#sm-11.
async fn repeated_cancellation_of_a_flow_succeeds(database: Database) {
    let app = TestApp::start(database).await;
    for purpose in [Purpose::Registration, Purpose::SignIn] {
        let first = app.new_browser().cancel_flow(purpose).await;
        let (mut browser, _) = browser_in_state(&app, purpose, State::Awaiting).await;
        let held = browser.cookies.clone();
        let second = browser.cancel_flow(purpose).await;
        browser.cookies = held;
        let third = browser.cancel_flow(purpose).await;
        assert_eq!(first.expect_step(), second.expect_step());
        assert_eq!(second.response.text(), third.response.text());
    }
    let cancelled = "SELECT COUNT(*) FROM audit_events WHERE event = 'flow_cancelled'";
    assert_eq!(app.open_database().await.read_number(cancelled).await, 2);
}
