//! Step-up before a sensitive change.

use domain::{Problem, ProtectedArea, Purpose, Step};

use crate::support::{Database, TestApp, User, call, on_both_databases, wrong_code};

on_both_databases![
    step_up_is_required_five_minutes_after_sign_in,
    step_up_is_valid_for_five_minutes,
    stolen_session_alone_can_change_no_factor,
    step_up_works_without_scripts,
    page_that_requires_a_step_up_has_one_link_back_to_the_profile,
];

/// Tests docs/security.md#phn-01, docs/security.md#ses-03.
async fn step_up_is_required_five_minutes_after_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    app.simulator.advance_clock(301).await;
    let new = User::with_unique_details().phone;
    let refused = browser
        .submit_form(&call::begin_phone_change(&new))
        .await
        .expect_problem();
    assert_eq!(refused, Problem::StepUpNeeded);
    let page = browser.load_page("/profile/phone").await.text();
    assert!(page.contains("Change Phone Number"), "{page}");
    assert!(page.contains("Password"), "{page}");
    assert!(!page.contains("New phone number"), "{page}");

    let refused = browser
        .submit_form(&call::begin_step_up("not the password"))
        .await;
    assert_eq!(refused.expect_problem(), Problem::PasswordWrong);
    let step = browser
        .submit_form(&call::begin_step_up(&ann.password))
        .await
        .expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
    // The password alone does not complete the step-up.
    let refused = browser
        .submit_form(&call::begin_phone_change(&new))
        .await
        .expect_problem();
    assert_eq!(refused, Problem::StepUpNeeded);
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let chosen = call::choose_method_for(Purpose::StepUp, "sms");
    browser.submit_form(&chosen).await.expect_step();
    let code = phone.next_code().await;
    let page = browser.load_page("/profile/phone").await.text();
    assert!(page.contains("One-time code"), "{page}");
    let refused = browser
        .enter_code(Purpose::StepUp, &wrong_code(&code))
        .await;
    assert!(matches!(
        refused.expect_problem(),
        Problem::InvalidCode { .. }
    ));
    let before = browser.session_token();
    let step = browser
        .enter_code(Purpose::StepUp, &code)
        .await
        .expect_step();
    assert_eq!(
        step,
        Step::ProtectedAreaOpened {
            area: ProtectedArea::Phone
        }
    );
    assert_ne!(browser.session_token(), before, "a new token");
    let page = browser.load_page("/profile/phone").await.text();
    assert!(page.contains("New phone number"), "{page}");
    browser
        .submit_form(&call::begin_phone_change(&new))
        .await
        .expect_step();
}

/// Tests docs/security.md#phn-01.
async fn step_up_is_valid_for_five_minutes(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    // The clock also runs while the requests are processed, on a busy machine for several seconds.
    app.simulator.advance_clock(270).await;
    let number = User::with_unique_details().phone;
    browser
        .submit_form(&call::begin_phone_change(&number))
        .await
        .expect_step();
    app.simulator.advance_clock(31).await;
    let other = User::with_unique_details().phone;
    let refused = browser
        .submit_form(&call::begin_phone_change(&other))
        .await
        .expect_problem();
    assert_eq!(refused, Problem::StepUpNeeded);
    assert_eq!(
        app.simulator.phone_with_number(&other).count_codes().await,
        0
    );
}

/// Tests docs/security.md#phn-01. An attacker has the session cookie, but neither password nor phone.
async fn stolen_session_alone_can_change_no_factor(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    app.simulator.advance_clock(301).await;
    let sent = app.simulator.list_calls_of("create").await.len();
    let new_phone = User::with_unique_details().phone;
    let mut attacker = app.new_browser();
    attacker.cookies = browser.cookies.clone();
    for attempt in [
        call::begin_phone_change(&new_phone),
        call::confirm_phone_change(),
        call::choose_method_for(Purpose::StepUp, "sms"),
        call::request_code(Purpose::StepUp),
        call::submit_code(Purpose::StepUp, "000000"),
        call::begin_step_up("a guess"),
        call::request_code(Purpose::PhoneChange),
    ] {
        attacker.submit_form(&attempt).await;
    }
    assert_eq!(app.simulator.list_calls_of("create").await.len(), sent);
    let probe = app.open_database().await;
    assert_eq!(
        probe.read_text("SELECT phone FROM accounts").await,
        ann.phone
    );
}

async fn step_up_works_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    app.simulator.advance_clock(301).await;
    let mut browser = browser.without_scripts();
    let answer = browser
        .submit_form(&call::begin_step_up("not the password"))
        .await;
    assert_eq!(answer.redirect_path(), "/profile/phone");
    let page = browser.load_page("/profile/phone").await.text();
    assert!(page.contains("Incorrect password"), "{page}");
    let answer = browser
        .submit_form(&call::begin_step_up(&ann.password))
        .await;
    assert_eq!(answer.redirect_path(), "/profile/confirm");
    let page = browser.load_page("/profile/confirm").await;
    assert_eq!(page.header("location"), Some("/profile/phone"));
    let page = browser.load_page("/profile/phone").await.text();
    assert!(page.contains("Choose Verification Method"), "{page}");
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let chosen = call::choose_method_for(Purpose::StepUp, "sms");
    browser.submit_form(&chosen).await;
    let code = phone.next_code().await;
    let answer = browser.enter_code(Purpose::StepUp, &code).await;
    assert_eq!(answer.redirect_path(), "/profile/phone");
    let page = browser.load_page("/profile/phone").await.text();
    assert!(page.contains("New phone number"), "{page}");
}

async fn page_that_requires_a_step_up_has_one_link_back_to_the_profile(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    app.simulator.advance_clock(301).await;
    for path in [
        "/profile/phone",
        "/profile/authenticator",
        "/profile/recovery-codes",
        "/profile/password",
        "/profile/name",
        "/profile/export",
        "/profile/delete",
    ] {
        let page = browser.load_page(path).await.text();
        assert!(page.contains("Before you continue"), "{path}: {page}");
        let links = page.matches("Back to your profile").count();
        assert_eq!(links, 1, "{path}: {page}");
    }
}
