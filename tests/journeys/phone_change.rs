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
    verified_phone_change_is_confirmed_only_once,
    mistyped_number_can_be_corrected,
    phone_change_works_without_scripts,
    provider_outage_keeps_every_step_of_a_phone_change,
    factors_cannot_be_changed_for_a_day_after_a_phone_change,
    phone_number_can_be_changed_twice_in_development,
    profile_shows_the_country_of_the_number,
];

/// Registers a user and signs in.
async fn sign_in_new_user(app: &TestApp) -> (Browser, User) {
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(app, &ann).await;
    app.skip_resend_cooldown().await;
    (browser, ann)
}

/// Tests docs/security.md#phn-02.
async fn new_number_is_saved_by_confirm_and_not_before(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, ann) = sign_in_new_user(&app).await;
    let new = User::with_unique_details().phone;
    let page = browser.load_page("/profile/phone").await.text();
    assert!(page.contains("Change Phone Number"), "{page}");
    assert!(page.contains("New phone number"), "{page}");
    let code = browser.begin_phone_change_until_code(&app, &new).await;
    let page = browser.load_page("/profile/phone").await.text();
    assert!(page.contains("A code has been sent to"), "{page}");
    assert!(page.contains("Verify OTP"), "{page}");

    let step = browser.enter_code(PURPOSE, &code).await.expect_step();
    assert!(matches!(step, Step::ConfirmPhone { .. }), "{step:?}");
    let probe = app.open_database().await;
    assert_eq!(
        probe.read_text("SELECT phone FROM accounts").await,
        ann.phone
    );
    let page = browser.load_page("/profile/phone").await.text();
    assert!(page.contains("Confirm"), "{page}");

    let before = browser.session_token();
    let step = browser
        .submit_form(&call::confirm_phone_change())
        .await
        .expect_step();
    assert_eq!(step, Step::PhoneChanged);
    assert_eq!(probe.read_text("SELECT phone FROM accounts").await, new);
    // The session has a new token after the change (docs/security.md#ses-03).
    assert_ne!(browser.session_token(), before);
    let page = browser.load_page("/profile").await.text();
    assert!(
        page.contains("Your phone number has been updated."),
        "{page}"
    );

    app.skip_resend_cooldown().await;
    let ann = User { phone: new, ..ann };
    app.new_browser().sign_in(&app, &ann).await;
}

/// Tests docs/security.md#phn-06.
async fn unavailable_number_is_refused_before_any_message(database: Database) {
    let app = TestApp::start(database).await;
    let crowd = User::with_unique_details().phone;
    for _ in 0..5 {
        let member = User {
            phone: crowd.clone(),
            ..User::with_unique_details()
        };
        app.new_browser().register(&app, &member).await;
        // Another test covers the hourly limit of registrations with one number.
        app.simulator.advance_clock(1300).await;
    }
    let (mut browser, ann) = sign_in_new_user(&app).await;
    let sent = app.simulator.list_calls_of("create").await.len();
    let same = browser
        .submit_form(&call::begin_phone_change(&ann.phone))
        .await
        .expect_problem();
    assert_eq!(same, Problem::PhoneUnchanged);
    let refused = browser
        .submit_form(&call::begin_phone_change(&crowd))
        .await
        .expect_problem();
    assert_eq!(refused, Problem::PhoneUnavailable);
    let odd = browser
        .submit_form(&call::begin_phone_change("not a number"))
        .await
        .expect_problem();
    assert_eq!(odd, Problem::PhoneInvalid);
    assert_eq!(app.simulator.list_calls_of("create").await.len(), sent);
}

/// Tests docs/security.md#phn-04, docs/security.md#ses-06.
async fn other_sessions_and_flows_end_with_the_change(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, ann) = sign_in_new_user(&app).await;
    let mut elsewhere = app.new_browser();
    elsewhere.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let mut pending = app.new_browser();
    let pending_code = pending.sign_in_until_code(&app, &ann).await;
    let new = User::with_unique_details().phone;
    let code = browser.begin_phone_change_until_code(&app, &new).await;
    browser.enter_code(PURPOSE, &code).await.expect_step();
    assert!(elsewhere.is_signed_in().await);
    browser
        .submit_form(&call::confirm_phone_change())
        .await
        .expect_step();
    assert!(browser.is_signed_in().await);
    assert!(!elsewhere.is_signed_in().await);
    let refused = pending.enter_code(Purpose::SignIn, &pending_code).await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
}

