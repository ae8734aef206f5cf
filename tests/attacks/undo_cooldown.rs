//! The cooldown after an undone change of phone number.

use domain::Step;

use super::undo_email::{NEW, undo_change};
use crate::support::{Database, TestApp, call, on_both_databases};

on_both_databases![
    owner_removes_an_older_authenticator_app_right_after_an_undo,
    undo_of_a_later_phone_change_keeps_the_cooldown_of_the_earlier_one,
];

const AUTHENTICATORS: &str = "SELECT COUNT(*) FROM authenticators WHERE secret <> ''";

async fn owner_removes_an_older_authenticator_app_right_after_an_undo(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, _) = app.register_user_with_authenticator().await;
    app.simulator.advance_clock(1).await;
    let (_, _, link) = app.change_phone(&ann).await;
    undo_change(&app, &link).await;
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(AUTHENTICATORS).await, 1);
    let ann = app.reset_password(&ann, NEW).await;
    let mut owner = app.new_browser();
    owner.sign_in(&app, &ann).await;
    let removed = owner.submit_form(&call::remove_authenticator()).await;
    assert_eq!(removed.expect_step(), Step::AuthenticatorRemoved);
    assert_eq!(probe.read_number(AUTHENTICATORS).await, 0);
}

/// The attacker has the second number and uses the link of the second change first.
async fn undo_of_a_later_phone_change_keeps_the_cooldown_of_the_earlier_one(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_COOLING_HOURS", "0")
        .start()
        .await;
    let ann = app.register_user().await;
    let (first, _, of_owner) = app.change_phone(&ann).await;
    let (_, _, of_attacker) = app.change_phone(&first).await;
    let probe = app.open_database().await;
    undo_change(&app, &of_attacker).await;
    let kept = "SELECT COUNT(*) FROM accounts, contact_changes WHERE phone_changed_at = made_at";
    assert_eq!(probe.read_number(kept).await, 1);
    undo_change(&app, &of_owner).await;
    let ended = "SELECT COUNT(*) FROM accounts WHERE phone_changed_at = 0";
    assert_eq!(probe.read_number(ended).await, 1);
}
