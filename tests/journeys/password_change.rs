//! The change of the password on the profile.

use domain::{Field, Problem, ProtectedArea, Purpose, Step};

use crate::support::password_reset::reset_link_path;
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![
    password_is_changed_and_other_sessions_end,
    password_change_needs_a_step_up_and_the_current_password,
    password_is_changed_without_scripts,
    password_changes_of_one_account_are_limited_and_do_not_affect_other_accounts,
];

const NEW: &str = "a quite different 88 phrase";

async fn password_is_changed_and_other_sessions_end(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut other) = app.sign_in_new_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let token = app.request_reset_token(&ann).await;
    let profile = browser.load_page("/profile").await.text();
    assert!(profile.contains("href=\"/profile/password\""), "{profile}");
    let page = browser.load_page("/profile/password").await.text();
    assert!(page.contains("Current password"), "{page}");
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let before = browser.session_token();
    let change = call::change_password(&ann.password, NEW);
    let step = browser.submit_form(&change).await.expect_step();
    assert_eq!(step, Step::PasswordChanged);
    assert_ne!(
        browser.session_token(),
        before,
        "the session has a new token"
    );
    assert!(browser.is_signed_in().await);
    assert!(!other.is_signed_in().await);
    let text = phone.next_notification().await;
    assert!(
        text.contains("password of your account was changed"),
        "{text}"
    );
    assert_eq!(
        browser.load_page(&reset_link_path(&token)).await.status,
        410
    );
    assert!(
        !app.new_browser()
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
    app.skip_resend_cooldown().await;
    let changed = User {
        password: NEW.to_owned(),
        ..ann
    };
    app.new_browser().sign_in(&app, &changed).await;
}

/// Tests docs/security.md#ses-08.
async fn password_change_needs_a_step_up_and_the_current_password(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let change = call::change_password(&ann.password, NEW);
    let stranger = app.new_browser().submit_form(&change).await;
    assert_eq!(stranger.expect_problem(), Problem::FlowEnded);
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let wrong = browser
        .submit_form(&call::change_password("not the password", NEW))
        .await;
    let refusal = wrong.expect_errors();
    let problem = refusal.first_problem_of(Field::CurrentPassword);
    assert_eq!(problem, Some(&Problem::PasswordWrong));
    let weak = browser
        .submit_form(&call::change_password(&ann.password, "password1"))
        .await;
    assert_eq!(weak.expect_problem(), Problem::PasswordCommon);
    app.simulator.advance_clock(301).await;
    let late = browser.submit_form(&change).await;
    assert_eq!(late.expect_problem(), Problem::StepUpNeeded);
    let page = browser.load_page("/profile/password").await.text();
    assert!(page.contains("confirm that it is you"), "{page}");
    let step_up = call::begin_step_up_for("password", &ann.password);
    browser.submit_form(&step_up).await.expect_step();
    let code = browser.request_sms_code(&app, Purpose::StepUp, &ann).await;
    let step = browser
        .enter_code(Purpose::StepUp, &code)
        .await
        .expect_step();
    let area = ProtectedArea::Password;
    assert_eq!(step, Step::ProtectedAreaOpened { area });
    assert_eq!(
        browser.submit_form(&change).await.expect_step(),
        Step::PasswordChanged
    );
}

/// Tests docs/security.md#lim-04.
async fn password_changes_of_one_account_are_limited_and_do_not_affect_other_accounts(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let mut current = ann.password.clone();
    for number in 0..10 {
        let next = format!("{NEW} {number}");
        let change = call::change_password(&current, &next);
        let step = browser.submit_form(&change).await.expect_step();
        assert_eq!(step, Step::PasswordChanged, "{number}");
        current = next;
    }
    let refused = browser
        .submit_form(&call::change_password(&current, NEW))
        .await;
    assert_eq!(refused.response.status, 429, "{}", refused.response.text());
    app.skip_resend_cooldown().await;
    let mut other = app.new_browser();
    other.sign_in(&app, &bob).await;
    let change = call::change_password(&bob.password, NEW);
    assert_eq!(
        other.submit_form(&change).await.expect_step(),
        Step::PasswordChanged
    );
    // The refused change left the password, and the session can change it an hour later.
    app.simulator.advance_clock(3600).await;
    let changed = User {
        password: current,
        ..ann
    };
    app.new_browser().sign_in(&app, &changed).await;
}

async fn password_is_changed_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let mut browser = browser.without_scripts();
    let wrong = browser
        .submit_form(&call::change_password("not the password", NEW))
        .await;
    assert_eq!(wrong.redirect_path(), "/profile/password");
    let page = browser.load_page("/profile/password").await.text();
    assert!(page.contains("Incorrect password"), "{page}");
    let changed = browser
        .submit_form(&call::change_password(&ann.password, NEW))
        .await;
    assert_eq!(changed.redirect_path(), "/profile");
    let page = browser.load_page("/profile").await.text();
    assert!(page.contains("Your password has been changed"), "{page}");
}
