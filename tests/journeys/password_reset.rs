//! A forgotten password: the mail, the new password, and the second factor.

use domain::{Method, Problem, Purpose, Step};

use crate::support::password_reset::link_path;
use crate::support::{Browser, Database, RunningApp, TestApp, User, call, on_both_databases, page};

on_both_databases![
    forgotten_password_is_reset_with_a_code_by_text_message,
    password_is_reset_with_an_authenticator_app_or_a_recovery_code,
    account_without_a_second_factor_resets_by_mail_and_then_sets_one_up,
    password_is_reset_without_scripts,
    reset_ends_every_session_and_pending_flow,
];

const PURPOSE: Purpose = Purpose::PasswordReset;
const NEW: &str = "a quite different 88 phrase";

/// Uses a link of this user, up to the choice of method.
async fn up_to_the_method(app: &RunningApp, user: &User) -> Browser {
    let token = app.reset_token(user).await;
    let mut browser = app.browser();
    let step = browser
        .call(&call::reset_password(&token, NEW))
        .await
        .step();
    assert!(matches!(step, Step::ChooseMethod { purpose, .. } if purpose == PURPOSE));
    browser
}

/// Requests a code by text message for the reset.
async fn request_code(app: &RunningApp, browser: &mut Browser, user: &User) -> String {
    let mut phone = app.simulator.phone(&user.phone);
    phone.skip_received_messages().await;
    let entry = browser.call(&call::method_of(PURPOSE, "sms")).await.entry();
    assert!(entry.sent.is_some());
    phone.next_code().await
}

async fn forgotten_password_is_reset_with_a_code_by_text_message(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let sign_in_page = app.browser().page("/login").await.text();
    assert!(
        sign_in_page.contains("Forgot your password?"),
        "{sign_in_page}"
    );
    let token = app.reset_token(&ann).await;
    let mut browser = app.browser();
    // Opening the link does not use it up.
    for _ in 0..3 {
        let page = browser.page(&link_path(&token)).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("New password"), "{}", page.text());
    }
    let weak = browser
        .call(&call::reset_password(&token, "password1"))
        .await;
    assert_eq!(weak.problem(), Problem::PasswordCommon);
    let own_name = browser
        .call(&call::reset_password(&token, &ann.email))
        .await;
    assert_eq!(own_name.problem(), Problem::PasswordResembles);
    browser
        .call(&call::reset_password(&token, NEW))
        .await
        .step();
    // Nothing has changed before the code.
    assert!(
        app.browser()
            .password_is_accepted(&ann.username, &ann.password)
            .await
    );
    let code = request_code(&app, &mut browser, &ann).await;
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_received_messages().await;
    let step = browser.enter_code(PURPOSE, &code).await.step();
    assert_eq!(step, Step::PasswordReset);
    assert!(!browser.is_signed_in().await, "sign-in comes next");
    let page = browser.page("/login").await.text();
    assert!(page.contains("Your new password is saved"), "{page}");
    let text = phone.next_notification().await;
    assert!(
        text.contains("password of your account was changed"),
        "{text}"
    );
    let mails = app.simulator.mails(&ann.email);
    let mut mails = mails.clone();
    while mails.next().await.subject != "Your password was changed" {}
    assert!(
        !app.browser()
            .password_is_accepted(&ann.username, &ann.password)
            .await
    );
    app.skip_resend_cooldown().await;
    let changed = User {
        password: NEW.to_owned(),
        ..ann
    };
    let mut browser = app.browser();
    browser.sign_in(&app, &changed).await;
    let history = browser.page("/profile/history").await.text();
    for line in ["New password requested by mail", "Password reset by mail"] {
        assert!(history.contains(line), "{line}: {history}");
    }
}

