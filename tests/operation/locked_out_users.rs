//! Users who cannot sign in reach the dashboard again after the operator commands that docs/production.md describes.

use domain::{Purpose, Step};

use crate::support::{Browser, Database, RunningApp, TestApp, User, call, on_both_databases};

on_both_databases![
    user_without_phone_and_password_signs_in_after_set_phone_and_a_reset,
    user_without_password_and_mailbox_signs_in_after_set_email_and_a_reset,
];

const NEW_PASSWORD: &str = "a quite different 88 phrase";

/// Opens the link of a reset mail and enters the new password. Returns the browser and the next step.
async fn reset_password_by_mail(app: &RunningApp, user: &User) -> (Browser, Step) {
    let token = app.request_reset_token(user).await;
    let mut browser = app.new_browser();
    let reset = call::reset_password(&token, NEW_PASSWORD);
    let step = browser.submit_form(&reset).await.expect_step();
    (browser, step)
}

/// Covers docs/production.md#when-a-user-cannot-sign-in.
async fn user_without_phone_and_password_signs_in_after_set_phone_and_a_reset(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let new = User::with_unique_details().phone;
    let output = app.run_user_command(&["set-phone", &ann.username, &new]);
    assert_eq!(output.exit_code, 0, "{output:?}");

    let (mut browser, step) = reset_password_by_mail(&app, &ann).await;
    assert_eq!(step, Step::PasswordReset);
    let reply = browser.enter_password(&ann.username, NEW_PASSWORD).await;
    assert!(matches!(reply.expect_step(), Step::SetUp { .. }));
    let mut phone = app.simulator.phone_with_number(&new);
    phone.skip_received_messages().await;
    let number = call::submit_set_up_phone(&new);
    browser.submit_form(&number).await.expect_step();
    let code = phone.next_code().await;
    let ended = browser.enter_code(Purpose::SetUp, &code).await;
    assert_eq!(ended.expect_step(), Step::Dashboard);
    assert!(browser.is_signed_in().await);
}

/// Covers docs/production.md#when-a-user-cannot-sign-in.
async fn user_without_password_and_mailbox_signs_in_after_set_email_and_a_reset(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let new = User::with_unique_details().email;
    let output = app.run_user_command(&["set-email", &ann.username, &new]);
    assert_eq!(output.exit_code, 0, "{output:?}");
    let ann = User {
        email: new,
        password: NEW_PASSWORD.to_owned(),
        ..ann
    };

    let (mut browser, step) = reset_password_by_mail(&app, &ann).await;
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
    let code = browser
        .request_sms_code(&app, Purpose::PasswordReset, &ann)
        .await;
    let ended = browser.enter_code(Purpose::PasswordReset, &code).await;
    assert_eq!(ended.expect_step(), Step::PasswordReset);
    app.skip_resend_cooldown().await;
    browser.sign_in(&app, &ann).await;
    assert!(browser.is_signed_in().await);
}
