//! The settings `SALLYPORT_UNDO_DAYS` and `SALLYPORT_DELETION_DAYS`.

use domain::Problem;
use serde_json::json;

use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    change_can_be_undone_for_the_configured_number_of_days,
    account_is_erased_after_the_configured_number_of_days,
];

const DAY: u64 = 24 * 60 * 60;
const ERASED: &str = "SELECT COUNT(*) FROM accounts WHERE erased_at > 0";
const REQUESTED: &str = "SELECT COUNT(*) FROM accounts WHERE delete_at > 0 AND erased_at = 0";

async fn change_can_be_undone_for_the_configured_number_of_days(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_UNDO_DAYS", "1")
        .start()
        .await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    let (_, _, of_phone) = app.change_phone(&ann).await;
    let (_, _, of_email) = app.change_email(&bob).await;
    app.simulator.advance_clock(DAY - 600).await;
    for token in [&of_phone, &of_email] {
        let mut browser = app.new_browser();
        let page = browser.load_page(&format!("/undo/{token}")).await;
        assert_eq!(page.status, 200);
    }
    app.simulator.advance_clock(600).await;
    for token in [&of_phone, &of_email] {
        let mut browser = app.new_browser();
        let page = browser.load_page(&format!("/undo/{token}")).await;
        assert_eq!(page.status, 410);
        let used = browser.submit_form(&call::undo_change(token)).await;
        assert_eq!(used.expect_problem(), Problem::LinkInvalid);
    }
}

async fn account_is_erased_after_the_configured_number_of_days(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_DELETION_DAYS", "1")
        .start()
        .await;
    let probe = app.open_database().await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    let page = browser.load_page("/profile/delete").await.text();
    assert!(
        page.contains("Your account will be deleted 1 day after you confirm."),
        "{page}"
    );
    let (bob, client) = app.sign_in_new_api_user().await;
    let confirmed = json!({ "username": bob.username });
    let requested = client.post("/v1/me/delete", &confirmed).await;
    assert_eq!(requested.expect_status(200)["deletion_in"], DAY);
    let deleted = app.run_user_command(&["delete", &ann.username, "--yes"]);
    assert_eq!(deleted.exit_code, 0, "{deleted:?}");
    assert_eq!(probe.read_number(REQUESTED).await, 2);
    app.simulator.advance_clock(DAY - 600).await;
    assert_eq!(probe.read_number(REQUESTED).await, 2);
    app.simulator.advance_clock(600).await;
    probe.wait_for_number(ERASED, 2).await;
}
