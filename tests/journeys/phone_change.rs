//! Tests of a change of phone number.

use domain::{Problem, Purpose, Step};

use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, page};

const PURPOSE: Purpose = Purpose::PhoneChange;

on_both_databases![
    new_number_is_saved_by_confirm_and_not_before,
    unavailable_number_is_refused_before_any_message,
    other_sessions_and_flows_end_with_the_change,
    only_the_last_started_phone_change_can_finish,
    phone_change_ends_with_its_session,
    confirm_works_once,
    mistyped_number_can_be_corrected,
    phone_change_works_without_scripts,
    provider_outage_loses_no_step,
    factors_cannot_be_changed_for_a_day_after_a_phone_change,
    number_can_be_changed_twice_in_development,
    profile_shows_the_country_of_the_number,
];

async fn signed_in(app: &TestApp) -> (Browser, User) {
    let ann = app.member().await;
    let mut browser = app.browser();
    browser.sign_in(app, &ann).await;
    app.skip_resend_cooldown().await;
    (browser, ann)
}

/// Begins a change to a new number. Returns its code.
async fn up_to_the_code(app: &TestApp, browser: &mut Browser, number: &str) -> String {
    let step = browser.call(&call::new_phone(number)).await.step();
    assert!(matches!(step, Step::EnterCode(_)), "{step:?}");
    app.simulator.phone(number).next_code().await
}

/// Tests docs/security.md#phn-02.
async fn new_number_is_saved_by_confirm_and_not_before(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, ann) = signed_in(&app).await;
    let new = User::new().phone;
    let page = browser.page("/profile/phone").await.text();
    assert!(page.contains("Change Phone Number"), "{page}");
    assert!(page.contains("New phone number"), "{page}");
    let code = up_to_the_code(&app, &mut browser, &new).await;
    let page = browser.page("/profile/phone").await.text();
    assert!(page.contains("A code has been sent to"), "{page}");
    assert!(page.contains("Verify OTP"), "{page}");

    let step = browser.enter_code(PURPOSE, &code).await.step();
    assert!(matches!(step, Step::ConfirmPhone { .. }), "{step:?}");
    let probe = app.probe().await;
    assert_eq!(probe.text("SELECT phone FROM accounts").await, ann.phone);
    let page = browser.page("/profile/phone").await.text();
    assert!(page.contains("Confirm"), "{page}");

    let before = browser.session();
    let step = browser.call(&call::confirm_phone()).await.step();
    assert_eq!(step, Step::PhoneChanged);
    assert_eq!(probe.text("SELECT phone FROM accounts").await, new);
    // The session has a new token after the change (docs/security.md#ses-03).
    assert_ne!(browser.session(), before);
    let page = browser.page("/profile").await.text();
    assert!(
        page.contains("Your phone number has been updated."),
        "{page}"
    );

    app.skip_resend_cooldown().await;
    let ann = User { phone: new, ..ann };
    app.browser().sign_in(&app, &ann).await;
}

/// Tests docs/security.md#phn-06.
async fn unavailable_number_is_refused_before_any_message(database: Database) {
    let app = TestApp::start(database).await;
    let crowd = User::new().phone;
    for _ in 0..5 {
        let member = User {
            phone: crowd.clone(),
            ..User::new()
        };
        app.browser().register(&app, &member).await;
        // Another test covers the hourly limit of registrations with one number.
        app.simulator.advance(1300).await;
    }
    let (mut browser, ann) = signed_in(&app).await;
    let sent = app.simulator.calls("create").await.len();
    let same = browser.call(&call::new_phone(&ann.phone)).await.problem();
    assert_eq!(same, Problem::PhoneUnchanged);
    let crowded = browser.call(&call::new_phone(&crowd)).await.problem();
    assert_eq!(crowded, Problem::PhoneCrowded);
    let odd = browser
        .call(&call::new_phone("not a number"))
        .await
        .problem();
    assert_eq!(odd, Problem::PhoneInvalid);
    assert_eq!(app.simulator.calls("create").await.len(), sent);
}

