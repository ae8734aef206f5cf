//! Flow tokens: what they open, and when they expire.

use domain::{Purpose, Step};

use super::order::{State, driven};
use crate::support::{Browser, Database, DatabaseProbe, TestApp, User, call, on_both_databases};

on_both_databases![
    completed_flow_token_is_refused_even_after_a_restart,
    cancelled_flow_token_is_refused_and_its_wait_for_cancelled_code_at_the_provider,
    superseded_flow_token_is_refused,
    flow_token_of_one_purpose_is_refused_for_another,
    code_of_one_flow_is_refused_by_another_flow,
    cancel_is_idempotent,
];

/// Every call with this browser's old cookies is refused and changes nothing.
async fn opens_nothing(app: &TestApp, probe: &DatabaseProbe, old: &Browser, code: &str) {
    let (before, calls) = (probe.dump().await, app.simulator.ledger().await.len());
    for purpose in [Purpose::Registration, Purpose::SignIn] {
        for call in call::calls_with_a_flow_token(purpose, code) {
            let mut browser = old.clone();
            browser.address = app.address;
            let reply = browser.call(&call).await;
            let cancels = call.path.ends_with("/cancel");
            assert!(cancels || reply.is_refused(), "{}", call.path);
            assert_eq!(browser.session(), old.session(), "{}", call.path);
        }
    }
    assert_eq!(before, probe.dump().await);
    assert_eq!(calls, app.simulator.ledger().await.len());
}

/// Tests docs/security.md#sm-06, docs/security.md#dur-01.
async fn completed_flow_token_is_refused_even_after_a_restart(database: Database) {
    let mut app = TestApp::on(database)
        .with_separate_simulator()
        .start()
        .await;
    let probe = app.probe().await;
    let ann = User::new();
    let mut browser = app.browser();
    let first = browser.register_up_to_the_code(&app, &ann).await;
    let registering = browser.clone();
    browser
        .enter_code(Purpose::Registration, &first)
        .await
        .step();
    let second = browser.sign_in_up_to_the_code(&app, &ann).await;
    let signing_in = browser.clone();
    browser.enter_code(Purpose::SignIn, &second).await.step();
    opens_nothing(&app, &probe, &registering, &first).await;
    opens_nothing(&app, &probe, &signing_in, &second).await;
    app.process.kill().await;
    app.restart().await;
    // The cleanup at the start deletes empty limits.
    let empty = "SELECT COUNT(*) FROM limit_buckets WHERE expires_at = 0";
    probe.wait_for_number(empty, 0).await;
    opens_nothing(&app, &probe, &registering, &first).await;
    opens_nothing(&app, &probe, &signing_in, &second).await;
}

/// Tests docs/security.md#sm-06, docs/security.md#sm-11.
async fn cancelled_flow_token_is_refused_and_its_wait_for_cancelled_code_at_the_provider(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let probe = app.probe().await;
    let ann = app.member().await;
    let mut browser = app.browser();
    let code = browser.sign_in_up_to_the_code(&app, &ann).await;
    let old = browser.clone();
    assert_eq!(browser.cancel(Purpose::SignIn).await.step(), Step::SignIn);
    assert_eq!(browser.flow_token(Purpose::SignIn), None);
    app.simulator.wait_for_cancelled_code().await;
    opens_nothing(&app, &probe, &old, &code).await;
    assert_eq!(probe.sessions().await, 0);
    app.skip_resend_cooldown().await;
    let fresh = browser.sign_in_up_to_the_code(&app, &ann).await;
    browser.enter_code(Purpose::SignIn, &fresh).await.step();
}

/// Tests docs/security.md#sm-06, docs/security.md#sm-10.
async fn superseded_flow_token_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.probe().await;
    let ann = app.member().await;
    let mut browser = app.browser();
    let code = browser.sign_in_up_to_the_code(&app, &ann).await;
    let old = browser.clone();
    browser
        .enter_password(&ann.username, &ann.password)
        .await
        .step();
    assert_ne!(
        old.flow_token(Purpose::SignIn),
        browser.flow_token(Purpose::SignIn)
    );
    app.simulator.wait_for_cancelled_code().await;
    opens_nothing(&app, &probe, &old, &code).await;
}

/// Tests docs/security.md#sm-04, docs/security.md#ses-03.
async fn flow_token_of_one_purpose_is_refused_for_another(database: Database) {
    let app = TestApp::start(database).await;
    let probe = app.probe().await;
    for purpose in [Purpose::Registration, Purpose::SignIn] {
        let (browser, code) = driven(&app, purpose, State::Awaiting).await;
        let handle = browser.flow_token(purpose).expect("a handle");
        let before = probe.dump().await;
        for other in Purpose::ALL.into_iter().filter(|other| *other != purpose) {
            let mut thief = app.browser();
            let cookie = call::flow_token_cookie(other).to_owned();
            thief.cookies.insert(cookie, handle.clone());
            thief
                .cookies
                .insert(call::SESSION_COOKIE.to_owned(), handle.clone());
            for call in [
                call::check(other, &code),
                call::send(other),
                call::entry(other),
            ] {
                assert!(thief.call(&call).await.is_refused(), "{other:?}");
            }
            thief.cancel(other).await.step();
            assert!(!thief.is_signed_in().await);
        }
        assert_eq!(before, probe.dump().await);
        let mut browser = browser;
        browser.enter_code(purpose, &code).await.step();
    }
}

/// Tests docs/security.md#otp-03, docs/security.md#sm-09, docs/security.md#otp-13.
async fn code_of_one_flow_is_refused_by_another_flow(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let twin = User {
        phone: ann.phone.clone(),
        ..User::new()
    };
    let mut signing_in = app.browser();
    signing_in.sign_in_up_to_the_code(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let mut registering = app.browser();
    let second = registering.register_up_to_the_code(&app, &twin).await;
    registering
        .enter_code(Purpose::Registration, &second)
        .await
        .step();
    let reply = signing_in.enter_code(Purpose::SignIn, &second).await;
    assert!(reply.is_refused());
    assert_eq!(app.probe().await.sessions().await, 0);
    app.skip_resend_cooldown().await;
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_received_messages().await;
    signing_in.send_code(Purpose::SignIn).await.entry();
    let own = phone.next_code().await;
    signing_in.enter_code(Purpose::SignIn, &own).await.step();
}

/// Tests docs/security.md#sm-11.
async fn cancel_is_idempotent(database: Database) {
    let app = TestApp::start(database).await;
    for purpose in [Purpose::Registration, Purpose::SignIn] {
        let first = app.browser().cancel(purpose).await;
        let (mut browser, _) = driven(&app, purpose, State::Awaiting).await;
        let held = browser.cookies.clone();
        let second = browser.cancel(purpose).await;
        browser.cookies = held;
        let third = browser.cancel(purpose).await;
        assert_eq!(first.step(), second.step());
        assert_eq!(second.response.text(), third.response.text());
    }
    let cancelled = "SELECT COUNT(*) FROM audit_events WHERE event = 'flow_cancelled'";
    assert_eq!(app.probe().await.number(cancelled).await, 2);
}
