//! What the link that undoes a change of the e-mail address does, and until when.

use super::undo_email::{NEW, assert_link_is_refused, read_email};
use crate::support::lost_phone::EMAIL_CHANGED_SUBJECT;
use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    undo_link_of_one_account_cannot_change_another,
    undo_link_survives_a_new_password_and_ends_after_a_week,
    get_request_to_an_undo_link_changes_nothing,
    email_change_by_an_operator_ends_the_undo_link,
    only_a_verified_address_receives_an_undo_link,
    undo_link_of_a_disabled_or_erased_account_is_refused,
];

async fn undo_link_of_one_account_cannot_change_another(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, eve) = (app.register_user().await, app.register_user().await);
    let (changed, mut of_ann, _) = app.change_email(&ann).await;
    let (_, mut of_eve, token) = app.change_email(&eve).await;
    // Ann's browser, with Ann's session, uses Eve's link.
    of_ann
        .submit_form(&call::undo_change(&token))
        .await
        .expect_step();
    assert!(of_ann.is_signed_in().await);
    assert!(!of_eve.is_signed_in().await);
    let undone = "SELECT username FROM accounts WHERE held_at > 0";
    assert_eq!(
        app.open_database().await.read_text(undone).await,
        eve.username
    );
    app.request_reset_mail(&changed).await;
}

async fn undo_link_survives_a_new_password_and_ends_after_a_week(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (changed, _, token) = app.change_email(&ann).await;
    app.reset_password(&changed, NEW).await;
    let path = format!("/undo/{token}");
    app.simulator.advance_clock(7 * 24 * 3600 - 180).await;
    assert_eq!(app.new_browser().load_page(&path).await.status, 200);
    app.simulator.advance_clock(300).await;
    assert_link_is_refused(&app, &token).await;
    assert_eq!(read_email(&app).await, changed.email);
}

async fn get_request_to_an_undo_link_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (changed, mut browser, token) = app.change_email(&ann).await;
    for method in ["GET", "HEAD"] {
        let request = app
            .new_browser()
            .page_request(method, &format!("/undo/{token}"));
        request.send(app.address).await;
    }
    assert_eq!(read_email(&app).await, changed.email);
    assert!(browser.is_signed_in().await);
    assert!(!app.open_database().await.dump_rows().await.contains(&token));
}

async fn email_change_by_an_operator_ends_the_undo_link(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (_, _, token) = app.change_email(&ann).await;
    let done = app.run_user_command(&["set-email", &ann.username, "chosen@example.net"]);
    assert_eq!(done.exit_code, 0, "{done:?}");
    assert_link_is_refused(&app, &token).await;
    assert_eq!(read_email(&app).await, "chosen@example.net");
}

/// An unverified address may belong to another person.
async fn only_a_verified_address_receives_an_undo_link(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user_with_unverified_email().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    app.skip_resend_cooldown().await;
    let code = browser.begin_email_change(&app, "new@example.net").await;
    browser
        .submit_form(&call::submit_email_code(&code))
        .await
        .expect_step();
    app.wait_for_empty_outbox().await;
    assert_eq!(app.count_mails(&ann.email, EMAIL_CHANGED_SUBJECT).await, 0);
    let changes = "SELECT COUNT(*) FROM contact_changes";
    assert_eq!(app.open_database().await.read_number(changes).await, 0);
}

async fn undo_link_of_a_disabled_or_erased_account_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (_, _, token) = app.change_email(&ann).await;
    assert_eq!(
        app.run_user_command(&["disable", &ann.username]).exit_code,
        0
    );
    assert_link_is_refused(&app, &token).await;
    assert_eq!(
        app.run_user_command(&["enable", &ann.username]).exit_code,
        0
    );
    let page = app.new_browser().load_page(&format!("/undo/{token}")).await;
    assert_eq!(page.status, 200);
    let erased = app.run_user_command(&["delete", &ann.username, "--now", "--yes"]);
    assert_eq!(erased.exit_code, 0, "{erased:?}");
    assert_link_is_refused(&app, &token).await;
}