/// Tests docs/security.md#phn-04, docs/security.md#ses-06.
async fn other_sessions_and_flows_end_with_the_change(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, ann) = signed_in(&app).await;
    let mut elsewhere = app.browser();
    elsewhere.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let mut pending = app.browser();
    let pending_code = pending.sign_in_up_to_the_code(&app, &ann).await;
    let new = User::new().phone;
    let code = up_to_the_code(&app, &mut browser, &new).await;
    browser.enter_code(PURPOSE, &code).await.step();
    assert!(elsewhere.is_signed_in().await);
    browser.call(&call::confirm_phone()).await.step();
    assert!(browser.is_signed_in().await);
    assert!(!elsewhere.is_signed_in().await);
    let refused = pending.enter_code(Purpose::SignIn, &pending_code).await;
    assert_eq!(refused.problem(), Problem::FlowEnded);
}

/// Tests docs/security.md#phn-03.
async fn only_the_last_started_phone_change_can_finish(database: Database) {
    let app = TestApp::start(database).await;
    let (mut here, ann) = signed_in(&app).await;
    let mut there = app.browser();
    there.sign_in(&app, &ann).await;
    let (first, second) = (User::new().phone, User::new().phone);
    let first_code = up_to_the_code(&app, &mut here, &first).await;
    let second_code = up_to_the_code(&app, &mut there, &second).await;
    let refused = here.enter_code(PURPOSE, &first_code).await.problem();
    assert_eq!(refused, Problem::FlowEnded);
    there.enter_code(PURPOSE, &second_code).await.step();
    there.call(&call::confirm_phone()).await.step();
    let probe = app.probe().await;
    assert_eq!(probe.text("SELECT phone FROM accounts").await, second);
}

async fn phone_change_ends_with_its_session(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, ann) = signed_in(&app).await;
    let new = User::new().phone;
    let code = up_to_the_code(&app, &mut browser, &new).await;
    browser.enter_code(PURPOSE, &code).await.step();
    let handles = browser.cookies.clone();
    browser.sign_out().await;
    let refused = browser.call(&call::confirm_phone()).await.problem();
    assert_eq!(refused, Problem::FlowEnded);
    // A sign-in of another user in this browser does not bring the change back.
    let bob = app.member().await;
    let mut next = app.browser();
    next.sign_in(&app, &bob).await;
    let session = next.cookies.clone();
    next.cookies = handles;
    next.cookies.extend(session);
    let refused = next.call(&call::confirm_phone()).await.problem();
    assert_eq!(refused, Problem::FlowEnded);
    let probe = app.probe().await;
    let untouched = probe.text("SELECT MIN(phone) FROM accounts").await;
    assert_eq!(untouched, ann.phone.min(bob.phone));
}

/// Tests docs/security.md#sm-05.
async fn confirm_works_once(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, _) = signed_in(&app).await;
    let early = browser.call(&call::confirm_phone()).await.problem();
    assert_eq!(early, Problem::FlowEnded);
    let new = User::new().phone;
    let code = up_to_the_code(&app, &mut browser, &new).await;
    let early = browser.call(&call::confirm_phone()).await.problem();
    assert_eq!(early, Problem::FlowEnded);
    browser.enter_code(PURPOSE, &code).await.step();
    let mut twin = browser.clone();
    let (one, other) = (call::confirm_phone(), call::confirm_phone());
    let (one, other) = tokio::join!(browser.call(&one), twin.call(&other));
    let refused = [one, other].map(|reply| reply.is_refused());
    assert_ne!(refused[0], refused[1], "exactly one saves");
}

async fn mistyped_number_can_be_corrected(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, _) = signed_in(&app).await;
    let (typo, right) = (User::new().phone, User::new().phone);
    up_to_the_code(&app, &mut browser, &typo).await;
    let step = browser.call(&call::change_new_phone()).await.step();
    assert_eq!(step.path(), "/profile/phone");
    app.simulator.wait_for_cancelled_code().await;
    let page = browser.page("/profile/phone").await.text();
    assert!(page.contains("New phone number"), "{page}");
    let code = up_to_the_code(&app, &mut browser, &right).await;
    browser.enter_code(PURPOSE, &code).await.step();
    browser.call(&call::confirm_phone()).await.step();
    let probe = app.probe().await;
    assert_eq!(probe.text("SELECT phone FROM accounts").await, right);
}

