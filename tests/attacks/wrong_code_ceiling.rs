//! An attacker enters wrong codes day after day, always fewer than the limit of a day. The second factor is held until
//! a new password, a new second factor or an operator ends the hold.

use domain::{Problem, Purpose, Step};
use serde_json::json;

use super::factor_hold::{hold_second_factor, is_second_factor_held};
use crate::support::lost_phone::prove_new_number;
use crate::support::{
    Authenticator, Browser, Database, TestApp, User, call, on_both_databases, wire,
};

on_both_databases![
    eighty_wrong_codes_without_a_correct_one_hold_the_factor_until_a_password_reset,
    correct_code_starts_the_count_of_wrong_codes_again,
    operator_commands_end_a_hold_after_eighty_wrong_codes,
    parallel_wrong_codes_do_not_exceed_eighty,
    code_to_a_new_number_does_not_start_the_count_of_wrong_codes_again,
    twenty_wrong_codes_in_password_resets_hold_them_until_a_correct_code_of_a_sign_in,
];

const NEW: &str = "a quite different 88 phrase";
const DAY_SECS: u64 = 24 * 3600;
const HELD: &str = "Too many wrong codes for this account. Use \"Forgot your password?\", or contact your administrator.";
/// The text of a hold of password resets, without the circular advice to reset the password.
const HELD_IN_RESETS: &str = "Too many wrong codes for this account. Contact your administrator.";

/// Enters ten wrong codes a day in sign-ins on this number of days. Returns a day after the last one.
async fn enter_ten_wrong_codes_a_day(
    app: &TestApp,
    user: &User,
    authenticator: &Authenticator,
    days: usize,
) {
    for _ in 0..days {
        hold_second_factor(app, user, authenticator).await;
        app.simulator.advance_clock(DAY_SECS).await;
    }
}

/// Enters this number of wrong codes of the authenticator app.
async fn enter_wrong_codes(
    browser: &mut Browser,
    purpose: Purpose,
    authenticator: &Authenticator,
    count: usize,
) {
    for _ in 0..count {
        let guess = authenticator.wrong_code().await;
        let reply = browser.enter_code(purpose, &guess).await;
        assert!(reply.is_refused());
    }
}

/// Begins a password reset and enters five wrong codes, the maximum of an account in resets on one day.
pub(super) async fn enter_five_wrong_codes_in_a_password_reset(
    app: &TestApp,
    user: &User,
    authenticator: &Authenticator,
) {
    let mut attacker = app.begin_password_reset(user, NEW).await;
    let chosen = call::choose_method_for(Purpose::PasswordReset, "totp");
    attacker.submit_form(&chosen).await.expect_code_entry();
    enter_wrong_codes(&mut attacker, Purpose::PasswordReset, authenticator, 5).await;
}

/// Tests docs/security.md#otp-07.
async fn eighty_wrong_codes_without_a_correct_one_hold_the_factor_until_a_password_reset(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    enter_ten_wrong_codes_a_day(&app, &ann, &authenticator, 7).await;
    assert!(!is_second_factor_held(&app, &ann).await);
    enter_ten_wrong_codes_a_day(&app, &ann, &authenticator, 1).await;
    app.simulator.advance_clock(30 * DAY_SECS).await;
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    let held = browser.choose_sms_method().await;
    assert_eq!(held.visible_error_text(), HELD);

    let changed = app.reset_password(&ann, NEW).await;
    app.new_browser().sign_in(&app, &changed).await;
}

/// Tests docs/security.md#otp-07.
async fn correct_code_starts_the_count_of_wrong_codes_again(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    enter_ten_wrong_codes_a_day(&app, &ann, &authenticator, 7).await;
    let code = authenticator.current_code().await;
    let reply = app.sign_in_with_totp_code(&ann, &code).await;
    assert_eq!(reply.expect_step(), Step::Dashboard);
    enter_ten_wrong_codes_a_day(&app, &ann, &authenticator, 1).await;
    assert!(!is_second_factor_held(&app, &ann).await);
}

/// Restores the rows of `kept_limits`.
async fn restore_kept_limits(app: &TestApp) {
    app.execute_sql("DELETE FROM limit_buckets").await;
    let restore = "INSERT INTO limit_buckets SELECT * FROM kept_limits";
    app.execute_sql(restore).await;
}

