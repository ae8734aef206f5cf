//! The authenticator app: enrolment, use, replacement, removal.

use domain::{Problem, Purpose, Step};

use crate::support::authenticator::PAGE;
use crate::support::{Database, TestApp, call, invalid_code_text, on_both_databases};

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
    let ann = app.register_user().await;
    let (mut browser, mut other) = (app.new_browser(), app.new_browser());
    other.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
    let page = browser.load_page(PAGE).await;
    assert!(page.text().contains("Set up authenticator app"));
    assert_eq!(page.header("cache-control"), Some("no-store"));

    let authenticator = browser.begin_authenticator_set_up(&app).await;
    assert_eq!(authenticator.secret.len() * 8, 160);
    let page = browser.load_page(PAGE).await.text();
    let uri = format!(
        "otpauth://totp/Sallyport:{}?secret={}&amp;issuer=Sallyport&amp;algorithm=SHA1&amp;digits=6&amp;period=30",
        ann.username, authenticator.key
    );
    assert!(page.contains(&uri), "{page}");
    assert!(page.contains("<svg") && !page.contains("style="), "{page}");
    // The app is not enrolled yet.
    let mut signing_in = app.new_browser();
    signing_in.begin_sign_in(&ann).await;
    let refused = signing_in.submit_form(&call::choose_method("totp")).await;
    assert_eq!(refused.expect_problem(), Problem::MethodUnavailable);

    let code = authenticator.current_code().await;
    let refused = browser.confirm_authenticator("12 34").await;
    assert_eq!(
        refused.expect_problem(),
        Problem::MalformedCode { digits: 6 }
    );
    let wrong = authenticator.wrong_code().await;
    for _ in 0..2 {
        let refused = browser.confirm_authenticator(&wrong).await;
        assert_eq!(
            refused.visible_error_text(),
            "Invalid code. 4 attempts remaining."
        );
    }
    let before = browser.session_token();
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let step = browser.confirm_authenticator(&spaced).await;
    assert_eq!(step.expect_step(), Step::AuthenticatorAdded);
    assert_ne!(browser.session_token(), before, "a new token");
    let page = browser.load_page(PAGE).await.text();
    assert!(page.contains("Your authenticator app is set up."), "{page}");
    assert!(
        page.contains("Replace") && page.contains("Remove"),
        "{page}"
    );

    assert!(browser.is_signed_in().await);
    assert!(!other.is_signed_in().await, "other sessions end");
    let probe = app.open_database().await;
    assert_eq!(
        probe.read_number(NOTIFIED).await,
        2,
        "a mail and a text message"
    );
    let audit = "SELECT COUNT(*) FROM audit_events WHERE event LIKE 'authenticator_%'";
    assert_eq!(probe.read_number(audit).await, 3, "begun, refused, added");
    app.simulator.advance_clock(60).await;
    let code = authenticator.current_code().await;
    assert_eq!(
        app.sign_in_with_totp_code(&ann, &code).await.expect_step(),
        Step::Dashboard
    );
}

