//! A forgotten password: the mail, the new password, and the second factor.

use domain::{Method, Problem, Purpose, Step};

use crate::support::password_reset::reset_link_path;
use crate::support::{Browser, Database, RunningApp, TestApp, User, call, on_both_databases, page};

on_both_databases![
    forgotten_password_is_reset_with_a_code_by_text_message,
    password_is_reset_with_an_authenticator_app_or_a_recovery_code,
    account_without_a_second_factor_resets_by_mail_and_then_sets_one_up,
    password_is_reset_without_scripts,
    reset_ends_every_session_and_pending_flow,
    begun_reset_continues_when_its_link_or_form_is_used_again,
    cancelled_reset_says_once_that_the_password_is_unchanged,
];

const PURPOSE: Purpose = Purpose::PasswordReset;
const NEW: &str = "a quite different 88 phrase";

/// Requests a code by text message for the reset.
async fn request_reset_code(app: &RunningApp, browser: &mut Browser, user: &User) -> String {
    let mut phone = app.simulator.phone_with_number(&user.phone);
    phone.skip_received_messages().await;
    let entry = browser
        .submit_form(&call::choose_method_for(PURPOSE, "sms"))
        .await
        .expect_code_entry();
    assert!(entry.sent.is_some());
    phone.next_code().await
}

/// The browser may have lost the answer to the form, or the user opens the link in the mail again.
async fn begun_reset_continues_when_its_link_or_form_is_used_again(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let token = app.request_reset_token(&ann).await;
    let (path, form) = (reset_link_path(&token), call::reset_password(&token, NEW));
    let mut browser = app.new_browser();
    browser.submit_form(&form).await.expect_step();
    let mut plain = browser.clone().without_scripts();
    assert_eq!(browser.load_page(&path).await.location(), "/reset-password");
    let again = plain.submit_form(&form).await;
    assert_eq!(again.redirect_path(), "/reset-password");
    // The link is used up for every other browser.
    let mut other = app.new_browser();
    assert_eq!(other.load_page(&path).await.status, 410);
    let refused = other.submit_form(&form).await.expect_problem();
    assert_eq!(refused, Problem::ResetLinkInvalid);
    let code = request_reset_code(&app, &mut browser, &ann).await;
    browser.enter_code(PURPOSE, &code).await.expect_step();
    assert_eq!(browser.load_page(&path).await.status, 410);
}

async fn forgotten_password_is_reset_with_a_code_by_text_message(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let sign_in_page = app.new_browser().load_page("/login").await.text();
    assert!(
        sign_in_page.contains("Forgot your password?"),
        "{sign_in_page}"
    );
    let token = app.request_reset_token(&ann).await;
    let mut browser = app.new_browser();
    // The page of the link can be opened several times.
    for _ in 0..3 {
        let page = browser.load_page(&reset_link_path(&token)).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("New password"), "{}", page.text());
    }
    let weak = browser
        .submit_form(&call::reset_password(&token, "password1"))
        .await;
    assert_eq!(weak.expect_problem(), Problem::PasswordCommon);
    let own_name = browser
        .submit_form(&call::reset_password(&token, &ann.email))
        .await;
    assert_eq!(own_name.expect_problem(), Problem::PasswordResembles);
    browser
        .submit_form(&call::reset_password(&token, NEW))
        .await
        .expect_step();
    // The old password is valid until the code is entered.
    assert!(
        app.new_browser()
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
    let code = request_reset_code(&app, &mut browser, &ann).await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let step = browser.enter_code(PURPOSE, &code).await.expect_step();
    assert_eq!(step, Step::PasswordReset);
    assert!(!browser.is_signed_in().await, "sign-in comes next");
    let page = browser.load_page("/login").await.text();
    assert!(page.contains("Your new password is saved"), "{page}");
    let text = phone.next_notification().await;
    assert!(
        text.contains("password of your account was changed"),
        "{text}"
    );
    let mails = app.simulator.mailbox_of(&ann.email);
    let mut mails = mails.clone();
    while mails.next_mail().await.subject != "Your password was changed" {}
    assert!(
        !app.new_browser()
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
    app.skip_resend_cooldown().await;
    let changed = User {
        password: NEW.to_owned(),
        ..ann
    };
    let mut browser = app.new_browser();
    browser.sign_in(&app, &changed).await;
    let history = browser.load_page("/profile/history").await.text();
    for line in ["New password requested by email", "Password reset by email"] {
        assert!(history.contains(line), "{line}: {history}");
    }
}

async fn password_is_reset_with_an_authenticator_app_or_a_recovery_code(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut signed_in, authenticator) = app.register_user_with_authenticator().await;
    let codes = signed_in.create_recovery_codes().await;
    let mut browser = app.begin_password_reset(&ann, NEW).await;
    browser
        .submit_form(&call::choose_method_for(PURPOSE, "totp"))
        .await
        .expect_code_entry();
    let code = authenticator.current_code().await;
    let step = browser.enter_code(PURPOSE, &code).await.expect_step();
    assert_eq!(step, Step::PasswordReset);
    let mut browser = app.begin_password_reset(&ann, NEW).await;
    let recovery = call::choose_method_for(PURPOSE, Method::Recovery.as_str());
    let step = browser.submit_form(&recovery).await.expect_step();
    assert!(matches!(step, Step::EnterRecoveryCode { .. }));
    let step = browser.enter_code(PURPOSE, &codes[0]).await.expect_step();
    assert_eq!(step, Step::PasswordReset);
    assert!(
        app.new_browser()
            .is_password_accepted(&ann.username, NEW)
            .await
    );
}

