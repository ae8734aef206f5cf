//! The page of a mailed code in a browser in which another tab has begun the proof of another address, or has signed in
//! to another account.

use domain::{Problem, Step};

use super::email_proof::sign_in_browser;
use crate::support::page::flow_form_post;
use crate::support::{Browser, Database, FormResponse, TestApp, on_both_databases};

on_both_databases![
    code_entered_on_the_page_of_an_earlier_address_does_not_prove_the_new_one,
    page_of_an_earlier_address_sends_no_code_to_the_new_one,
    code_entered_on_the_page_of_another_account_does_not_prove_its_address,
];

const PAGE: &str = "/verify-email";
const CHECK: &str = "/api/email/check";
const NEW: &str = "new@example.net";
const VERIFIED: &str = "SELECT COUNT(*) FROM accounts WHERE email_verified_at > 1";

/// Asserts that a form was refused because of its page, and that the browser loads the page again.
#[track_caller]
fn assert_page_is_refused(reply: &FormResponse) {
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    assert_eq!(reply.page_after_refusal().as_deref(), Some(PAGE));
}

/// Loads the page of the code, which shows this address.
async fn load_page_of_address(browser: &mut Browser, address: &str) -> String {
    let page = browser.load_page(PAGE).await.text();
    assert!(page.contains(address), "{page}");
    page
}

/// Signs in a user with an unverified address and loads the page with its code. Then another tab begins a change to the
/// address `NEW`. Returns the browser, the page, and the code for the new address.
async fn begin_change_in_another_tab(app: &TestApp) -> (Browser, String, String) {
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(app, &ann).await;
    browser.request_email_code(app, &ann.email).await;
    let page = load_page_of_address(&mut browser, &ann.email).await;
    app.skip_resend_cooldown().await;
    let code = browser.begin_email_change(app, NEW).await;
    (browser, page, code)
}

async fn code_entered_on_the_page_of_an_earlier_address_does_not_prove_the_new_one(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (mut browser, page, code) = begin_change_in_another_tab(&app).await;
    let form = flow_form_post(&page, CHECK, &[("code", &code)]);
    assert_page_is_refused(&browser.submit_form(&form).await);
    assert_eq!(app.open_database().await.read_number(VERIFIED).await, 0);
    // The page that loads next shows the new address, and its form proves it.
    let page = load_page_of_address(&mut browser, NEW).await;
    let form = flow_form_post(&page, CHECK, &[("code", &code)]);
    let verified = browser.submit_form(&form).await;
    assert_eq!(verified.expect_step(), Step::EmailChanged);
}

async fn page_of_an_earlier_address_sends_no_code_to_the_new_one(database: Database) {
    let app = TestApp::start(database).await;
    let (mut browser, page, _) = begin_change_in_another_tab(&app).await;
    app.skip_resend_cooldown().await;
    let resend = flow_form_post(&page, "/api/email/send", &[]);
    assert_page_is_refused(&browser.submit_form(&resend).await);
    let page = load_page_of_address(&mut browser, NEW).await;
    let resend = flow_form_post(&page, "/api/email/send", &[]);
    let sent = browser.submit_form(&resend).await;
    assert_eq!(sent.expect_step(), Step::EnterEmailCode);
}

async fn code_entered_on_the_page_of_another_account_does_not_prove_its_address(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let bob = app.register_user_with_unverified_email().await;
    let mut browser = sign_in_browser(&app, &ann).await;
    browser.request_email_code(&app, &ann.email).await;
    let page_of_ann = load_page_of_address(&mut browser, &ann.email).await;
    // Another tab signs in to another account.
    browser.sign_out().await.expect_step();
    browser.sign_in(&app, &bob).await;
    let code = browser.request_email_code(&app, &bob.email).await;
    let form = flow_form_post(&page_of_ann, CHECK, &[("code", &code)]);
    assert_page_is_refused(&browser.submit_form(&form).await);
    assert_eq!(app.open_database().await.read_number(VERIFIED).await, 0);
    let page = load_page_of_address(&mut browser, &bob.email).await;
    let form = flow_form_post(&page, CHECK, &[("code", &code)]);
    let verified = browser.submit_form(&form).await;
    assert_eq!(verified.expect_step(), Step::EmailVerified);
}
