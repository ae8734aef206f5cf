//! The authenticator app: enrolment, use, replacement, removal.

use domain::{Problem, Purpose, Step};

use crate::support::authenticator::PAGE;
use crate::support::{Database, TestApp, call, invalid_code, on_both_databases, wrong_code};

on_both_databases![
    authenticator_app_is_enrolled_by_its_first_code,
    five_wrong_codes_discard_the_authenticator_key,
    authenticator_key_waits_ten_minutes_for_its_first_code,
    other_session_neither_sees_nor_confirms_the_authenticator_key,
    old_authenticator_works_until_the_new_one_is_confirmed,
    removing_the_authenticator_ends_other_sessions_and_notifies_the_holder,
    last_method_cannot_be_removed,
    registration_and_sign_in_work_without_scripts,
];

const NOTIFIED: &str = "SELECT COUNT(*) FROM outbox WHERE notice LIKE '%authenticator_added%'";
const UNAUDITED_FAILURES: &str =
    "SELECT COUNT(*) FROM outbox WHERE notice LIKE '%authenticator_removed%'";

/// Tests docs/security.md#totp-07, docs/security.md#totp-08.
async fn authenticator_app_is_enrolled_by_its_first_code(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let (mut browser, mut other) = (app.browser(), app.browser());
    other.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
    let page = browser.page(PAGE).await;
    assert!(page.text().contains("Set up authenticator app"));
    assert_eq!(page.header("cache-control"), Some("no-store"));

    let authenticator = browser.begin_authenticator(&app).await;
    assert_eq!(authenticator.secret.len() * 8, 160);
    let page = browser.page(PAGE).await.text();
    let uri = format!(
        "otpauth://totp/Sallyport:{}?secret={}&amp;issuer=Sallyport&amp;algorithm=SHA1&amp;digits=6&amp;period=30",
        ann.username, authenticator.key
    );
    assert!(page.contains(&uri), "{page}");
    assert!(page.contains("<svg") && !page.contains("style="), "{page}");
    // The app is not enrolled yet.
    let mut signing_in = app.browser();
    let reply = signing_in.enter_password(&ann.username, &ann.password);
    reply.await.step();
    let refused = signing_in.call(&call::method("totp")).await;
    assert_eq!(refused.problem(), Problem::MethodUnavailable);

    let code = authenticator.code().await;
    let refused = browser.confirm_authenticator("12 34").await;
    assert_eq!(refused.problem(), Problem::MalformedCode { digits: 6 });
    let wrong = wrong_code(&code);
    for _ in 0..2 {
        let refused = browser.confirm_authenticator(&wrong).await;
        assert_eq!(refused.error_text(), "Invalid code. 4 attempts remaining.");
    }
    let before = browser.session();
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let step = browser.confirm_authenticator(&spaced).await;
    assert_eq!(step.step(), Step::AuthenticatorAdded);
    assert_ne!(browser.session(), before, "a new token");
    let page = browser.page(PAGE).await.text();
    assert!(page.contains("Your authenticator app is set up."), "{page}");
    assert!(
        page.contains("Replace") && page.contains("Remove"),
        "{page}"
    );

    assert!(browser.is_signed_in().await);
    assert!(!other.is_signed_in().await, "other sessions end");
    let probe = app.probe().await;
    assert_eq!(probe.number(NOTIFIED).await, 2, "a mail and a text message");
    let audit = "SELECT COUNT(*) FROM audit_events WHERE event LIKE 'authenticator_%'";
    assert_eq!(probe.number(audit).await, 3, "begun, refused, added");
    app.simulator.advance(60).await;
    let code = authenticator.code().await;
    assert_eq!(
        app.sign_in_by_authenticator(&ann, &code).await.step(),
        Step::Dashboard
    );
}

/// Tests docs/security.md#totp-04, docs/security.md#totp-07.
async fn five_wrong_codes_discard_the_authenticator_key(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    let authenticator = browser.begin_authenticator(&app).await;
    app.simulator.advance_to_next_totp_step().await;
    let code = authenticator.code().await;
    for left in (1..5).rev() {
        let reply = browser.confirm_authenticator(&wrong_code(&code)).await;
        let says = invalid_code(left);
        assert_eq!(reply.error_text(), says);
    }
    let reply = browser.confirm_authenticator(&wrong_code(&code)).await;
    assert_eq!(reply.problem(), Problem::AuthenticatorVoided);
    let reply = browser.confirm_authenticator(&code).await;
    assert_eq!(reply.problem(), Problem::FlowEnded);
    assert!(browser.authenticator_key(&app).await.is_none());
    // A new set-up has a new key and the full number of attempts.
    let again = browser.begin_authenticator(&app).await;
    assert_ne!(again.key, authenticator.key);
    let code = again.code().await;
    browser.confirm_authenticator(&code).await.step();
}

/// Tests docs/security.md#totp-07.
async fn authenticator_key_waits_ten_minutes_for_its_first_code(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    let first = browser.begin_authenticator(&app).await;
    app.simulator.advance(601).await;
    browser.step_up(&app, &ann).await;
    assert!(browser.authenticator_key(&app).await.is_none());
    let code = first.code().await;
    let reply = browser.confirm_authenticator(&code).await;
    assert_eq!(reply.problem(), Problem::FlowEnded);

    // A step-up in between changes the token of the session, but not the session.
    let second = browser.begin_authenticator(&app).await;
    app.simulator.advance(550).await;
    browser.step_up(&app, &ann).await;
    let shown = browser.authenticator_key(&app).await;
    assert_eq!(shown.map(|app| app.key).as_ref(), Some(&second.key));
    let code = second.code().await;
    let reply = browser.confirm_authenticator(&code).await;
    assert_eq!(reply.step(), Step::AuthenticatorAdded);
}

