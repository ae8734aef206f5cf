//! An attacker with the new contact has reached the limits on password resets. The undo of the change clears them, so
//! that the owner can reset the password.

use domain::Problem;

use super::undo_email::{NEW, assert_link_is_refused, undo_change};
use super::wrong_code_ceiling::enter_five_wrong_codes_in_a_password_reset;
use crate::support::{Database, TestApp, User, call, on_both_databases};

on_both_databases![
    owner_resets_the_password_after_an_undo_although_an_attacker_has_reached_the_ceiling,
    owner_resets_the_password_after_an_undone_phone_change_on_the_day_of_wrong_codes,
    undo_sends_waiting_mails_with_a_reset_link_at_once,
    used_undo_link_clears_no_limit_again,
];

const DAY_SECS: u64 = 24 * 3600;
const WAITING_RESET_MAILS: &str =
    "SELECT COUNT(*) FROM outbox WHERE done_at = 0 AND kind = 'password_reset_requested'";

/// Requests mails with a reset link until one waits for the limit of the account. Returns the token of the last sent
/// one.
async fn use_up_reset_mails(app: &TestApp, user: &User) -> String {
    let mut token = String::new();
    for _ in 0..2 {
        token = app.request_reset_token(user).await;
    }
    let another = call::request_password_reset(&user.username, "");
    app.new_browser().submit_form(&another).await.expect_step();
    let probe = app.open_database().await;
    probe.wait_for_number(WAITING_RESET_MAILS, 1).await;
    token
}

/// Submits a new password with a reset link, and returns the problem.
async fn submit_refused_password(app: &TestApp, token: &str) -> Problem {
    let reset = call::reset_password(token, NEW);
    app.new_browser().submit_form(&reset).await.expect_problem()
}

async fn owner_resets_the_password_after_an_undo_although_an_attacker_has_reached_the_ceiling(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let (changed, _, undo) = app.change_email(&ann).await;
    for day in 0..4 {
        if day > 0 {
            app.simulator.advance_clock(DAY_SECS).await;
        }
        enter_five_wrong_codes_in_a_password_reset(&app, &changed, &authenticator).await;
    }
    let token = use_up_reset_mails(&app, &changed).await;
    let held = submit_refused_password(&app, &token).await;
    assert!(matches!(held, Problem::ResetHeld { .. }), "{held:?}");

    undo_change(&app, &undo).await;
    let ann = app.reset_password(&ann, NEW).await;
    app.new_browser().sign_in(&app, &ann).await;
}

/// The attacker also reads the mailbox of the owner.
async fn owner_resets_the_password_after_an_undone_phone_change_on_the_day_of_wrong_codes(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let (changed, _, undo) = app.change_phone(&ann).await;
    enter_five_wrong_codes_in_a_password_reset(&app, &changed, &authenticator).await;
    let token = app.request_reset_token(&changed).await;
    let held = submit_refused_password(&app, &token).await;
    assert!(matches!(held, Problem::FactorHeld { .. }), "{held:?}");

    undo_change(&app, &undo).await;
    let ann = app.reset_password(&ann, NEW).await;
    app.new_browser().sign_in(&app, &ann).await;
}

async fn undo_sends_waiting_mails_with_a_reset_link_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (_, _, undo) = app.change_phone(&ann).await;
    app.request_reset_token(&ann).await;
    use_up_reset_mails(&app, &ann).await;
    undo_change(&app, &undo).await;
    let probe = app.open_database().await;
    probe.wait_for_number(WAITING_RESET_MAILS, 0).await;
    let ann = app.reset_password(&ann, NEW).await;
    app.new_browser().sign_in(&app, &ann).await;
}

async fn used_undo_link_clears_no_limit_again(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let (_, _, undo) = app.change_phone(&ann).await;
    undo_change(&app, &undo).await;
    enter_five_wrong_codes_in_a_password_reset(&app, &ann, &authenticator).await;
    assert_link_is_refused(&app, &undo).await;
    let token = app.request_reset_token(&ann).await;
    let held = submit_refused_password(&app, &token).await;
    assert!(matches!(held, Problem::FactorHeld { .. }), "{held:?}");
}
