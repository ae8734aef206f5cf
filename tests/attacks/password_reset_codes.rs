//! Simultaneous uses of one code of the second factor in a password reset.

use domain::Purpose;

use crate::support::wire::send_at_once;
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, page};

on_both_databases![
    hundred_parallel_uses_of_one_text_message_code_reset_the_password_once,
    hundred_parallel_uses_of_one_authenticator_code_reset_the_password_once,
    hundred_parallel_uses_of_one_recovery_code_reset_the_password_once,
];

const PURPOSE: Purpose = Purpose::PasswordReset;
const NEW: &str = "a quite different 88 phrase";

/// Begins a password reset and chooses the second factor `method`.
async fn reset_until_code(app: &TestApp, user: &User, method: &str) -> Browser {
    let token = app.request_reset_token(user).await;
    let mut browser = app.new_browser();
    browser
        .submit_form(&call::reset_password(&token, NEW))
        .await
        .expect_step();
    browser
        .submit_form(&call::choose_method_for(PURPOSE, method))
        .await
        .expect_step();
    browser
}

/// Sends the correct code a hundred times at once. Asserts that one request resets the password.
async fn expect_one_reset(app: &TestApp, browser: &Browser, user: &User, code: &str) {
    let request = browser.form_request(&call::submit_code(PURPOSE, code));
    let answers = send_at_once(vec![(app.address, request); 100]).await;
    let wins = answers
        .iter()
        .filter(|answer| answer.text().contains("\"step\":\"password_reset\""));
    assert_eq!(wins.count(), 1);
    let probe = app.open_database().await;
    let resets = "SELECT COUNT(*) FROM audit_events WHERE event = 'password_reset'";
    assert_eq!(probe.read_number(resets).await, 1);
    assert_eq!(probe.count_sessions().await, 0);
    assert!(
        app.new_browser()
            .is_password_accepted(&user.username, NEW)
            .await
    );
}

async fn hundred_parallel_uses_of_one_text_message_code_reset_the_password_once(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let browser = reset_until_code(&app, &ann, "sms").await;
    let code = phone.next_code().await;
    expect_one_reset(&app, &browser, &ann, &code).await;
}

async fn hundred_parallel_uses_of_one_authenticator_code_reset_the_password_once(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let browser = reset_until_code(&app, &ann, "totp").await;
    app.simulator.advance_to_next_totp_step().await;
    let code = authenticator.current_code().await;
    expect_one_reset(&app, &browser, &ann, &code).await;
}

async fn hundred_parallel_uses_of_one_recovery_code_reset_the_password_once(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut owner) = app.sign_in_new_user().await;
    let made = owner.submit_form(&call::create_recovery_codes("0")).await;
    let codes = page::list_items(&made.response.text(), "recovery-codes");
    let browser = reset_until_code(&app, &ann, "recovery").await;
    expect_one_reset(&app, &browser, &ann, &codes[0]).await;
    let unused = "SELECT COUNT(*) FROM recovery_codes WHERE spent_at = 0";
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(unused).await, 9);
}
