//! Leaving the page of a code: reloads, several tabs, and requests that are running.

use domain::{Problem, Purpose};
use serde_json::json;

use crate::support::{Browser, Database, RunningApp, TestApp, call, on_both_databases};

on_both_databases![
    code_is_cancelled_when_the_user_leaves_its_page_and_does_not_return,
    code_is_kept_when_the_user_returns_to_its_page,
    code_is_kept_when_a_tab_with_the_earlier_dialog_is_closed,
    code_is_kept_if_a_page_reload_is_reported_before_the_page_exit,
    code_is_cancelled_when_every_tab_with_its_page_was_left,
    code_is_kept_while_an_earlier_tab_is_still_open,
    code_being_sent_when_the_user_leaves_is_cancelled,
];

const PURPOSE: Purpose = Purpose::SignIn;
const LIVE: &str = "SELECT COUNT(*) FROM flows WHERE live = 1";

/// Loads the page of a sign-in code. Returns the time at which the server has sent it, in milliseconds, as the scripts
/// of the page report it.
async fn open_code_page(browser: &mut Browser) -> String {
    let page = browser.load_page("/login/verify").await.text();
    let page = page.replace("&quot;", "\"").replace('\\', "");
    let (_, time) = page.split_once("\"now\":").expect("the time of the page");
    time.chars().take_while(char::is_ascii_digit).collect()
}

/// Reports that the user has left the page that was sent at this time.
async fn leave_page(browser: &mut Browser, opened_at: &str) {
    let mut report = call::report_entry_left(PURPOSE);
    report.fields.push(("page", opened_at.to_owned()));
    let reply = browser.submit_form(&report).await;
    assert_eq!(reply.response.status, 200);
}

/// Reports that the page that was sent at this time is open, as its plain script does.
async fn report_open_page(browser: &mut Browser, opened_at: &str) {
    let mut report = call::report_entry_reopened(PURPOSE);
    report.fields.push(("page", opened_at.to_owned()));
    let reply = browser.submit_form(&report).await;
    assert_eq!(reply.response.text().trim_matches('"'), opened_at);
}

/// Leaves the code page of another user, and waits until that code is cancelled. By then the server has cancelled or
/// kept the flow of every page that was left before. Expects `kept` live flows.
async fn leave_another_code_page_and_wait_for_its_cancellation(app: &RunningApp, kept: i64) {
    let bob = app.register_user().await;
    let mut leaving = app.new_browser();
    leaving.sign_in_until_code(app, &bob).await;
    let opened_at = open_code_page(&mut leaving).await;
    leave_page(&mut leaving, &opened_at).await;
    let probe = app.open_database().await;
    probe.wait_for_number(LIVE, kept).await;
    let dead = leaving.enter_code(PURPOSE, "123456").await;
    assert_eq!(dead.expect_problem(), Problem::FlowEnded);
}

/// Tests docs/product.md#section-6.
async fn code_is_cancelled_when_the_user_leaves_its_page_and_does_not_return(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let opened_at = open_code_page(&mut browser).await;
    leave_page(&mut browser, &opened_at).await;
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(LIVE).await, 1);
    probe.wait_for_number(LIVE, 0).await;
    app.simulator.wait_for_cancelled_code().await;
    let dead = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(dead.expect_problem(), Problem::FlowEnded);
}

async fn code_is_kept_when_the_user_returns_to_its_page(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut reloading = app.new_browser();
    let code = reloading.sign_in_until_code(&app, &ann).await;
    let opened_at = open_code_page(&mut reloading).await;
    leave_page(&mut reloading, &opened_at).await;
    reloading
        .submit_form(&call::report_entry_reopened(PURPOSE))
        .await;
    leave_another_code_page_and_wait_for_its_cancellation(&app, 1).await;
    reloading.enter_code(PURPOSE, &code).await.expect_step();
    assert!(reloading.is_signed_in().await);
}

/// A dialog does not report when it was sent.
async fn code_is_kept_when_a_tab_with_the_earlier_dialog_is_closed(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    browser.submit_form(&call::report_entry_left(PURPOSE)).await;
    leave_another_code_page_and_wait_for_its_cancellation(&app, 1).await;
    browser.enter_code(PURPOSE, &code).await.expect_step();
    assert!(browser.is_signed_in().await);
}

/// Covers docs/product.md#section-6-7. The reports of a reload can arrive in any order.
async fn code_is_kept_if_a_page_reload_is_reported_before_the_page_exit(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let first = open_code_page(&mut browser).await;
    app.simulator.advance_clock(1).await;
    let second = open_code_page(&mut browser).await;
    assert_ne!(first, second);
    report_open_page(&mut browser, &second).await;
    report_open_page(&mut browser, &first).await;
    leave_page(&mut browser, &first).await;
    leave_another_code_page_and_wait_for_its_cancellation(&app, 1).await;
    browser.enter_code(PURPOSE, &code).await.expect_step();
    assert!(browser.is_signed_in().await);
}

/// Covers docs/product.md#section-6-7. A browser that is closed leaves all pages at once.
async fn code_is_cancelled_when_every_tab_with_its_page_was_left(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let first = open_code_page(&mut browser).await;
    let second = open_code_page(&mut browser).await;
    for opened_at in [&first, &second] {
        report_open_page(&mut browser, opened_at).await;
    }
    for opened_at in [&second, &first] {
        leave_page(&mut browser, opened_at).await;
    }
    app.open_database().await.wait_for_number(LIVE, 0).await;
    app.simulator.wait_for_cancelled_code().await;
    let dead = browser.enter_code(PURPOSE, &code).await;
    assert_eq!(dead.expect_problem(), Problem::FlowEnded);
}

/// Covers docs/product.md#section-6-7.
async fn code_is_kept_while_an_earlier_tab_is_still_open(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await;
    open_code_page(&mut browser).await;
    let later_tab = open_code_page(&mut browser).await;
    report_open_page(&mut browser, &later_tab).await;
    leave_page(&mut browser, &later_tab).await;
    let report = call::report_entry_reopened(PURPOSE);
    let still_open = browser.submit_form(&report).await.response.text();
    leave_another_code_page_and_wait_for_its_cancellation(&app, 1).await;

    // The page of the earlier tab counts as opened at the time that the server has returned.
    leave_page(&mut browser, still_open.trim_matches('"')).await;
    app.open_database().await.wait_for_number(LIVE, 0).await;
}

/// Covers docs/product.md#section-6-7.
async fn code_being_sent_when_the_user_leaves_is_cancelled(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in_until_code(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let opened_at = open_code_page(&mut browser).await;
    let slow = json!([{ "on": "create", "kind": "delay", "delay_ms": 2_000, "times": 1 }]);
    app.simulator.set_faults(slow).await;
    let resend = browser.form_request(&call::request_code(PURPOSE));
    let node = app.address;
    let sending = tokio::spawn(async move { resend.send(node).await.status });
    app.simulator.wait_until_faults_are_used().await;
    leave_page(&mut browser, &opened_at).await;
    assert_eq!(sending.await.expect("no panic"), 200);
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(LIVE).await, 1);
    probe.wait_for_number(LIVE, 0).await;
    app.simulator.wait_for_cancelled_code().await;
}