/// Tests docs/security.md#phn-03.
async fn only_the_last_started_phone_change_can_finish(database: Database) {
    let app = TestApp::start(database).await;
    let (mut here, ann) = sign_in_new_user(&app).await;
    let mut there = app.new_browser();
    there.sign_in(&app, &ann).await;
    let (first, second) = (
        User::with_unique_details().phone,
        User::with_unique_details().phone,
    );
    let first_code = here.begin_phone_change_until_code(&app, &first).await;
    let second_code = there.begin_phone_change_until_code(&app, &second).await;
    let refused = here.enter_code(PURPOSE, &first_code).await.expect_problem();
    assert_eq!(refused, Problem::FlowEnded);
    there.enter_code(PURPOSE, &second_code).await.expect_step();
    there
        .submit_form(&call::confirm_phone_change())
        .await
        .expect_step();
    let probe = app.open_database().await;
    assert_eq!(probe.read_text("SELECT phone FROM accounts").await, second);
}

async fn phone_change_ends_with_its_session(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, ann) = sign_in_new_user(&app).await;
    let new = User::with_unique_details().phone;
    let code = browser.begin_phone_change_until_code(&app, &new).await;
    browser.enter_code(PURPOSE, &code).await.expect_step();
    let handles = browser.cookies.clone();
    browser.sign_out().await;
    let refused = browser
        .submit_form(&call::confirm_phone_change())
        .await
        .expect_problem();
    assert_eq!(refused, Problem::FlowEnded);
    // A sign-in of another user in this browser does not bring the change back.
    let bob = app.register_user().await;
    let mut next = app.new_browser();
    next.sign_in(&app, &bob).await;
    let session = next.cookies.clone();
    next.cookies = handles;
    next.cookies.extend(session);
    let refused = next
        .submit_form(&call::confirm_phone_change())
        .await
        .expect_problem();
    assert_eq!(refused, Problem::FlowEnded);
    let probe = app.open_database().await;
    let untouched = probe.read_text("SELECT MIN(phone) FROM accounts").await;
    assert_eq!(untouched, ann.phone.min(bob.phone));
}

/// Tests docs/security.md#sm-05.
async fn verified_phone_change_is_confirmed_only_once(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, _) = sign_in_new_user(&app).await;
    let early = browser
        .submit_form(&call::confirm_phone_change())
        .await
        .expect_problem();
    assert_eq!(early, Problem::FlowEnded);
    let new = User::with_unique_details().phone;
    let code = browser.begin_phone_change_until_code(&app, &new).await;
    let early = browser
        .submit_form(&call::confirm_phone_change())
        .await
        .expect_problem();
    assert_eq!(early, Problem::FlowEnded);
    browser.enter_code(PURPOSE, &code).await.expect_step();
    let mut twin = browser.clone();
    let (one, other) = (call::confirm_phone_change(), call::confirm_phone_change());
    let (one, other) = tokio::join!(browser.submit_form(&one), twin.submit_form(&other));
    let refused = [one, other].map(|reply| reply.is_refused());
    assert_ne!(refused[0], refused[1], "exactly one saves");
}

async fn mistyped_number_can_be_corrected(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, _) = sign_in_new_user(&app).await;
    let (typo, right) = (
        User::with_unique_details().phone,
        User::with_unique_details().phone,
    );
    browser.begin_phone_change_until_code(&app, &typo).await;
    let step = browser
        .submit_form(&call::correct_new_phone())
        .await
        .expect_step();
    assert_eq!(step.path(), "/profile/phone");
    app.simulator.wait_for_cancelled_code().await;
    let page = browser.load_page("/profile/phone").await.text();
    assert!(page.contains("New phone number"), "{page}");
    let code = browser.begin_phone_change_until_code(&app, &right).await;
    browser.enter_code(PURPOSE, &code).await.expect_step();
    browser
        .submit_form(&call::confirm_phone_change())
        .await
        .expect_step();
    let probe = app.open_database().await;
    assert_eq!(probe.read_text("SELECT phone FROM accounts").await, right);
}

async fn phone_change_works_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let (browser, _) = sign_in_new_user(&app).await;
    let mut browser = browser.without_scripts();
    let new = User::with_unique_details().phone;
    let answer = browser.submit_form(&call::begin_phone_change("12")).await;
    assert_eq!(answer.redirect_path(), "/profile/phone");
    let page = browser.load_page("/profile/phone").await.text();
    assert!(
        page.contains("Enter a valid phone number. Check its digits and its country."),
        "{page}"
    );
    let answer = browser.submit_form(&call::begin_phone_change(&new)).await;
    assert_eq!(answer.redirect_path(), "/profile/phone");
    let code = app.simulator.phone_with_number(&new).next_code().await;
    let answer = browser.enter_code(PURPOSE, &code).await;
    assert_eq!(answer.redirect_path(), "/profile/phone");
    let answer = browser.submit_form(&call::confirm_phone_change()).await;
    assert_eq!(answer.redirect_path(), "/profile");
    let page = browser.load_page("/profile").await.text();
    assert!(
        page.contains("Your phone number has been updated."),
        "{page}"
    );
}

