//! The change of name and username on the profile.

use domain::{Field, Problem, Step};

use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    name_and_username_are_changed_and_the_holder_is_notified,
    change_of_names_needs_a_step_up_and_valid_names,
    taken_username_is_refused_and_the_number_of_such_answers_is_limited,
    username_can_be_changed_three_times_a_day,
    names_are_changed_without_scripts,
];

/// Signs in a new browser.
async fn sign_in_browser(app: &TestApp, user: &User) -> Browser {
    let mut browser = app.new_browser();
    browser.sign_in(app, user).await;
    browser
}

async fn name_and_username_are_changed_and_the_holder_is_notified(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    let profile = browser.load_page("/profile").await.text();
    assert!(profile.contains("href=\"/profile/name\""), "{profile}");
    let page = browser.load_page("/profile/name").await.text();
    assert!(page.contains(&ann.full_name), "{page}");
    assert!(page.contains(&ann.username), "{page}");
    // A new full name with the same username causes no notification.
    let name = call::change_names("Ann Other", &ann.username);
    assert_eq!(
        browser.submit_form(&name).await.expect_step(),
        Step::NamesChanged
    );
    let both = call::change_names("Ann Other", &format!("New.{}", ann.username));
    assert_eq!(
        browser.submit_form(&both).await.expect_step(),
        Step::NamesChanged
    );
    let profile = browser.load_page("/profile").await.text();
    assert!(profile.contains("Your changes are saved."), "{profile}");
    assert!(profile.contains("Ann Other"), "{profile}");
    let subject = "Your username was changed";
    app.wait_for_mail(&ann.email, subject).await;
    app.wait_for_empty_outbox().await;
    assert_eq!(app.count_mails(&ann.email, subject).await, 1);
    let mut other = app.new_browser();
    let new = format!("new.{}", ann.username);
    assert!(other.is_password_accepted(&new, &ann.password).await);
    assert!(
        !other
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
    let history = browser.load_page("/profile/history").await.text();
    assert!(history.contains("Username changed"), "{history}");
}

/// Tests docs/security.md#ses-08.
async fn change_of_names_needs_a_step_up_and_valid_names(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let change = call::change_names("Ann Other", "another");
    let stranger = app.new_browser().submit_form(&change).await;
    assert_eq!(stranger.expect_problem(), Problem::FlowEnded);
    let mut browser = sign_in_browser(&app, &ann).await;
    let invalid = browser
        .submit_form(&call::change_names(" ", "a b"))
        .await
        .expect_errors();
    assert_eq!(
        invalid.first_problem_of(Field::FullName),
        Some(&Problem::Missing)
    );
    let username = invalid.first_problem_of(Field::Username);
    assert_eq!(username, Some(&Problem::UsernameInvalid));
    app.simulator.advance_clock(301).await;
    let late = browser.submit_form(&change).await;
    assert_eq!(late.expect_problem(), Problem::StepUpNeeded);
    let page = browser.load_page("/profile/name").await.text();
    assert!(page.contains("confirm that it is you"), "{page}");
}

/// Tests docs/security.md#enum-02.
async fn taken_username_is_refused_and_the_number_of_such_answers_is_limited(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let bob = app.register_user().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    let taken = call::change_names(&ann.full_name, &bob.username.to_uppercase());
    for _ in 0..5 {
        let refused = browser.submit_form(&taken).await.expect_problem();
        assert_eq!(refused, Problem::UsernameTaken);
    }
    let stopped = browser.submit_form(&taken).await;
    assert_eq!(stopped.response.status, 429);
    let free = call::change_names(&ann.full_name, "certainly.free");
    assert_eq!(browser.submit_form(&free).await.response.status, 429);
}

async fn username_can_be_changed_three_times_a_day(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    for number in 0..3 {
        let change = call::change_names(&ann.full_name, &format!("name.{number}"));
        assert_eq!(
            browser.submit_form(&change).await.expect_step(),
            Step::NamesChanged
        );
    }
    let back = call::change_names(&ann.full_name, &ann.username);
    let stopped = browser.submit_form(&back).await.expect_problem();
    assert!(matches!(stopped, Problem::ChangeWait { .. }), "{stopped:?}");
    // Changes of the full name and of letter case in the username do not count.
    let case = call::change_names("Ann Other", "NAME.2");
    assert_eq!(
        browser.submit_form(&case).await.expect_step(),
        Step::NamesChanged
    );
}

async fn names_are_changed_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = sign_in_browser(&app, &ann).await.without_scripts();
    let invalid = browser
        .submit_form(&call::change_names("Ann Other", "a b"))
        .await;
    assert_eq!(invalid.redirect_path(), "/profile/name");
    let page = browser.load_page("/profile/name").await.text();
    assert!(page.contains("Use 3 to 64 letters"), "{page}");
    assert!(page.contains("value=\"Ann Other\""), "{page}");
    let changed = browser
        .submit_form(&call::change_names("Ann Other", "ann.other"))
        .await;
    assert_eq!(changed.redirect_path(), "/profile");
}
