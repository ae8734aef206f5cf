//! Code entry: attempts, expiry and resends.

use domain::{Problem, Purpose, Step};

use crate::support::{
    Database, Provider, TestApp, User, invalid_code_text, on_both_databases, wrong_code,
};

on_both_databases![
    wrong_codes_are_counted_down_and_the_fifth_ends_the_sign_in,
    wrong_codes_are_counted_down_and_the_fifth_ends_the_registration,
    after_too_many_attempts_a_new_sign_in_gets_a_code_that_works,
    sign_in_code_is_refused_after_five_minutes_without_a_provider_call,
    registration_code_is_refused_after_ten_minutes_without_a_provider_call,
    code_is_accepted_until_one_second_before_expiry,
    code_unknown_to_the_provider_is_expired_and_a_new_one_works,
    early_resend_sends_the_same_code_or_replaces_it,
    malformed_code_costs_no_attempt,
    pasted_code_with_spaces_and_dashes_is_accepted,
    flow_ends_fifteen_minutes_after_its_start,
];

const EXHAUSTED: &str = "Too many attempts. Please start the login process again.";

const EXHAUSTED_REGISTRATION: &str = "Too many attempts. Please start again.";

pub(super) const EXPIRED: &str = "Code expired. Click Resend to get a new code.";

/// Tests docs/security.md#otp-06, docs/security.md#sm-06.
async fn wrong_codes_are_counted_down_and_the_fifth_ends_the_sign_in(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let before = app.simulator.list_calls_of("check").await.len();
    for left in (1..=4).rev() {
        let reply = browser
            .enter_code(Purpose::SignIn, &wrong_code(&code))
            .await;
        assert_eq!(reply.visible_error_text(), invalid_code_text(left));
        assert!(reply.expect_errors().entry.is_some(), "the field stays");
    }
    let fifth = browser
        .enter_code(Purpose::SignIn, &wrong_code(&code))
        .await;
    assert_eq!(fifth.visible_error_text(), EXHAUSTED);
    let sixth = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(sixth.visible_error_text(), EXHAUSTED);
    assert_eq!(app.simulator.list_calls_of("check").await.len(), before + 5);
    assert!(!browser.is_signed_in().await);
    assert_eq!(app.open_database().await.count_sessions().await, 0);
    let page = browser.load_page("/login/verify").await;
    assert!(page.text().contains(EXHAUSTED));
}

/// Tests docs/security.md#otp-06, docs/security.md#reg-01.
async fn wrong_codes_are_counted_down_and_the_fifth_ends_the_registration(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    let code = browser.register_until_code(&app, &ann).await;
    for left in (1..=4).rev() {
        let reply = browser
            .enter_code(Purpose::Registration, &wrong_code(&code))
            .await;
        assert_eq!(reply.visible_error_text(), invalid_code_text(left));
    }
    for typed in [wrong_code(&code), code.clone(), code] {
        let reply = browser.enter_code(Purpose::Registration, &typed).await;
        assert_eq!(reply.visible_error_text(), EXHAUSTED_REGISTRATION);
    }
    assert_eq!(app.simulator.list_calls_of("check").await.len(), 5);
    assert_eq!(app.open_database().await.count_accounts().await, 0);
}

/// Tests docs/security.md#otp-13, docs/security.md#prv-05.
async fn after_too_many_attempts_a_new_sign_in_gets_a_code_that_works(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    for _ in 0..5 {
        let reply = browser
            .enter_code(Purpose::SignIn, &wrong_code(&code))
            .await;
        assert!(reply.is_refused());
    }
    app.skip_resend_cooldown().await;
    let next = browser.sign_in_until_code(&app, &ann).await;
    let step = browser
        .enter_code(Purpose::SignIn, &next)
        .await
        .expect_step();
    assert_eq!(step, Step::Dashboard);
}

/// Tests docs/security.md#otp-08, docs/security.md#sm-07, docs/security.md#otp-10.
async fn sign_in_code_is_refused_after_five_minutes_without_a_provider_call(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let old = browser.sign_in_until_code(&app, &ann).await;
    let before = app.simulator.list_calls_of("check").await.len();
    app.simulator.advance_clock(300).await;
    let reply = browser.enter_code(Purpose::SignIn, &old).await;
    assert_eq!(reply.visible_error_text(), EXPIRED);
    assert_eq!(app.simulator.list_calls_of("check").await.len(), before);

    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    browser.send_code(Purpose::SignIn).await.expect_code_entry();
    let new = phone.next_code().await;
    if old != new {
        let reply = browser.enter_code(Purpose::SignIn, &old).await;
        assert_eq!(
            reply.visible_error_text(),
            "Invalid code. 4 attempts remaining."
        );
    }
    let step = browser
        .enter_code(Purpose::SignIn, &new)
        .await
        .expect_step();
    assert_eq!(step, Step::Dashboard);
}

/// Tests docs/security.md#otp-08, docs/security.md#sm-07.
async fn registration_code_is_refused_after_ten_minutes_without_a_provider_call(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    let old = browser.register_until_code(&app, &ann).await;
    app.simulator.advance_clock(600).await;
    let reply = browser.enter_code(Purpose::Registration, &old).await;
    assert_eq!(reply.visible_error_text(), EXPIRED);
    assert!(app.simulator.list_calls_of("check").await.is_empty());

    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    browser
        .send_code(Purpose::Registration)
        .await
        .expect_code_entry();
    let new = phone.next_code().await;
    let step = browser
        .enter_code(Purpose::Registration, &new)
        .await
        .expect_step();
    assert_eq!(step, Step::Registered);
}

