//! An attacker who knows only the password enters wrong codes until the second factor accepts no code. The owner can
//! still recover the account.

use domain::{Problem, Purpose, Step};
use serde_json::json;

use crate::support::lost_phone::RECOVERY_DELAY_SECS;
use crate::support::{
    Authenticator, Database, TestApp, User, call, invalid_code_text, on_both_databases, wrong_code,
};

on_both_databases![
    owner_replaces_the_password_while_an_attacker_with_the_old_one_holds_the_factor,
    authenticator_code_of_a_password_reset_ends_the_hold_of_the_factor,
    owner_completes_a_recovery_while_an_attacker_holds_the_factor,
    password_reset_gets_codes_after_an_attacker_has_used_up_the_messages_of_the_day,
    owner_signs_in_after_a_password_reset_although_an_attacker_has_used_up_the_messages,
    password_reset_of_an_account_without_a_second_factor_ends_its_hold,
    api_counts_attempts_down_to_the_hold_of_the_factor,
];

const NEW: &str = "a quite different 88 phrase";
const OTHER: &str = "another quite different 77 phrase";
const SETTING: &str = "SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY";

/// Enters ten wrong codes in two sign-ins with the password, and asserts that the second factor is held.
pub(super) async fn hold_second_factor(app: &TestApp, user: &User, authenticator: &Authenticator) {
    for _ in 0..2 {
        let mut attacker = app.sign_in_until_totp_code(user).await;
        for _ in 0..5 {
            let guess = authenticator.wrong_code().await;
            let reply = attacker.enter_code(Purpose::SignIn, &guess).await;
            assert!(reply.is_refused());
        }
    }
    assert!(is_second_factor_held(app, user).await);
}

/// Returns whether a sign-in to the account accepts no code.
pub(super) async fn is_second_factor_held(app: &TestApp, user: &User) -> bool {
    let mut browser = app.new_browser();
    let reply = browser.enter_password(&user.username, &user.password);
    reply.await.expect_step();
    let reply = browser.choose_sms_method().await;
    reply.is_refused() && matches!(reply.expect_problem(), Problem::FactorHeld { .. })
}

/// Tests docs/security.md#otp-07.
async fn owner_replaces_the_password_while_an_attacker_with_the_old_one_holds_the_factor(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    hold_second_factor(&app, &ann, &authenticator).await;
    let changed = app.reset_password(&ann, NEW).await;
    let mut attacker = app.new_browser();
    let accepted = attacker.is_password_accepted(&ann.username, &ann.password);
    assert!(!accepted.await);
    // The reset has replaced the password that the attacker knows, so the hold has ended.
    app.new_browser().sign_in(&app, &changed).await;
}

/// Tests docs/security.md#otp-07.
async fn authenticator_code_of_a_password_reset_ends_the_hold_of_the_factor(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    hold_second_factor(&app, &ann, &authenticator).await;
    let mut browser = app.begin_password_reset(&ann, NEW).await;
    let chosen = call::choose_method_for(Purpose::PasswordReset, "totp");
    browser.submit_form(&chosen).await.expect_code_entry();
    let code = authenticator.current_code().await;
    let guess = authenticator.wrong_code().await;
    let wrong = browser.enter_code(Purpose::PasswordReset, &guess).await;
    assert_eq!(wrong.visible_error_text(), invalid_code_text(4));
    // A wrong code of the reset does not end the hold.
    assert!(is_second_factor_held(&app, &ann).await);
    let done = browser.enter_code(Purpose::PasswordReset, &code).await;
    assert_eq!(done.expect_step(), Step::PasswordReset);
    let ann = User {
        password: NEW.to_owned(),
        ..ann
    };
    app.new_browser().sign_in(&app, &ann).await;
}

/// Tests docs/security.md#otp-07.
async fn owner_completes_a_recovery_while_an_attacker_holds_the_factor(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS - 600).await;
    hold_second_factor(&app, &ann, &authenticator).await;
    app.simulator.advance_clock(600).await;
    let (mut browser, number, code) = app.begin_set_up_after_recovery(&ann).await;
    // The code went to the number that the user entered, so wrong codes count only for this code.
    for left in (1..=4).rev() {
        let reply = browser.enter_code(Purpose::SetUp, &wrong_code(&code)).await;
        assert_eq!(reply.visible_error_text(), invalid_code_text(left));
    }
    browser
        .enter_code(Purpose::SetUp, &code)
        .await
        .expect_step();
    assert!(browser.is_signed_in().await);
    let stored = "SELECT phone FROM accounts";
    assert_eq!(app.open_database().await.read_text(stored).await, number);
}

/// Starts an app that permits 4 messages a day to a number and 3 of an account. An attacker with the password of a user
/// has used up both by sign-ins. Returns the app and the user.
async fn use_up_messages_of_the_day(database: Database) -> (TestApp, User) {
    // The registration has sent one message to the number.
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_NUMBER_PER_DAY", "4")
        .with_setting("SALLYPORT_LIMIT_SENDS_PER_ACCOUNT_PER_DAY", "3")
        .start()
        .await;
    let ann = app.register_user().await;
    let mut sent = 0;
    for _ in 0..5 {
        let mut attacker = app.new_browser();
        let reply = attacker.enter_password(&ann.username, &ann.password);
        reply.await.expect_step();
        sent += usize::from(!attacker.choose_sms_method().await.is_refused());
        app.skip_resend_cooldown().await;
    }
    assert_eq!(sent, 3);
    (app, ann)
}