/// Tests docs/security.md#otp-07.
async fn operator_commands_end_a_hold_after_eighty_wrong_codes(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    enter_ten_wrong_codes_a_day(&app, &ann, &authenticator, 8).await;
    let keep = "CREATE TABLE kept_limits AS \
                SELECT * FROM limit_buckets WHERE key LIKE 'factor-ceiling%'";
    app.execute_sql(keep).await;
    assert!(is_second_factor_held(&app, &ann).await);
    let done = app.run_user_command(&["unlock", &ann.username]);
    assert!(done.stdout.contains("can try"), "{done:?}");
    app.new_browser().sign_in(&app, &ann).await;

    restore_kept_limits(&app).await;
    assert!(is_second_factor_held(&app, &ann).await);
    let (name, new) = (ann.username.as_str(), User::with_unique_details().phone);
    for (command, phone) in [
        (["reset-mfa", name].as_slice(), ann.phone.as_str()),
        (["set-phone", name, new.as_str()].as_slice(), new.as_str()),
    ] {
        restore_kept_limits(&app).await;
        let done = app.run_user_command(command);
        assert_eq!(done.exit_code, 0, "{done:?}");
        app.skip_resend_cooldown().await;
        let entered = call::submit_set_up_phone(phone);
        let mut browser = app.sign_in_until_set_up(&ann).await;
        browser.submit_form(&entered).await.expect_code_entry();
    }
}

/// Starts an app that permits more wrong codes in a day than in all. Registers a user and enters 79 wrong codes.
/// Returns the app, the user, a signed-in browser and the authenticator app.
async fn start_app_after_79_wrong_codes(
    database: Database,
) -> (TestApp, User, Browser, Authenticator) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_FACTOR_FAILURES_PER_DAY", "100")
        .start()
        .await;
    let (ann, signed_in, authenticator) = app.register_user_with_authenticator().await;
    for at in 0..16 {
        let mut browser = app.sign_in_until_totp_code(&ann).await;
        let count = if at == 0 { 4 } else { 5 };
        enter_wrong_codes(&mut browser, Purpose::SignIn, &authenticator, count).await;
    }
    (app, ann, signed_in, authenticator)
}

/// Tests docs/security.md#otp-07.
async fn code_to_a_new_number_does_not_start_the_count_of_wrong_codes_again(database: Database) {
    let (app, ann, mut signed_in, authenticator) = start_app_after_79_wrong_codes(database).await;
    let number = User::with_unique_details().phone;
    prove_new_number(&app, &mut signed_in, &number).await;
    assert!(!is_second_factor_held(&app, &ann).await);
    let mut browser = app.sign_in_until_totp_code(&ann).await;
    enter_wrong_codes(&mut browser, Purpose::SignIn, &authenticator, 1).await;
    assert!(is_second_factor_held(&app, &ann).await);
}

/// Tests docs/security.md#otp-07.
async fn parallel_wrong_codes_do_not_exceed_eighty(database: Database) {
    let (app, ann, _, authenticator) = start_app_after_79_wrong_codes(database).await;
    let mut requests = Vec::new();
    for _ in 0..6 {
        let browser = app.sign_in_until_totp_code(&ann).await;
        let guess = authenticator.wrong_code().await;
        let guess = call::submit_code(Purpose::SignIn, &guess);
        requests.push((app.address, browser.form_request(&guess)));
    }
    for answer in wire::send_at_once(requests).await {
        assert!(answer.status < 500, "{}", answer.text());
    }
    let checked =
        "SELECT COUNT(*) FROM audit_events WHERE event IN ('code_refused', 'tries_exhausted')";
    assert_eq!(app.open_database().await.read_number(checked).await, 80);
    assert!(is_second_factor_held(&app, &ann).await);
}

/// Tests docs/security.md#otp-07.
async fn twenty_wrong_codes_in_password_resets_hold_them_until_a_correct_code_of_a_sign_in(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    for _ in 0..4 {
        enter_five_wrong_codes_in_a_password_reset(&app, &ann, &authenticator).await;
        app.simulator.advance_clock(DAY_SECS).await;
    }
    let token = app.request_reset_token(&ann).await;
    let reset = call::reset_password(&token, NEW);
    let held = app.new_browser().submit_form(&reset).await;
    assert_eq!(held.visible_error_text(), HELD_IN_RESETS);
    let held = held.expect_problem();
    let Problem::ResetHeld { secs } = held else {
        panic!("{held:?}")
    };
    assert!(secs > Problem::LONGEST_TEMPORARY_HOLD_SECS, "{secs}");
    let reset = json!({ "token": token, "password": NEW });
    let client = app.new_api_client();
    let held = client.post("/v1/password/reset", &reset).await;
    assert_eq!(
        held.expect_error(429, "factor_held")["error"],
        HELD_IN_RESETS
    );
    // The owner also has the password, so the sign-in is not held.
    let code = authenticator.current_code().await;
    let reply = app.sign_in_with_totp_code(&ann, &code).await;
    assert_eq!(reply.expect_step(), Step::Dashboard);
    app.reset_password(&ann, NEW).await;
}