/// Tests docs/security.md#otp-08.
async fn code_is_accepted_until_one_second_before_expiry(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    let code = browser.register_until_code(&app, &ann).await;
    app.simulator.advance_clock(580).await;
    browser
        .enter_code(Purpose::Registration, &code)
        .await
        .expect_step();
    app.skip_resend_cooldown().await;
    let code = browser.sign_in_until_code(&app, &ann).await;
    app.simulator.advance_clock(280).await;
    browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
}

/// Tests docs/security.md#prv-04.
async fn code_unknown_to_the_provider_is_expired_and_a_new_one_works(database: Database) {
    let app = TestApp::builder(database)
        .with_separate_simulator()
        .start()
        .await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    for purpose in [Purpose::Registration, Purpose::SignIn] {
        let old = if purpose == Purpose::SignIn {
            browser.sign_in_until_code(&app, &ann).await
        } else {
            browser.register_until_code(&app, &ann).await
        };
        app.simulator.advance_clock(601).await;
        let reply = browser.enter_code(purpose, &old).await;
        assert_eq!(reply.visible_error_text(), EXPIRED);
        let mut phone = app.simulator.phone_with_number(&ann.phone);
        phone.skip_received_messages().await;
        browser.send_code(purpose).await.expect_code_entry();
        let new = phone.next_code().await;
        if new != old {
            let reply = browser.enter_code(purpose, &old).await;
            assert_eq!(
                reply.visible_error_text(),
                "Invalid code. 4 attempts remaining."
            );
        }
        browser.enter_code(purpose, &new).await.expect_step();
    }
    assert!(browser.is_signed_in().await);
}

/// Tests docs/security.md#otp-10.
async fn early_resend_sends_the_same_code_or_replaces_it(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let first = browser.sign_in_until_code(&app, &ann).await;
    let wrong_once = browser
        .enter_code(Purpose::SignIn, &wrong_code(&first))
        .await;
    assert_eq!(
        wrong_once.visible_error_text(),
        "Invalid code. 4 attempts remaining."
    );
    app.simulator.advance_clock(30).await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    browser.send_code(Purpose::SignIn).await.expect_code_entry();
    let second = phone.next_code().await;
    let (tried, left) = match Provider::from_environment() {
        // Twilio sends the same code again, and the used attempts still count.
        Provider::Twilio => {
            assert_eq!(second, first);
            (wrong_code(&first), 3)
        }
        // Telnyx sends a new code with the full number of attempts. The previous code is invalid.
        Provider::Telnyx if second != first => (first, 4),
        Provider::Telnyx => (wrong_code(&first), 4),
    };
    let again = browser.enter_code(Purpose::SignIn, &tried).await;
    let expected = invalid_code_text(left);
    assert_eq!(again.visible_error_text(), expected);
    browser
        .enter_code(Purpose::SignIn, &second)
        .await
        .expect_step();
}

/// Tests docs/security.md#otp-05.
async fn malformed_code_costs_no_attempt(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    let code = browser.register_until_code(&app, &ann).await;
    let endless = "1".repeat(10_000);
    for typed in [
        "",
        "12345",
        "1234567",
        "%",
        "null",
        "12a456",
        "-1",
        "1e5",
        "123456,123456",
        "%00",
        endless.as_str(),
    ] {
        let reply = browser.enter_code(Purpose::Registration, typed).await;
        assert_eq!(reply.expect_problem(), Problem::MalformedCode { digits: 6 });
    }
    let twice = [
        ("purpose", "registration"),
        ("code", "111111"),
        ("code", "222222"),
    ];
    let request = browser.form_request(&crate::support::call::read_code_entry(
        Purpose::Registration,
    ));
    let mut request = request.with_form(&twice);
    request.path = "/api/verification/check".into();
    let answer = request.send(app.address).await;
    assert!(answer.status < 600 && !answer.text().contains("registered"));
    assert!(app.simulator.list_calls_of("check").await.is_empty());
    browser
        .enter_code(Purpose::Registration, &code)
        .await
        .expect_step();
}

/// Tests docs/security.md#otp-05.
async fn pasted_code_with_spaces_and_dashes_is_accepted(database: Database) {
    let app = TestApp::start(database).await;
    let ann = User::with_unique_details();
    let mut browser = app.new_browser();
    let code = browser.register_until_code(&app, &ann).await;
    let pasted = format!(" {}-{}\u{a0}{}\n", &code[..3], &code[3..5], &code[5..]);
    let step = browser
        .enter_code(Purpose::Registration, &pasted)
        .await
        .expect_step();
    assert_eq!(step, Step::Registered);
}

/// Tests docs/security.md#otp-08, docs/security.md#sm-07.
async fn flow_ends_fifteen_minutes_after_its_start(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    for _ in 0..2 {
        app.simulator.advance_clock(420).await;
        phone.skip_received_messages().await;
        browser.send_code(Purpose::SignIn).await.expect_code_entry();
    }
    let code = phone.next_code().await;
    let entry = browser
        .submit_form(&crate::support::call::read_code_entry(Purpose::SignIn))
        .await
        .expect_code_entry();
    assert!(
        entry
            .sent
            .as_ref()
            .expect("a message")
            .expires_at
            .secs_since(entry.now)
            <= 60
    );
    app.simulator.advance_clock(60).await;
    let checks = app.simulator.list_calls_of("check").await.len();
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    assert!(browser.send_code(Purpose::SignIn).await.is_refused());
    assert_eq!(app.simulator.list_calls_of("check").await.len(), checks);
}
