//! "Start again" on a code page that has shown why its verification flow has ended. The reason is not repeated.

use domain::{Problem, Purpose};

use super::ended_flow_pages::{ENDED, begin_step_up_until_code, expect_no_reason, expect_redirect};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases, wrong_code};

/// The beginning of the reason for a flow without attempts left.
const TOO_MANY: &str = "Too many attempts.";

on_both_databases![
    page_of_an_expired_sign_in_code_starts_again_without_the_reason,
    page_of_an_expired_reset_code_starts_again_without_the_reason,
    expired_sign_in_that_its_code_form_reported_starts_again_without_the_reason,
    step_up_without_attempts_left_starts_again_on_its_settings_page_without_the_reason,
    phone_change_without_attempts_left_starts_again_with_the_form_for_the_number,
    password_reset_without_attempts_left_starts_again_without_the_reason,
    set_up_without_attempts_left_starts_again_without_the_reason,
];

/// Enters wrong codes with scripts until the form shows that no attempts are left.
async fn use_up_attempts(browser: &mut Browser, purpose: Purpose, code: &str) {
    for _ in 0..4 {
        let reply = browser.enter_code(purpose, &wrong_code(code)).await;
        let text = reply.visible_error_text();
        assert!(!text.contains(TOO_MANY), "{text}");
    }
    let last = browser.enter_code(purpose, &wrong_code(code)).await;
    let text = last.visible_error_text();
    assert!(text.contains(TOO_MANY), "{text}");
    assert_eq!(last.page_after_refusal(), None);
}

/// Begins the password reset of a new user, up to the code. Returns the browser and the code.
async fn begin_reset_until_code(app: &TestApp) -> (Browser, String) {
    let ann = app.register_user().await;
    let mut browser = app
        .begin_password_reset(&ann, "a quite different 88 phrase")
        .await;
    let code = browser
        .request_sms_code(app, Purpose::PasswordReset, &ann)
        .await;
    (browser, code)
}

async fn page_of_an_expired_sign_in_code_starts_again_without_the_reason(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await;
    app.simulator.advance_clock(901).await;
    let page = browser.load_page("/login/verify").await.text();
    assert!(page.contains(ENDED), "{page}");
    assert!(page.contains("Start again"), "{page}");
    let mut reloading = browser.clone();
    expect_no_reason(&mut browser, "/login", ENDED).await;

    expect_redirect(&mut reloading, "/login/verify", "/login").await;
    expect_no_reason(&mut reloading, "/login", ENDED).await;
}

async fn page_of_an_expired_reset_code_starts_again_without_the_reason(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, _) = begin_reset_until_code(&app).await;
    app.simulator.advance_clock(901).await;
    let page = browser.load_page("/reset-password/verify").await.text();
    assert!(page.contains(ENDED), "{page}");
    assert!(page.contains("Start again"), "{page}");
    let mut reloading = browser.clone();
    expect_redirect(&mut browser, "/reset-password", "/forgot-password").await;
    expect_no_reason(&mut browser, "/forgot-password", ENDED).await;

    expect_redirect(&mut reloading, "/reset-password/verify", "/login").await;
    expect_no_reason(&mut reloading, "/login", ENDED).await;
}

async fn expired_sign_in_that_its_code_form_reported_starts_again_without_the_reason(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    app.simulator.advance_clock(901).await;
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    expect_no_reason(&mut browser, "/login", ENDED).await;
}

async fn step_up_without_attempts_left_starts_again_on_its_settings_page_without_the_reason(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (_, mut browser, code) = begin_step_up_until_code(&app).await;
    let page = browser.load_page("/profile/phone").await.text();
    // The link reloads the page that contains it.
    assert!(page.contains("href=\"\""), "{page}");
    use_up_attempts(&mut browser, Purpose::StepUp, &code).await;
    let page = expect_no_reason(&mut browser, "/profile/phone", TOO_MANY).await;
    assert!(page.contains("name=\"password\""), "{page}");
}

async fn phone_change_without_attempts_left_starts_again_with_the_form_for_the_number(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    let number = User::with_unique_details().phone;
    let begun = call::begin_phone_change(&number);
    browser.submit_form(&begun).await.expect_step();
    let code = app.simulator.phone_with_number(&number).next_code().await;
    use_up_attempts(&mut browser, Purpose::PhoneChange, &code).await;
    let page = expect_no_reason(&mut browser, "/profile/phone", TOO_MANY).await;
    assert!(page.contains("New phone number"), "{page}");
}

async fn password_reset_without_attempts_left_starts_again_without_the_reason(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, code) = begin_reset_until_code(&app).await;
    use_up_attempts(&mut browser, Purpose::PasswordReset, &code).await;
    expect_redirect(&mut browser, "/reset-password", "/forgot-password").await;
    expect_no_reason(&mut browser, "/forgot-password", TOO_MANY).await;
}

async fn set_up_without_attempts_left_starts_again_without_the_reason(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let number = call::submit_set_up_phone(&ann.phone);
    browser.submit_form(&number).await.expect_code_entry();
    let code = phone.next_code().await;
    use_up_attempts(&mut browser, Purpose::SetUp, &code).await;
    expect_no_reason(&mut browser, "/login", TOO_MANY).await;
}
