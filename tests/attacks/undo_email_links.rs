//! What the link that undoes a change of the e-mail address does, and until when.

use super::undo_email::{NEW, email_of, is_refused};
use crate::support::lost_phone::EMAIL_CHANGED;
use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    undo_link_of_another_account_changes_nothing,
    undo_link_survives_a_new_password_and_ends_after_a_week,
    reading_an_undo_link_changes_nothing,
    address_that_an_operator_sets_ends_the_undo,
    only_a_proven_address_receives_an_undo_link,
    undo_link_of_a_disabled_or_erased_account_is_refused,
];

async fn undo_link_of_another_account_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, eve) = (app.member().await, app.member().await);
    let (changed, mut of_ann, _) = app.change_email(&ann).await;
    let (_, mut of_eve, token) = app.change_email(&eve).await;
    // Eve's link in Ann's browser, with Ann's session.
    of_ann.call(&call::undo_change(&token)).await.step();
    assert!(of_ann.is_signed_in().await);
    assert!(!of_eve.is_signed_in().await);
    let held = "SELECT username FROM accounts WHERE held_at > 0";
    assert_eq!(app.probe().await.text(held).await, eve.username);
    app.reset_mail(&changed).await;
}

async fn undo_link_survives_a_new_password_and_ends_after_a_week(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let (changed, _, token) = app.change_email(&ann).await;
    app.reset_password(&changed, NEW).await;
    let path = format!("/undo/{token}");
    app.simulator.advance(7 * 24 * 3600 - 180).await;
    assert_eq!(app.browser().page(&path).await.status, 200);
    app.simulator.advance(300).await;
    is_refused(&app, &token).await;
    assert_eq!(email_of(&app).await, changed.email);
}

async fn reading_an_undo_link_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let (changed, mut browser, token) = app.change_email(&ann).await;
    for method in ["GET", "HEAD"] {
        let request = app
            .browser()
            .page_request(method, &format!("/undo/{token}"));
        request.send(app.address).await;
    }
    assert_eq!(email_of(&app).await, changed.email);
    assert!(browser.is_signed_in().await);
    assert!(!app.probe().await.dump().await.contains(&token));
}

async fn address_that_an_operator_sets_ends_the_undo(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let (_, _, token) = app.change_email(&ann).await;
    let done = app.user(&["set-email", &ann.username, "chosen@example.net"]);
    assert_eq!(done.code, 0, "{done:?}");
    is_refused(&app, &token).await;
    assert_eq!(email_of(&app).await, "chosen@example.net");
}

/// An unproven address may belong to another person.
async fn only_a_proven_address_receives_an_undo_link(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member_with_unproven_email().await;
    let mut browser = app.browser();
    browser.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let code = browser.begin_email_change(&app, "new@example.net").await;
    browser.call(&call::email_code(&code)).await.step();
    app.wait_for_outbox().await;
    assert_eq!(app.count_mails(&ann.email, EMAIL_CHANGED).await, 0);
    let changes = "SELECT COUNT(*) FROM contact_changes";
    assert_eq!(app.probe().await.number(changes).await, 0);
}

async fn undo_link_of_a_disabled_or_erased_account_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.member().await;
    let (_, _, token) = app.change_email(&ann).await;
    assert_eq!(app.user(&["disable", &ann.username]).code, 0);
    is_refused(&app, &token).await;
    assert_eq!(app.user(&["enable", &ann.username]).code, 0);
    let page = app.browser().page(&format!("/undo/{token}")).await;
    assert_eq!(page.status, 200);
    let erased = app.user(&["delete", &ann.username, "--now", "--yes"]);
    assert_eq!(erased.code, 0, "{erased:?}");
    is_refused(&app, &token).await;
}