async fn account_without_a_second_factor_resets_by_mail_and_then_sets_one_up(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let token = app.request_reset_token(&ann).await;
    let mut browser = app.new_browser();
    let step = browser
        .submit_form(&call::reset_password(&token, NEW))
        .await
        .expect_step();
    assert_eq!(step, Step::PasswordReset);
    assert!(!browser.is_signed_in().await);
    let step = browser.enter_password(&ann.email, NEW).await.expect_step();
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
    assert!(
        !app.new_browser()
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
}

async fn password_is_reset_without_scripts(database: Database) {
    const ADVICE: &str = "The link works once, for 30 minutes. Check your spam folder too.";
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser().without_scripts();
    let reply = browser
        .submit_form(&call::request_password_reset(&ann.email, ""))
        .await;
    assert_eq!(reply.redirect_path(), "/forgot-password");
    let page = browser.load_page("/forgot-password").await.text();
    assert!(
        page.contains("an email with a link is on its way"),
        "{page}"
    );
    assert!(page.contains(ADVICE), "{page}");
    let page = browser.load_page("/forgot-password").await.text();
    assert!(!page.contains(ADVICE), "{page}");
    app.simulator.mailbox_of(&ann.email).next_mail().await;
    let token = app.request_reset_token(&ann).await;
    let form = browser.load_page(&reset_link_path(&token)).await.text();
    assert_eq!(page::hidden_input_values(&form, "token"), [token.as_str()]);
    let weak = browser
        .submit_form(&call::reset_password(&token, "short"))
        .await;
    assert_eq!(weak.redirect_path(), reset_link_path(&token));
    let page = browser.load_page(&reset_link_path(&token)).await.text();
    assert!(page.contains("Use at least 8 characters."), "{page}");
    let reply = browser
        .submit_form(&call::reset_password(&token, NEW))
        .await;
    assert_eq!(reply.redirect_path(), "/reset-password");
    let page = browser.load_page("/reset-password").await.text();
    assert!(page.contains("Choose Verification Method"), "{page}");
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let reply = browser
        .submit_form(&call::choose_method_for(PURPOSE, "sms"))
        .await;
    assert_eq!(reply.redirect_path(), "/reset-password/verify");
    let page = browser.load_page("/reset-password/verify").await;
    assert_eq!(page.status, 200);
    let code = phone.next_code().await;
    let reply = browser.enter_code(PURPOSE, &code).await;
    assert_eq!(reply.redirect_path(), "/login");
    assert!(
        app.new_browser()
            .is_password_accepted(&ann.username, NEW)
            .await
    );
    // The address of the link can also select German.
    let token = app.request_reset_token(&ann).await;
    let mut german = app.new_browser().with_accept_language("de");
    let page = german.load_page(&reset_link_path(&token)).await.text();
    assert!(page.contains("Neues Passwort"), "{page}");
    let page = german.load_page("/forgot-password").await.text();
    assert!(page.contains("Passwort vergessen?"), "{page}");
}

/// Tests docs/security.md#sm-12.
async fn reset_ends_every_session_and_pending_flow(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut signed_in, authenticator) = app.register_user_with_authenticator().await;
    let mut pending = app.sign_in_until_totp_code(&ann).await;
    let mut browser = app.begin_password_reset(&ann, NEW).await;
    browser
        .submit_form(&call::choose_method_for(PURPOSE, "totp"))
        .await
        .expect_code_entry();
    let code = authenticator.current_code().await;
    browser.enter_code(PURPOSE, &code).await.expect_step();
    assert!(!signed_in.is_signed_in().await);
    assert_eq!(app.open_database().await.count_sessions().await, 0);
    app.simulator.advance_clock(30).await;
    let code = authenticator.current_code().await;
    let refused = pending.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(refused.expect_problem(), Problem::FlowEnded);
}

async fn cancelled_reset_says_once_that_the_password_is_unchanged(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let token = app.request_reset_token(&ann).await;
    let mut browser = app.new_browser();
    browser
        .submit_form(&call::reset_password(&token, NEW))
        .await
        .expect_step();
    browser.cancel_flow(PURPOSE).await;
    let moved = browser.load_page("/reset-password").await;
    assert_eq!(moved.location(), "/forgot-password");
    let page = browser.load_page("/forgot-password").await.text();
    assert!(page.contains("Your password was not changed."), "{page}");
    let page = browser.load_page("/forgot-password").await.text();
    assert!(!page.contains("Your password was not changed."), "{page}");
}