/// Tests docs/security.md#otp-13.
async fn owner_signs_in_after_a_password_reset_although_an_attacker_has_used_up_the_messages(
    database: Database,
) {
    let (app, ann) = use_up_messages_of_the_day(database).await;
    let owner = app.reset_password(&ann, NEW).await;
    // The fifth message of an hour was that of the reset.
    app.simulator.advance_clock(3600).await;
    for _ in 0..3 {
        app.new_browser().sign_in(&app, &owner).await;
        app.skip_resend_cooldown().await;
    }
    // The reset and the sign-ins have used the four additional messages of a day.
    let mut browser = app.new_browser();
    browser.begin_sign_in(&owner).await;
    let refused = browser.choose_sms_method().await.expect_problem();
    assert!(matches!(refused, Problem::ResendWait { .. }), "{refused:?}");
}

/// Tests docs/security.md#otp-07.
async fn password_reset_of_an_account_without_a_second_factor_ends_its_hold(database: Database) {
    let app = TestApp::builder(database)
        .with_setting(SETTING, "1")
        .start()
        .await;
    let ann = app.create_user_by_command();
    let entered = call::submit_set_up_phone(&ann.phone);
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    let mut attacker = app.sign_in_until_set_up(&ann).await;
    attacker.submit_form(&entered).await.expect_code_entry();
    let guess = wrong_code(&phone.next_code().await);
    let wrong = attacker.enter_code(Purpose::SetUp, &guess).await;
    assert!(wrong.is_refused());
    app.skip_resend_cooldown().await;
    let mut held = app.sign_in_until_set_up(&ann).await;
    let refused = held.submit_form(&entered).await.expect_problem();
    assert!(matches!(refused, Problem::FactorHeld { .. }), "{refused:?}");

    let reset = call::reset_password(&app.request_reset_token(&ann).await, NEW);
    let step = app.new_browser().submit_form(&reset).await.expect_step();
    assert_eq!(step, Step::PasswordReset);
    let owner = User {
        password: NEW.to_owned(),
        ..ann
    };
    let mut browser = app.sign_in_until_set_up(&owner).await;
    browser.submit_form(&entered).await.expect_code_entry();
    let code = phone.next_code().await;
    let done = browser.enter_code(Purpose::SetUp, &code).await;
    assert_eq!(done.expect_step(), Step::Dashboard);
}

/// Tests docs/security.md#otp-13.
async fn password_reset_gets_codes_after_an_attacker_has_used_up_the_messages_of_the_day(
    database: Database,
) {
    let (app, mut owner) = use_up_messages_of_the_day(database).await;
    for new in [NEW, OTHER] {
        owner = app.reset_password(&owner, new).await;
        app.simulator.advance_clock(3600).await;
    }
    // Password resets have a separate limit of two messages a day.
    let mut browser = app.begin_password_reset(&owner, NEW).await;
    let chosen = call::choose_method_for(Purpose::PasswordReset, "sms");
    let refused = browser.submit_form(&chosen).await.expect_problem();
    assert!(matches!(refused, Problem::ResendWait { .. }), "{refused:?}");
}

/// Tests docs/security.md#otp-06, docs/security.md#otp-07.
async fn api_counts_attempts_down_to_the_hold_of_the_factor(database: Database) {
    let app = TestApp::builder(database)
        .with_setting(SETTING, "3")
        .start()
        .await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    browser.create_recovery_codes().await;
    app.skip_resend_cooldown().await;
    let client = app.new_api_client();
    let (flow, code) = client.sign_in_until_code(&app, &ann).await;
    let wrong = client.submit_sign_in_code(&flow, &wrong_code(&code)).await;
    let body = wrong.expect_error(401, "invalid_code");
    assert_eq!(body["attempts_remaining"], 2);
    // The count is the same for a recovery code, which is another method and flow.
    let begun = json!({
        "identifier": ann.username, "password": ann.password, "method": "recovery_code",
    });
    let flow = client.post("/v1/login", &begun).await.flow_token(200);
    let wrong = client.submit_sign_in_code(&flow, "AAAA-BBBB-CCCC2").await;
    let body = wrong.expect_error(401, "invalid_code");
    assert_eq!(body["attempts_remaining"], 1);
    let last = client.submit_sign_in_code(&flow, "AAAA-BBBB-CCCC3").await;
    let body = last.expect_error(429, "factor_held");
    assert!(body["retry_after"].as_u64().expect("number of seconds") > 80_000);
    assert_eq!(body["attempts_remaining"], json!(null));
    let later = client.submit_sign_in_code(&flow, "AAAA-BBBB-CCCC4").await;
    later.expect_error(429, "factor_held");
}
