//! Forms without input fields whose request fails, without scripts. The page says so.

use domain::{Purpose, Step};

use crate::support::call::FormPost;
use crate::support::email_proof::{CANCEL_SUBJECT, cancel_link_path, read_cancel_token};
use crate::support::{Browser, Database, TestApp, call, on_both_databases};

on_both_databases![
    refused_cancellation_of_an_email_change_shows_the_reason_without_scripts,
    refused_end_of_other_sessions_shows_the_reason_without_scripts,
    refused_decision_to_keep_the_account_shows_the_reason_without_scripts,
];

/// Makes every request fail that writes to the audit trail.
async fn make_audit_trail_writes_fail(app: &TestApp) {
    app.execute_sql("ALTER TABLE audit_events RENAME TO broken_audit_events")
        .await;
}

/// Submits a form whose request fails. Asserts that the page at `path` shows an error once.
async fn expect_error_on_page(mut browser: Browser, form: &FormPost, path: &str) {
    const ERROR: &str = "role=\"alert\" class=\"notice error\"";
    browser = browser.without_scripts();
    let mut location = browser.submit_form(form).await.redirect_path();
    let mut page = browser.load_page(&location).await;
    while page.status == 303 {
        page.location().clone_into(&mut location);
        page = browser.load_page(&location).await;
    }
    assert_eq!((location.as_str(), page.status), (path, 200));
    assert!(page.text().contains(ERROR), "{}", page.text());
    let again = browser.load_page(path).await.text();
    assert!(!again.contains(ERROR), "{again}");
}

async fn refused_cancellation_of_an_email_change_shows_the_reason_without_scripts(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    browser.begin_email_change(&app, "new@example.net").await;
    let mail = app.wait_for_mail(&ann.email, CANCEL_SUBJECT).await;
    let token = read_cancel_token(&mail);
    make_audit_trail_writes_fail(&app).await;
    let cancel = call::cancel_email_change(&token);
    expect_error_on_page(app.new_browser(), &cancel, &cancel_link_path(&token)).await;
}

async fn refused_end_of_other_sessions_shows_the_reason_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, browser) = app.sign_in_new_user().await;
    app.new_browser().sign_in(&app, &ann).await;
    make_audit_trail_writes_fail(&app).await;
    expect_error_on_page(browser, &call::end_other_sessions(), "/profile/sessions").await;
}

async fn refused_decision_to_keep_the_account_shows_the_reason_without_scripts(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let delete = call::delete_account(&ann.username);
    let step = browser.submit_form(&delete).await.expect_step();
    assert_eq!(step, Step::DeletionRequested);
    app.skip_resend_cooldown().await;
    let code = browser.sign_in_until_code(&app, &ann).await;
    let reply = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_step(), Step::DecideDeletion);
    make_audit_trail_writes_fail(&app).await;
    let keep = call::cancel_account_deletion();
    expect_error_on_page(browser, &keep, "/keep-account").await;
}