/// Tests docs/security.md#totp-06, docs/security.md#totp-07.
async fn other_session_neither_sees_nor_confirms_the_authenticator_key(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let (mut browser, mut other) = (app.browser(), app.browser());
    other.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
    let authenticator = browser.begin_authenticator(&app).await;
    assert!(other.authenticator_key(&app).await.is_none());
    let code = authenticator.code().await;
    for attempt in [
        call::confirm_authenticator(&code),
        call::remove_authenticator(),
    ] {
        let reply = other.call(&attempt).await;
        assert_eq!(reply.problem(), Problem::FlowEnded, "{}", attempt.path);
    }
    other.call(&call::cancel_authenticator()).await.step();
    // A session of another account does not see the key either.
    let bob = app.member().await;
    let mut stranger = app.browser();
    stranger.sign_in(&app, &bob).await;
    let code = authenticator.code().await;
    let reply = stranger.confirm_authenticator(&code).await;
    assert_eq!(reply.problem(), Problem::FlowEnded);
    browser.confirm_authenticator(&code).await.step();
}

/// Tests docs/security.md#totp-08.
async fn old_authenticator_works_until_the_new_one_is_confirmed(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, old) = app.member_with_authenticator().await;
    let new = browser.begin_authenticator(&app).await;
    assert_ne!(new.key, old.key);
    let page = browser.page(PAGE).await.text();
    assert!(page.contains("Your current app works until"), "{page}");
    let code = new.code().await;
    assert!(app.sign_in_by_authenticator(&ann, &code).await.is_refused());
    let mut by_old = app.up_to_the_authenticator(&ann).await;
    let code = old.code().await;
    by_old.enter_code(Purpose::SignIn, &code).await.step();

    let code = new.code().await;
    browser.confirm_authenticator(&code).await.step();
    assert!(!by_old.is_signed_in().await, "other sessions end");
    app.simulator.advance(30).await;
    let code = old.code().await;
    assert!(app.sign_in_by_authenticator(&ann, &code).await.is_refused());
    let code = new.code().await;
    app.sign_in_by_authenticator(&ann, &code).await.step();
    assert_eq!(
        app.probe().await.number(NOTIFIED).await,
        4,
        "notified twice"
    );
}

/// Tests docs/security.md#totp-08.
async fn removing_the_authenticator_ends_other_sessions_and_notifies_the_holder(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, authenticator) = app.member_with_authenticator().await;
    let mut other = app.up_to_the_authenticator(&ann).await;
    let code = authenticator.code().await;
    other.enter_code(Purpose::SignIn, &code).await.step();
    let mut waiting = app.up_to_the_authenticator(&ann).await;
    let page = browser.page("/profile/authenticator?remove").await.text();
    assert!(page.contains("Remove your authenticator app?"), "{page}");

    let step = browser.call(&call::remove_authenticator()).await.step();
    assert_eq!(step, Step::AuthenticatorRemoved);
    let page = browser.page(PAGE).await.text();
    assert!(page.contains("has been removed"), "{page}");
    assert!(browser.is_signed_in().await);
    assert!(!other.is_signed_in().await);
    app.simulator.advance(30).await;
    let code = authenticator.code().await;
    assert!(
        waiting
            .enter_code(Purpose::SignIn, &code)
            .await
            .is_refused()
    );
    let probe = app.probe().await;
    assert_eq!(probe.number(UNAUDITED_FAILURES).await, 2);
    let rows = "SELECT COUNT(*) FROM authenticators";
    assert_eq!(probe.number(rows).await, 0);
    let reply = browser.call(&call::remove_authenticator()).await;
    assert_eq!(reply.problem(), Problem::FlowEnded);
    app.skip_resend_cooldown().await;
    app.browser().sign_in(&app, &ann).await;
}

/// Tests docs/security.md#totp-08.
async fn last_method_cannot_be_removed(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser, _) = app.member_with_authenticator().await;
    app.execute_sql("UPDATE accounts SET phone_verified_at = 0")
        .await;
    let reply = browser.call(&call::remove_authenticator()).await;
    assert_eq!(reply.problem(), Problem::OnlyMethod);
    let probe = app.probe().await;
    let rows = "SELECT COUNT(*) FROM authenticators WHERE secret <> ''";
    assert_eq!(probe.number(rows).await, 1);
}

/// Without scripts, a form post redirects, and the next page shows the errors.
async fn registration_and_sign_in_work_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    let mut browser = browser.without_scripts();
    let answer = browser.call(&call::begin_authenticator()).await;
    assert_eq!(answer.location(), PAGE);
    let authenticator = browser.authenticator_key(&app).await.expect("a key");
    let code = authenticator.code().await;
    let answer = browser.confirm_authenticator(&wrong_code(&code)).await;
    assert_eq!(answer.location(), PAGE);
    let page = browser.page(PAGE).await.text();
    assert!(page.contains("4 attempts remaining"), "{page}");
    assert!(page.contains(&authenticator.key[..4]), "{page}");
    let answer = browser.call(&call::cancel_authenticator()).await;
    assert_eq!(answer.location(), PAGE);
    assert!(browser.authenticator_key(&app).await.is_none());

    browser.call(&call::begin_authenticator()).await;
    let authenticator = browser.authenticator_key(&app).await.expect("a key");
    let code = authenticator.code().await;
    let answer = browser.confirm_authenticator(&code).await;
    assert_eq!(answer.location(), PAGE);
    let page = browser.page(PAGE).await.text();
    assert!(page.contains("Your authenticator app is set up."), "{page}");
    let answer = browser.call(&call::remove_authenticator()).await;
    assert_eq!(answer.location(), PAGE);
    let page = browser.page(PAGE).await.text();
    assert!(page.contains("Set up authenticator app"), "{page}");
}
