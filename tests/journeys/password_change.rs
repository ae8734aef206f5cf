//! The change of the password on the profile.

use domain::{Field, Problem, ProtectedArea, Purpose, Step};

use crate::support::password_reset::link_path;
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![
    password_is_changed_and_other_sessions_end,
    change_needs_a_step_up_and_the_current_password,
    password_is_changed_without_scripts,
    changes_of_one_account_are_limited_and_leave_others_alone,
];

const NEW: &str = "a quite different 88 phrase";

async fn password_is_changed_and_other_sessions_end(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut other = app.browser();
    other.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    let token = app.reset_token(&ann).await;
    let profile = browser.page("/profile").await.text();
    assert!(profile.contains("href=\"/profile/password\""), "{profile}");
    let page = browser.page("/profile/password").await.text();
    assert!(page.contains("Current password"), "{page}");
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_received_messages().await;
    let before = browser.session();
    let change = call::change_password(&ann.password, NEW);
    let step = browser.call(&change).await.step();
    assert_eq!(step, Step::PasswordChanged);
    assert_ne!(browser.session(), before, "the session has a new token");
    assert!(browser.is_signed_in().await);
    assert!(!other.is_signed_in().await);
    let text = phone.next_notification().await;
    assert!(
        text.contains("password of your account was changed"),
        "{text}"
    );
    assert_eq!(browser.page(&link_path(&token)).await.status, 410);
    assert!(
        !app.browser()
            .password_is_accepted(&ann.username, &ann.password)
            .await
    );
    app.skip_resend_cooldown().await;
    let changed = User {
        password: NEW.to_owned(),
        ..ann
    };
    app.browser().sign_in(&app, &changed).await;
}

/// Tests docs/security.md#ses-08.
async fn change_needs_a_step_up_and_the_current_password(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let change = call::change_password(&ann.password, NEW);
    let stranger = app.browser().call(&change).await;
    assert_eq!(stranger.problem(), Problem::FlowEnded);
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    let wrong = browser
        .call(&call::change_password("not the password", NEW))
        .await;
    let refusal = wrong.refusal();
    let problem = refusal.first_problem_of(Field::CurrentPassword);
    assert_eq!(problem, Some(&Problem::PasswordWrong));
    let weak = browser
        .call(&call::change_password(&ann.password, "password1"))
        .await;
    assert_eq!(weak.problem(), Problem::PasswordCommon);
    app.simulator.advance(301).await;
    let late = browser.call(&change).await;
    assert_eq!(late.problem(), Problem::StepUpNeeded);
    let page = browser.page("/profile/password").await.text();
    assert!(page.contains("confirm that it is you"), "{page}");
    let step_up = call::step_up_for("password", &ann.password);
    browser.call(&step_up).await.step();
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_received_messages().await;
    let sms = call::method_of(Purpose::StepUp, "sms");
    browser.call(&sms).await.step();
    let code = phone.next_code().await;
    let step = browser.enter_code(Purpose::StepUp, &code).await.step();
    let area = ProtectedArea::Password;
    assert_eq!(step, Step::Opened { area });
    assert_eq!(browser.call(&change).await.step(), Step::PasswordChanged);
}

/// docs/security.md#lim-04
async fn changes_of_one_account_are_limited_and_leave_others_alone(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.member().await, app.member().await);
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    let mut current = ann.password.clone();
    for number in 0..10 {
        let next = format!("{NEW} {number}");
        let change = call::change_password(&current, &next);
        let step = browser.call(&change).await.step();
        assert_eq!(step, Step::PasswordChanged, "{number}");
        current = next;
    }
    let refused = browser.call(&call::change_password(&current, NEW)).await;
    assert_eq!(refused.response.status, 503, "{}", refused.response.text());
    app.skip_resend_cooldown().await;
    let mut other = app.browser();
    other.sign_in(&app, &bob).await;
    let change = call::change_password(&bob.password, NEW);
    assert_eq!(other.call(&change).await.step(), Step::PasswordChanged);
    // The refused change left the password, and the session can change it an hour later.
    app.simulator.advance(3600).await;
    let changed = User {
        password: current,
        ..ann
    };
    app.browser().sign_in(&app, &changed).await;
}

async fn password_is_changed_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    let mut browser = browser.without_scripts();
    let wrong = browser
        .call(&call::change_password("not the password", NEW))
        .await;
    assert_eq!(wrong.location(), "/profile/password");
    let page = browser.page("/profile/password").await.text();
    assert!(page.contains("Incorrect password"), "{page}");
    let changed = browser
        .call(&call::change_password(&ann.password, NEW))
        .await;
    assert_eq!(changed.location(), "/profile");
    let page = browser.page("/profile").await.text();
    assert!(page.contains("Your password has been changed"), "{page}");
}
