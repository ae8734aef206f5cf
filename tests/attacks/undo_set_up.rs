//! The undo of a set-up that has replaced a verified number.

use domain::{Problem, Purpose, Step};

use crate::support::lost_phone::{
    PHONE_CHANGED_SUBJECT, enter_set_up_number, read_link_token, wait_for_text_message_with,
};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    set_up_over_a_verified_number_is_undone_from_the_old_number,
    set_up_over_an_unverified_number_needs_no_undo,
];

const PURPOSE: Purpose = Purpose::SetUp;
const UNDOABLE: &str = "SELECT COUNT(*) FROM contact_changes";

/// Signs in to an account without second factor, and replaces its verified number in the set-up dialog.
///
/// Returns the browser and the step after the set-up.
pub(super) async fn replace_verified_number_in_set_up(
    app: &TestApp,
    user: &User,
) -> (Browser, Step) {
    let mut browser = app.new_browser();
    browser.begin_sign_in(user).await;
    let other = User::with_unique_details().phone;
    let code = enter_set_up_number(app, &mut browser, &other, &user.phone).await;
    browser.enter_code(PURPOSE, &code).await.expect_step();
    browser.send_code(PURPOSE).await.expect_step();
    let code = app.simulator.phone_with_number(&other).next_code().await;
    let step = browser.enter_code(PURPOSE, &code).await.expect_step();
    (browser, step)
}

/// An attacker knows the password and can read one text message of the user.
async fn set_up_over_a_verified_number_is_undone_from_the_old_number(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let reset = app.run_user_command(&["reset-mfa", &ann.username]);
    assert_eq!(reset.exit_code, 0, "{reset:?}");
    let (mut attacker, step) = replace_verified_number_in_set_up(&app, &ann).await;
    assert_eq!(step, Step::Dashboard);
    // The set-up counts as a change of phone number: it starts the waiting time and is in the account activity.
    let next = call::begin_phone_change(&User::with_unique_details().phone);
    let cooling = attacker.submit_form(&next).await.expect_problem();
    assert!(matches!(cooling, Problem::Cooling { .. }), "{cooling:?}");
    let history = attacker.load_page("/profile/history").await.text();
    assert!(history.contains("Phone number changed"), "{history}");

    let mail = app.wait_for_mail(&ann.email, PHONE_CHANGED_SUBJECT).await;
    assert!(mail.text.contains("/undo/"), "{}", mail.text);
    let mut old_phone = app.simulator.phone_with_number(&ann.phone);
    let text = wait_for_text_message_with(&mut old_phone, "/undo/").await;
    let undo = call::undo_change(&read_link_token(&text, "undo"));
    let step = app.new_browser().submit_form(&undo).await.expect_step();
    assert_eq!(step, Step::PhoneChangeUndone);
    assert!(!attacker.is_signed_in().await);
    let probe = app.open_database().await;
    let restored = "SELECT COUNT(*) FROM accounts WHERE held_at > 0 AND mfa = 1";
    assert_eq!(probe.read_number(restored).await, 1);
    let number = "SELECT phone FROM accounts";
    assert_eq!(probe.read_text(number).await, ann.phone);
    assert_eq!(probe.read_number(UNDOABLE).await, 0);
    app.skip_resend_cooldown().await;
    let ann = app
        .reset_password(&ann, "a quite different 88 phrase")
        .await;
    app.new_browser().sign_in(&app, &ann).await;
}

async fn set_up_over_an_unverified_number_needs_no_undo(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.create_user_by_command();
    let mut browser = app.new_browser();
    browser.begin_sign_in(&ann).await;
    let other = User::with_unique_details().phone;
    let code = enter_set_up_number(&app, &mut browser, &other, &other).await;
    let step = browser.enter_code(PURPOSE, &code).await.expect_step();
    assert_eq!(step, Step::Dashboard);
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(UNDOABLE).await, 0);
    let changed = "SELECT COUNT(*) FROM accounts WHERE phone_changed_at > 0";
    assert_eq!(probe.read_number(changed).await, 0);
}
