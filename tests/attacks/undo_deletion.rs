//! Deletions of an account whose phone number or e-mail address was changed. An undo link works until it ends.

use domain::Step;
use serde_json::json;

use super::account_deletion::ERASED;
use super::undo_set_up::replace_verified_number_in_set_up;
use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    deletion_waits_until_the_undo_link_of_a_changed_number_ends,
    api_and_command_schedule_the_erasure_after_the_last_undo_link,
    set_up_that_replaces_a_number_postpones_a_requested_deletion,
];

const DAY: u64 = 24 * 60 * 60;

/// Counts the accounts that are erased when their undo link ends.
const ERASED_WITH_UNDO_LINK: &str = "SELECT COUNT(*) FROM accounts JOIN contact_changes \
     ON contact_changes.account_id = accounts.id WHERE accounts.delete_at = contact_changes.expires_at";

/// Starts an app whose undo links work for longer than an account waits for its erasure.
async fn start_app_with_short_deletion_period(database: Database) -> TestApp {
    TestApp::builder(database)
        .with_setting("SALLYPORT_DELETION_DAYS", "1")
        .start()
        .await
}

/// An attacker has changed the number, and requests the deletion before the owner uses the link.
async fn deletion_waits_until_the_undo_link_of_a_changed_number_ends(database: Database) {
    let app = start_app_with_short_deletion_period(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    let (_, mut attacker, undo) = app.change_phone(&ann).await;
    let page = attacker.load_page("/profile/delete").await.text();
    assert!(
        page.contains("Your account will be deleted 7 days after you confirm."),
        "{page}"
    );
    let delete = call::delete_account(&ann.username);
    let step = attacker.submit_form(&delete).await.expect_step();
    assert_eq!(step, Step::DeletionRequested);
    let deleted = app.run_user_command(&["delete", &bob.username, "--yes"]);
    assert_eq!(deleted.exit_code, 0, "{deleted:?}");
    app.simulator.advance_clock(2 * DAY).await;
    // The account without a changed contact is erased after one day.
    let probe = app.open_database().await;
    probe.wait_for_number(ERASED, 1).await;
    let undo = call::undo_change(&undo);
    let step = app.new_browser().submit_form(&undo).await.expect_step();
    assert_eq!(step, Step::PhoneChangeUndone);
    let kept = "SELECT COUNT(*) FROM accounts WHERE delete_at = 0 AND erased_at = 0";
    assert_eq!(probe.read_number(kept).await, 1);
}

async fn api_and_command_schedule_the_erasure_after_the_last_undo_link(database: Database) {
    let app = start_app_with_short_deletion_period(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    let (ann, _, _) = app.change_phone(&ann).await;
    let (bob, _, _) = app.change_email(&bob).await;
    let client = app.new_api_client();
    let token = client.sign_in(&app, &ann).await;
    let confirmed = json!({ "username": ann.username });
    let requested = client
        .with_token(&token)
        .post("/v1/me/delete", &confirmed)
        .await;
    let secs = requested.expect_status(200)["deletion_in"].as_u64();
    let secs = secs.expect("a number of seconds");
    assert!((6 * DAY..7 * DAY).contains(&secs), "{secs}");
    let deleted = app.run_user_command(&["delete", &bob.username, "--yes"]);
    assert_eq!(deleted.exit_code, 0, "{deleted:?}");
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(ERASED_WITH_UNDO_LINK).await, 2);
}

/// An operator has reset the second factor of an account whose deletion is requested.
async fn set_up_that_replaces_a_number_postpones_a_requested_deletion(database: Database) {
    let app = start_app_with_short_deletion_period(database).await;
    let ann = app.register_user().await;
    let deleted = app.run_user_command(&["delete", &ann.username, "--yes"]);
    assert_eq!(deleted.exit_code, 0, "{deleted:?}");
    let reset = app.run_user_command(&["reset-mfa", &ann.username]);
    assert_eq!(reset.exit_code, 0, "{reset:?}");
    let (_, step) = replace_verified_number_in_set_up(&app, &ann).await;
    assert_eq!(step, Step::DecideDeletion);
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(ERASED_WITH_UNDO_LINK).await, 1);
}
