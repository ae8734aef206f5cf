//! The change of name and username on the profile.

use domain::{Field, Problem, Step};

use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    name_and_username_are_changed_and_the_holder_is_notified,
    change_needs_a_step_up_and_valid_names,
    taken_username_is_refused_and_such_answers_are_limited,
    username_is_changed_three_times_a_day,
    names_are_changed_without_scripts,
];

async fn signed_in(app: &TestApp, user: &User) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(app, user).await;
    browser
}

async fn name_and_username_are_changed_and_the_holder_is_notified(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = signed_in(&app, &ann).await;
    let profile = browser.page("/profile").await.text();
    assert!(profile.contains("href=\"/profile/name\""), "{profile}");
    let page = browser.page("/profile/name").await.text();
    assert!(page.contains(&ann.full_name), "{page}");
    assert!(page.contains(&ann.username), "{page}");
    // A new name alone needs no notification.
    let name = call::new_names("Ann Other", &ann.username);
    assert_eq!(browser.call(&name).await.step(), Step::NamesChanged);
    let both = call::new_names("Ann Other", &format!("New.{}", ann.username));
    assert_eq!(browser.call(&both).await.step(), Step::NamesChanged);
    let profile = browser.page("/profile").await.text();
    assert!(profile.contains("Your changes are saved."), "{profile}");
    assert!(profile.contains("Ann Other"), "{profile}");
    let subject = "Your username was changed";
    app.mail_with_subject(&ann.email, subject).await;
    app.wait_for_outbox().await;
    assert_eq!(app.count_mails(&ann.email, subject).await, 1);
    let mut other = app.browser();
    let new = format!("new.{}", ann.username);
    assert!(other.password_is_accepted(&new, &ann.password).await);
    assert!(
        !other
            .password_is_accepted(&ann.username, &ann.password)
            .await
    );
    let history = browser.page("/profile/history").await.text();
    assert!(history.contains("Username changed"), "{history}");
}

/// docs/security.md#ses-08
async fn change_needs_a_step_up_and_valid_names(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let change = call::new_names("Ann Other", "another");
    let stranger = app.browser().call(&change).await;
    assert_eq!(stranger.problem(), Problem::FlowEnded);
    let mut browser = signed_in(&app, &ann).await;
    let invalid = browser.call(&call::new_names(" ", "a b")).await.refusal();
    assert_eq!(
        invalid.first_problem_of(Field::FullName),
        Some(&Problem::Missing)
    );
    let username = invalid.first_problem_of(Field::Username);
    assert_eq!(username, Some(&Problem::UsernameInvalid));
    app.simulator.advance(301).await;
    let late = browser.call(&change).await;
    assert_eq!(late.problem(), Problem::StepUpNeeded);
    let page = browser.page("/profile/name").await.text();
    assert!(page.contains("confirm that it is you"), "{page}");
}

/// docs/security.md#enum-02
async fn taken_username_is_refused_and_such_answers_are_limited(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let bob = app.member().await;
    let mut browser = signed_in(&app, &ann).await;
    let taken = call::new_names(&ann.full_name, &bob.username.to_uppercase());
    for _ in 0..5 {
        let refused = browser.call(&taken).await.problem();
        assert_eq!(refused, Problem::UsernameTaken);
    }
    let stopped = browser.call(&taken).await;
    assert_eq!(stopped.response.status, 503);
    let free = call::new_names(&ann.full_name, "certainly.free");
    assert_eq!(browser.call(&free).await.response.status, 503);
}

async fn username_is_changed_three_times_a_day(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = signed_in(&app, &ann).await;
    for number in 0..3 {
        let change = call::new_names(&ann.full_name, &format!("name.{number}"));
        assert_eq!(browser.call(&change).await.step(), Step::NamesChanged);
    }
    let back = call::new_names(&ann.full_name, &ann.username);
    let stopped = browser.call(&back).await.problem();
    assert!(matches!(stopped, Problem::ChangeWait { .. }), "{stopped:?}");
    // The name itself, and the case of the username, are free.
    let case = call::new_names("Ann Other", "NAME.2");
    assert_eq!(browser.call(&case).await.step(), Step::NamesChanged);
}

async fn names_are_changed_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = signed_in(&app, &ann).await.without_scripts();
    let invalid = browser.call(&call::new_names("Ann Other", "a b")).await;
    assert_eq!(invalid.location(), "/profile/name");
    let page = browser.page("/profile/name").await.text();
    assert!(page.contains("Use 3 to 64 letters"), "{page}");
    assert!(page.contains("value=\"Ann Other\""), "{page}");
    let changed = browser
        .call(&call::new_names("Ann Other", "ann.other"))
        .await;
    assert_eq!(changed.location(), "/profile");
}
