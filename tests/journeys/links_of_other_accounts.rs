//! Mailed links of one account that are opened in a browser that is signed in to another account.

use domain::Step;

use crate::support::email_proof::{CANCEL_SUBJECT, read_cancel_token};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    message_of_a_link_of_another_account_is_shown_on_a_page_without_the_session,
    message_of_a_link_of_the_signed_in_account_is_shown_on_the_dashboard,
    message_of_a_new_registration_is_shown_on_a_page_without_the_session_of_the_browser,
];

/// The link of the header that only pages of a session have.
const LINK_OF_SESSION: &str = "href=\"/profile\"";

/// Loads the page `path` with this message. Expects a page without the session that the browser keeps, once.
async fn expect_message_on_page_without_session(browser: &mut Browser, path: &str, message: &str) {
    let page = browser.load_page(path).await;
    assert_eq!(page.status, 200, "{path}: {message}");
    let page = page.text();
    assert!(page.contains(message), "{message}: {page}");
    assert!(!page.contains(LINK_OF_SESSION), "{message}: {page}");
    let dashboard = browser.load_page("/dashboard").await.text();
    assert!(dashboard.contains(LINK_OF_SESSION), "{dashboard}");
    assert!(!dashboard.contains(message), "{message}: {dashboard}");
    let again = browser.load_page("/login").await;
    assert_eq!(again.location(), "/dashboard", "{message}");
}

async fn message_of_a_link_of_another_account_is_shown_on_a_page_without_the_session(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;

    let without_factor = app.create_user_by_command();
    let token = app.request_reset_token(&without_factor).await;
    let reset = call::reset_password(&token, "another horse 9 staple");
    let step = browser.submit_form(&reset).await.expect_step();
    assert_eq!(step, Step::PasswordReset);
    let message = "Your new password is saved. Please sign in with it.";
    expect_message_on_page_without_session(&mut browser, "/login", message).await;

    let (bob, mut other) = app.sign_in_new_user().await;
    other.begin_email_change(&app, "new@example.net").await;
    let mail = app.wait_for_mail(&bob.email, CANCEL_SUBJECT).await;
    let cancellation = call::cancel_email_change(&read_cancel_token(&mail));
    let step = browser.submit_form(&cancellation).await.expect_step();
    assert_eq!(step, Step::EmailChangeCancelled);
    let message = "The change was stopped";
    expect_message_on_page_without_session(&mut browser, "/login", message).await;

    let carol = app.register_user().await;
    let open = call::open_recovery_by_link(&app.request_recovery(&carol).await);
    let step = browser.submit_form(&open).await.expect_step();
    assert_eq!(step, Step::RecoveryOpened);
    let message = "Your phone is reported lost.";
    expect_message_on_page_without_session(&mut browser, "/login", message).await;

    let dora = app.register_user().await;
    let cancel = call::cancel_recovery_by_link(&app.open_recovery(&dora).await);
    let step = browser.submit_form(&cancel).await.expect_step();
    assert_eq!(step, Step::RecoveryCancelled { signed_in: false });
    let message = "Cancelled: your phone number stays.";
    expect_message_on_page_without_session(&mut browser, "/login", message).await;

    let (_, _, undo) = app.change_phone(&app.register_user().await).await;
    let undo = call::undo_change(&undo);
    let step = browser.submit_form(&undo).await.expect_step();
    assert_eq!(step, Step::PhoneChangeUndone);
    let message = "Your earlier phone number is back.";
    expect_message_on_page_without_session(&mut browser, "/forgot-password", message).await;
}

async fn message_of_a_link_of_the_signed_in_account_is_shown_on_the_dashboard(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let cancel = call::cancel_recovery_by_link(&app.open_recovery(&ann).await);
    browser.submit_form(&cancel).await.expect_step();
    assert_eq!(browser.load_page("/login").await.location(), "/dashboard");
    let dashboard = browser.load_page("/dashboard").await.text();
    assert!(
        dashboard.contains("Cancelled: your phone number stays."),
        "{dashboard}"
    );
}

async fn message_of_a_new_registration_is_shown_on_a_page_without_the_session_of_the_browser(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    browser.register(&app, &User::with_unique_details()).await;
    let message = "Phone number verified. Please sign in.";
    expect_message_on_page_without_session(&mut browser, "/login", message).await;
}
