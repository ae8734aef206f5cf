//! Step-up before a sensitive change.

use domain::{Problem, ProtectedArea, Purpose, Step};

use crate::support::{Database, TestApp, User, call, on_both_databases, wrong_code};

on_both_databases![
    step_up_is_required_five_minutes_after_sign_in,
    step_up_is_valid_for_five_minutes,
    stolen_session_alone_can_change_no_factor,
    step_up_works_without_scripts,
];

/// Tests docs/security.md#phn-01, docs/security.md#ses-03.
async fn step_up_is_required_five_minutes_after_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    app.simulator.advance(301).await;
    let new = User::new().phone;
    let refused = browser.call(&call::new_phone(&new)).await.problem();
    assert_eq!(refused, Problem::StepUpNeeded);
    let page = browser.page("/profile/phone").await.text();
    assert!(page.contains("Change Phone Number"), "{page}");
    assert!(page.contains("Password"), "{page}");
    assert!(!page.contains("New phone number"), "{page}");

    let refused = browser.call(&call::step_up("not the password")).await;
    assert_eq!(refused.problem(), Problem::PasswordWrong);
    let step = browser.call(&call::step_up(&ann.password)).await.step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
    // The password alone is not enough.
    let refused = browser.call(&call::new_phone(&new)).await.problem();
    assert_eq!(refused, Problem::StepUpNeeded);
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_received_messages().await;
    let chosen = call::method_of(Purpose::StepUp, "sms");
    browser.call(&chosen).await.step();
    let code = phone.next_code().await;
    let page = browser.page("/profile/phone").await.text();
    assert!(page.contains("One-time code"), "{page}");
    let refused = browser
        .enter_code(Purpose::StepUp, &wrong_code(&code))
        .await;
    assert!(matches!(refused.problem(), Problem::InvalidCode { .. }));
    let before = browser.session();
    let step = browser.enter_code(Purpose::StepUp, &code).await.step();
    assert_eq!(
        step,
        Step::Opened {
            area: ProtectedArea::Phone
        }
    );
    assert_ne!(browser.session(), before, "a new token");
    let page = browser.page("/profile/phone").await.text();
    assert!(page.contains("New phone number"), "{page}");
    browser.call(&call::new_phone(&new)).await.step();
}

/// Tests docs/security.md#phn-01.
async fn step_up_is_valid_for_five_minutes(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    app.simulator.advance(299).await;
    let number = User::new().phone;
    browser.call(&call::new_phone(&number)).await.step();
    app.simulator.advance(2).await;
    let other = User::new().phone;
    let refused = browser.call(&call::new_phone(&other)).await.problem();
    assert_eq!(refused, Problem::StepUpNeeded);
    assert_eq!(app.simulator.phone(&other).code_count().await, 0);
}

/// docs/security.md#phn-01: an attacker has the cookie, but neither password nor phone.
async fn stolen_session_alone_can_change_no_factor(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    app.simulator.advance(301).await;
    let sent = app.simulator.calls("create").await.len();
    let mine = User::new().phone;
    let mut thief = app.browser();
    thief.cookies = browser.cookies.clone();
    for attempt in [
        call::new_phone(&mine),
        call::confirm_phone(),
        call::method_of(Purpose::StepUp, "sms"),
        call::send(Purpose::StepUp),
        call::check(Purpose::StepUp, "000000"),
        call::step_up("a guess"),
        call::send(Purpose::PhoneChange),
    ] {
        thief.call(&attempt).await;
    }
    assert_eq!(app.simulator.calls("create").await.len(), sent);
    let probe = app.probe().await;
    assert_eq!(probe.text("SELECT phone FROM accounts").await, ann.phone);
}

async fn step_up_works_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    app.simulator.advance(301).await;
    let mut browser = browser.without_scripts();
    let answer = browser.call(&call::step_up("not the password")).await;
    assert_eq!(answer.location(), "/profile/phone");
    let page = browser.page("/profile/phone").await.text();
    assert!(page.contains("Incorrect password"), "{page}");
    let answer = browser.call(&call::step_up(&ann.password)).await;
    assert_eq!(answer.location(), "/profile/confirm");
    let page = browser.page("/profile/confirm").await;
    assert_eq!(page.header("location"), Some("/profile/phone"));
    let page = browser.page("/profile/phone").await.text();
    assert!(page.contains("Choose Verification Method"), "{page}");
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_received_messages().await;
    let chosen = call::method_of(Purpose::StepUp, "sms");
    browser.call(&chosen).await;
    let code = phone.next_code().await;
    let answer = browser.enter_code(Purpose::StepUp, &code).await;
    assert_eq!(answer.location(), "/profile/phone");
    let page = browser.page("/profile/phone").await.text();
    assert!(page.contains("New phone number"), "{page}");
}