async fn phone_change_works_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let (browser, _) = signed_in(&app).await;
    let mut browser = browser.without_scripts();
    let new = User::new().phone;
    let answer = browser.call(&call::new_phone("12")).await;
    assert_eq!(answer.location(), "/profile/phone");
    let page = browser.page("/profile/phone").await.text();
    assert!(page.contains("Enter a valid phone number"), "{page}");
    let answer = browser.call(&call::new_phone(&new)).await;
    assert_eq!(answer.location(), "/profile/phone");
    let code = app.simulator.phone(&new).next_code().await;
    let answer = browser.enter_code(PURPOSE, &code).await;
    assert_eq!(answer.location(), "/profile/phone");
    let answer = browser.call(&call::confirm_phone()).await;
    assert_eq!(answer.location(), "/profile");
    let page = browser.page("/profile").await.text();
    assert!(
        page.contains("Your phone number has been updated."),
        "{page}"
    );
}

/// Tests docs/security.md#prv-01.
async fn provider_outage_loses_no_step(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, ann) = signed_in(&app).await;
    let new = User::new().phone;
    app.simulator
        .set_faults(serde_json::json!([{ "on": "create", "kind": "status", "status": 503 }]))
        .await;
    let refused = browser.call(&call::new_phone(&new)).await.problem();
    assert_eq!(refused, Problem::CouldNotSend);
    app.simulator.clear_faults().await;
    let page = browser.page("/profile/phone").await.text();
    assert!(page.contains("New phone number"), "{page}");
    app.skip_resend_cooldown().await;
    let code = up_to_the_code(&app, &mut browser, &new).await;
    browser.enter_code(PURPOSE, &code).await.step();
    let probe = app.probe().await;
    assert_eq!(probe.text("SELECT phone FROM accounts").await, ann.phone);
}

/// Tests docs/security.md#phn-05.
async fn factors_cannot_be_changed_for_a_day_after_a_phone_change(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, _) = app.member_with_authenticator().await;
    browser.step_up(&app, &ann).await;
    let new = User::new().phone;
    let code = up_to_the_code(&app, &mut browser, &new).await;
    browser.enter_code(PURPOSE, &code).await.step();
    browser.call(&call::confirm_phone()).await.step();

    let sent = app.simulator.calls("create").await.len();
    let another = User::new().phone;
    for call in [
        call::new_phone(&another),
        call::begin_authenticator(),
        call::remove_authenticator(),
    ] {
        let problem = browser.call(&call).await.problem();
        assert!(matches!(problem, Problem::Cooling { .. }), "{problem:?}");
    }
    assert_eq!(app.simulator.calls("create").await.len(), sent);
    let text = page::visible_text(&browser.page("/profile/phone").await.text());
    assert!(text.contains("this is possible in 24 hours"), "{text}");
    assert!(!text.contains("New phone number"), "{text}");

    app.simulator.advance(24 * 3600).await;
    let ann = User { phone: new, ..ann };
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    up_to_the_code(&app, &mut browser, &another).await;
}

/// The default of `SALLYPORT_LIMIT_COOLING_HOURS` in development; the other tests set that of production.
async fn number_can_be_changed_twice_in_development(database: Database) {
    let app = TestApp::on(database)
        .with("SALLYPORT_LIMIT_COOLING_HOURS", "0")
        .start()
        .await;
    let (mut browser, _) = signed_in(&app).await;
    for _ in 0..2 {
        let new = User::new().phone;
        let code = up_to_the_code(&app, &mut browser, &new).await;
        browser.enter_code(PURPOSE, &code).await.step();
        let step = browser.call(&call::confirm_phone()).await.step();
        assert_eq!(step, Step::PhoneChanged);
        let saved = app.probe().await.text("SELECT phone FROM accounts").await;
        assert_eq!(saved, new);
    }
}

async fn profile_shows_the_country_of_the_number(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, ann) = signed_in(&app).await;
    let masked = format!("(***) ***-{}", &ann.phone[ann.phone.len() - 4..]);
    let page = page::visible_text(&browser.page("/profile").await.text());
    let shown = format!("{masked} Country of the number United States");
    assert!(page.contains(&shown), "{page}");
    app.execute_sql("UPDATE accounts SET phone = '+4915123456789'")
        .await;
    for (tag, shown) in [
        ("en", "+49 ***-6789 Country of the number Germany"),
        ("de", "+49 ***-6789 Land der Telefonnummer Deutschland"),
    ] {
        browser.call(&call::language(tag, "/profile")).await;
        let page = page::visible_text(&browser.page("/profile").await.text());
        assert!(page.contains(shown), "{page}");
    }
}