async fn password_is_reset_with_an_authenticator_app_or_a_recovery_code(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut signed_in, authenticator) = app.member_with_authenticator().await;
    let codes = signed_in.make_recovery_codes().await;
    let mut browser = up_to_the_method(&app, &ann).await;
    browser
        .call(&call::method_of(PURPOSE, "totp"))
        .await
        .entry();
    let code = authenticator.code().await;
    let step = browser.enter_code(PURPOSE, &code).await.step();
    assert_eq!(step, Step::PasswordReset);
    let mut browser = up_to_the_method(&app, &ann).await;
    let recovery = call::method_of(PURPOSE, Method::Recovery.as_str());
    let step = browser.call(&recovery).await.step();
    assert!(matches!(step, Step::EnterRecoveryCode { .. }));
    let step = browser.enter_code(PURPOSE, &codes[0]).await.step();
    assert_eq!(step, Step::PasswordReset);
    assert!(app.browser().password_is_accepted(&ann.username, NEW).await);
}

async fn account_without_a_second_factor_resets_by_mail_and_then_sets_one_up(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.user_without_second_factor();
    let token = app.reset_token(&ann).await;
    let mut browser = app.browser();
    let step = browser
        .call(&call::reset_password(&token, NEW))
        .await
        .step();
    assert_eq!(step, Step::PasswordReset);
    assert!(!browser.is_signed_in().await);
    let step = browser.enter_password(&ann.email, NEW).await.step();
    assert!(matches!(step, Step::SetUp { .. }), "{step:?}");
    assert!(
        !app.browser()
            .password_is_accepted(&ann.username, &ann.password)
            .await
    );
}

async fn password_is_reset_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let mut browser = app.browser().without_scripts();
    let asked = browser.call(&call::forgot_password(&ann.email, "")).await;
    assert_eq!(asked.location(), "/forgot-password");
    let page = browser.page("/forgot-password").await.text();
    assert!(page.contains("a mail with a link is on its way"), "{page}");
    app.simulator.mails(&ann.email).next().await;
    let token = app.reset_token(&ann).await;
    let form = browser.page(&link_path(&token)).await.text();
    assert_eq!(page::values(&form, "token"), [token.as_str()]);
    let weak = browser.call(&call::reset_password(&token, "short")).await;
    assert_eq!(weak.location(), link_path(&token));
    let page = browser.page(&link_path(&token)).await.text();
    assert!(page.contains("Use at least 8 characters."), "{page}");
    let reply = browser.call(&call::reset_password(&token, NEW)).await;
    assert_eq!(reply.location(), "/reset-password");
    let page = browser.page("/reset-password").await.text();
    assert!(page.contains("Choose Verification Method"), "{page}");
    let mut phone = app.simulator.phone(&ann.phone);
    phone.skip_received_messages().await;
    let reply = browser.call(&call::method_of(PURPOSE, "sms")).await;
    assert_eq!(reply.location(), "/reset-password/verify");
    let page = browser.page("/reset-password/verify").await;
    assert_eq!(page.status, 200);
    let code = phone.next_code().await;
    let reply = browser.enter_code(PURPOSE, &code).await;
    assert_eq!(reply.location(), "/login");
    assert!(app.browser().password_is_accepted(&ann.username, NEW).await);
    // The address of the link can also select German.
    let token = app.reset_token(&ann).await;
    let mut german = app.browser().with_accept_language("de");
    let page = german.page(&link_path(&token)).await.text();
    assert!(page.contains("Neues Passwort"), "{page}");
    let page = german.page("/forgot-password").await.text();
    assert!(page.contains("Passwort vergessen?"), "{page}");
}

/// Tests docs/security.md#sm-12.
async fn reset_ends_every_session_and_pending_flow(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut signed_in, authenticator) = app.member_with_authenticator().await;
    let mut pending = app.up_to_the_authenticator(&ann).await;
    let mut browser = up_to_the_method(&app, &ann).await;
    browser
        .call(&call::method_of(PURPOSE, "totp"))
        .await
        .entry();
    let code = authenticator.code().await;
    browser.enter_code(PURPOSE, &code).await.step();
    assert!(!signed_in.is_signed_in().await);
    assert_eq!(app.probe().await.sessions().await, 0);
    app.simulator.advance(30).await;
    let code = authenticator.code().await;
    let refused = pending.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(refused.problem(), Problem::FlowEnded);
}