/// Tests docs/security.md#prv-01.
async fn provider_outage_keeps_every_step_of_a_phone_change(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, ann) = sign_in_new_user(&app).await;
    let new = User::with_unique_details().phone;
    app.simulator
        .set_faults(serde_json::json!([{ "on": "create", "kind": "status", "status": 503 }]))
        .await;
    let refused = browser
        .submit_form(&call::begin_phone_change(&new))
        .await
        .expect_problem();
    assert_eq!(refused, Problem::CouldNotSend);
    app.simulator.clear_faults().await;
    let page = browser.load_page("/profile/phone").await.text();
    assert!(page.contains("New phone number"), "{page}");
    app.skip_resend_cooldown().await;
    let code = browser.begin_phone_change_until_code(&app, &new).await;
    browser.enter_code(PURPOSE, &code).await.expect_step();
    let probe = app.open_database().await;
    assert_eq!(
        probe.read_text("SELECT phone FROM accounts").await,
        ann.phone
    );
}

/// Tests docs/security.md#phn-05.
async fn factors_cannot_be_changed_for_a_day_after_a_phone_change(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser, _) = app.register_user_with_authenticator().await;
    browser.complete_step_up(&app, &ann).await;
    let new = User::with_unique_details().phone;
    let code = browser.begin_phone_change_until_code(&app, &new).await;
    browser.enter_code(PURPOSE, &code).await.expect_step();
    browser
        .submit_form(&call::confirm_phone_change())
        .await
        .expect_step();

    let sent = app.simulator.list_calls_of("create").await.len();
    let another = User::with_unique_details().phone;
    for call in [
        call::begin_phone_change(&another),
        call::begin_authenticator(),
        call::remove_authenticator(),
    ] {
        let problem = browser.submit_form(&call).await.expect_problem();
        assert!(matches!(problem, Problem::Cooling { .. }), "{problem:?}");
    }
    assert_eq!(app.simulator.list_calls_of("create").await.len(), sent);
    let text = page::visible_text(&browser.load_page("/profile/phone").await.text());
    assert!(text.contains("this is possible in 24 hours"), "{text}");
    assert!(!text.contains("New phone number"), "{text}");

    app.simulator.advance_clock(24 * 3600).await;
    let ann = User { phone: new, ..ann };
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    browser.begin_phone_change_until_code(&app, &another).await;
}

/// The default of `SALLYPORT_LIMIT_COOLING_HOURS` in development; the other tests set that of production.
async fn phone_number_can_be_changed_twice_in_development(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_COOLING_HOURS", "0")
        .start()
        .await;
    let (mut browser, _) = sign_in_new_user(&app).await;
    for _ in 0..2 {
        let new = User::with_unique_details().phone;
        let code = browser.begin_phone_change_until_code(&app, &new).await;
        browser.enter_code(PURPOSE, &code).await.expect_step();
        let step = browser
            .submit_form(&call::confirm_phone_change())
            .await
            .expect_step();
        assert_eq!(step, Step::PhoneChanged);
        let saved = app
            .open_database()
            .await
            .read_text("SELECT phone FROM accounts")
            .await;
        assert_eq!(saved, new);
    }
}

async fn profile_shows_the_country_of_the_number(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, ann) = sign_in_new_user(&app).await;
    let masked = format!("(***) ***-{}", &ann.phone[ann.phone.len() - 4..]);
    let page = page::visible_text(&browser.load_page("/profile").await.text());
    let shown = format!("{masked} Country of the number United States");
    assert!(page.contains(&shown), "{page}");
    app.execute_sql("UPDATE accounts SET phone = '+4915123456789'")
        .await;
    for (tag, shown) in [
        ("en", "+49 ***-6789 Country of the number Germany"),
        ("de", "+49 ***-6789 Land der Telefonnummer Deutschland"),
    ] {
        browser
            .submit_form(&call::choose_language(tag, "/profile"))
            .await;
        let page = page::visible_text(&browser.load_page("/profile").await.text());
        assert!(page.contains(shown), "{page}");
    }
}