/// Tests docs/security.md#totp-04, docs/security.md#totp-07.
async fn five_wrong_codes_discard_the_authenticator_key(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let authenticator = browser.begin_authenticator_set_up(&app).await;
    app.simulator.advance_to_next_totp_step().await;
    let code = authenticator.current_code().await;
    for left in (1..5).rev() {
        let wrong = authenticator.wrong_code().await;
        let reply = browser.confirm_authenticator(&wrong).await;
        let says = invalid_code_text(left);
        assert_eq!(reply.visible_error_text(), says);
    }
    let wrong = authenticator.wrong_code().await;
    let reply = browser.confirm_authenticator(&wrong).await;
    assert_eq!(reply.expect_problem(), Problem::AuthenticatorVoided);
    let reply = browser.confirm_authenticator(&code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    assert!(browser.read_authenticator_key(&app).await.is_none());
    // A new set-up has a new key and the full number of attempts.
    let again = browser.begin_authenticator_set_up(&app).await;
    assert_ne!(again.key, authenticator.key);
    let code = again.current_code().await;
    browser.confirm_authenticator(&code).await.expect_step();
}

/// Tests docs/security.md#totp-07.
async fn authenticator_key_waits_ten_minutes_for_its_first_code(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let first = browser.begin_authenticator_set_up(&app).await;
    app.simulator.advance_clock(601).await;
    browser.complete_step_up(&app, &ann).await;
    assert!(browser.read_authenticator_key(&app).await.is_none());
    let code = first.current_code().await;
    let reply = browser.confirm_authenticator(&code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);

    // A step-up in between changes the token of the session, but not the session.
    let second = browser.begin_authenticator_set_up(&app).await;
    app.simulator.advance_clock(550).await;
    browser.complete_step_up(&app, &ann).await;
    let shown = browser.read_authenticator_key(&app).await;
    assert_eq!(shown.map(|app| app.key).as_ref(), Some(&second.key));
    let code = second.current_code().await;
    let reply = browser.confirm_authenticator(&code).await;
    assert_eq!(reply.expect_step(), Step::AuthenticatorAdded);
}

/// Tests docs/security.md#totp-06, docs/security.md#totp-07.
async fn other_session_neither_sees_nor_confirms_the_authenticator_key(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (mut browser, mut other) = (app.new_browser(), app.new_browser());
    other.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
    let authenticator = browser.begin_authenticator_set_up(&app).await;
    assert!(other.read_authenticator_key(&app).await.is_none());
    let code = authenticator.current_code().await;
    for attempt in [
        call::confirm_authenticator(&code),
        call::remove_authenticator(),
    ] {
        let reply = other.submit_form(&attempt).await;
        assert_eq!(
            reply.expect_problem(),
            Problem::FlowEnded,
            "{}",
            attempt.path
        );
    }
    other
        .submit_form(&call::cancel_authenticator())
        .await
        .expect_step();
    // A session of another account does not see the key either.
    let bob = app.register_user().await;
    let mut stranger = app.new_browser();
    stranger.sign_in(&app, &bob).await;
    let code = authenticator.current_code().await;
    let reply = stranger.confirm_authenticator(&code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    browser.confirm_authenticator(&code).await.expect_step();
}

/// Tests docs/security.md#totp-08.
async fn old_authenticator_works_until_the_new_one_is_confirmed(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, old) = app.register_user_with_authenticator().await;
    let new = browser.begin_authenticator_set_up(&app).await;
    assert_ne!(new.key, old.key);
    let page = browser.load_page(PAGE).await.text();
    assert!(page.contains("Your current app works until"), "{page}");
    let code = new.current_code().await;
    assert!(app.sign_in_with_totp_code(&ann, &code).await.is_refused());
    let mut by_old = app.sign_in_until_totp_code(&ann).await;
    let code = old.current_code().await;
    by_old
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();

    // Otherwise the second message could be merged into the first one.
    app.wait_for_empty_outbox().await;
    let code = new.current_code().await;
    browser.confirm_authenticator(&code).await.expect_step();
    assert!(!by_old.is_signed_in().await, "other sessions end");
    app.simulator.advance_clock(30).await;
    let code = old.current_code().await;
    assert!(app.sign_in_with_totp_code(&ann, &code).await.is_refused());
    let code = new.current_code().await;
    app.sign_in_with_totp_code(&ann, &code).await.expect_step();
    assert_eq!(
        app.open_database().await.read_number(NOTIFIED).await,
        4,
        "notified twice"
    );
}

/// Tests docs/security.md#totp-08.
async fn removing_the_authenticator_ends_other_sessions_and_notifies_the_holder(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, authenticator) = app.register_user_with_authenticator().await;
    let mut other = app.sign_in_until_totp_code(&ann).await;
    let code = authenticator.current_code().await;
    other.enter_code(Purpose::SignIn, &code).await.expect_step();
    let mut waiting = app.sign_in_until_totp_code(&ann).await;
    let page = browser
        .load_page("/profile/authenticator?remove")
        .await
        .text();
    assert!(page.contains("Remove your authenticator app?"), "{page}");

    let step = browser
        .submit_form(&call::remove_authenticator())
        .await
        .expect_step();
    assert_eq!(step, Step::AuthenticatorRemoved);
    let page = browser.load_page(PAGE).await.text();
    assert!(page.contains("has been removed"), "{page}");
    assert!(browser.is_signed_in().await);
    assert!(!other.is_signed_in().await);
    app.simulator.advance_clock(30).await;
    let code = authenticator.current_code().await;
    assert!(
        waiting
            .enter_code(Purpose::SignIn, &code)
            .await
            .is_refused()
    );
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(UNAUDITED_FAILURES).await, 2);
    let rows = "SELECT COUNT(*) FROM authenticators";
    assert_eq!(probe.read_number(rows).await, 0);
    let reply = browser.submit_form(&call::remove_authenticator()).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    app.skip_resend_cooldown().await;
    app.new_browser().sign_in(&app, &ann).await;
}

/// Tests docs/security.md#totp-08.
async fn last_method_cannot_be_removed(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut browser, _) = app.register_user_with_authenticator().await;
    app.execute_sql("UPDATE accounts SET phone_verified_at = 0")
        .await;
    let reply = browser.submit_form(&call::remove_authenticator()).await;
    assert_eq!(reply.expect_problem(), Problem::OnlyMethod);
    let probe = app.open_database().await;
    let rows = "SELECT COUNT(*) FROM authenticators WHERE secret <> ''";
    assert_eq!(probe.read_number(rows).await, 1);
}

/// Without scripts, a form post redirects, and the next page shows the errors.
async fn registration_and_sign_in_work_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let mut browser = browser.without_scripts();
    let answer = browser.submit_form(&call::begin_authenticator()).await;
    assert_eq!(answer.redirect_path(), PAGE);
    let authenticator = browser.read_authenticator_key(&app).await.expect("a key");
    let wrong = authenticator.wrong_code().await;
    let answer = browser.confirm_authenticator(&wrong).await;
    assert_eq!(answer.redirect_path(), PAGE);
    let page = browser.load_page(PAGE).await.text();
    assert!(page.contains("4 attempts remaining"), "{page}");
    assert!(page.contains(&authenticator.key[..4]), "{page}");
    let answer = browser.submit_form(&call::cancel_authenticator()).await;
    assert_eq!(answer.redirect_path(), PAGE);
    assert!(browser.read_authenticator_key(&app).await.is_none());

    browser.submit_form(&call::begin_authenticator()).await;
    let authenticator = browser.read_authenticator_key(&app).await.expect("a key");
    let code = authenticator.current_code().await;
    let answer = browser.confirm_authenticator(&code).await;
    assert_eq!(answer.redirect_path(), PAGE);
    let page = browser.load_page(PAGE).await.text();
    assert!(page.contains("Your authenticator app is set up."), "{page}");
    let answer = browser.submit_form(&call::remove_authenticator()).await;
    assert_eq!(answer.redirect_path(), PAGE);
    let page = browser.load_page(PAGE).await.text();
    assert!(page.contains("Set up authenticator app"), "{page}");
}
