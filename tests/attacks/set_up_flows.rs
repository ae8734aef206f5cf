//! Set-ups of a number that an attacker with the password has begun before the account changes: none of them finishes.

use domain::{Problem, Purpose, Step};

use super::session_races::NEW;
use crate::support::lost_phone::{
    RECOVERY_DELAY_SECS, enter_set_up_number, keep_number, prove_new_number, sign_in_with_old_phone,
};
use crate::support::{Browser, Database, TestApp, User, call, on_both_databases};

on_both_databases![
    set_up_after_a_recovery_does_not_finish_after_any_later_change,
    set_up_of_the_first_factor_does_not_finish_after_any_later_change,
    set_up_over_a_lost_verified_number_does_not_finish_after_any_later_change,
];

/// The number of the account that was created last.
const PHONE: &str = "SELECT phone FROM accounts ORDER BY created_at DESC LIMIT 1";

/// Two set-ups that an attacker has begun: one in the dialog, and one that waits for the code of the attacker's number.
struct SetUpsOfAttacker {
    in_dialog: Browser,
    at_code: Browser,
    number: String,
    code: String,
}

impl SetUpsOfAttacker {
    /// Begins both with the password of the user.
    async fn begin(app: &TestApp, user: &User) -> Self {
        let in_dialog = app.sign_in_until_set_up(user).await;
        let (at_code, number, code) = app.begin_set_up_after_recovery(user).await;
        Self {
            in_dialog,
            at_code,
            number,
            code,
        }
    }

    /// Asserts that neither is accepted after `change`.
    async fn assert_refused(mut self, app: &TestApp, change: &str) {
        let number = User::with_unique_details().phone;
        let entered = call::submit_set_up_phone(&number);
        let refused = self.in_dialog.submit_form(&entered).await;
        assert_eq!(refused.expect_problem(), Problem::FlowEnded, "{change}");
        let phone = app.simulator.phone_with_number(&number);
        assert_eq!(phone.count_codes().await, 0, "{change}");
        let kept = self.in_dialog.submit_form(&call::keep_phone_number()).await;
        assert!(kept.is_refused(), "{change}");
        let refused = self.at_code.enter_code(Purpose::SetUp, &self.code).await;
        assert_eq!(refused.expect_problem(), Problem::FlowEnded, "{change}");
        for browser in [&mut self.in_dialog, &mut self.at_code] {
            assert!(!browser.is_signed_in().await, "{change}");
        }
        let stored = app.open_database().await.read_text(PHONE).await;
        assert_ne!(stored, self.number, "{change}");
    }
}

/// A change of an account whose recovery is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Phone,
    Email,
    Password,
    Reset,
    UndoOfPhone,
    UndoOfEmail,
    CancelledRecovery,
    CancelledNewEmail,
}

const CHANGES: [Change; 8] = [
    Change::Phone,
    Change::Email,
    Change::Password,
    Change::Reset,
    Change::UndoOfPhone,
    Change::UndoOfEmail,
    Change::CancelledRecovery,
    Change::CancelledNewEmail,
];

/// The tokens of the links that the owner of an account has received.
struct Links {
    undo: String,
    cancel_recovery: String,
}

/// Signs in with the old number after the waiting time of a recovery.
async fn sign_in_with_kept_number(app: &TestApp, user: &User) -> Browser {
    let mut browser = app.sign_in_until_set_up(user).await;
    keep_number(&mut browser).await;
    let step = sign_in_with_old_phone(app, &mut browser, user).await;
    assert_eq!(step, Step::ConfirmRecovery);
    app.skip_resend_cooldown().await;
    browser
}

/// Makes a change as the owner of the account.
async fn make_change(app: &TestApp, user: &User, change: Change, links: &Links) {
    let (mut browser, form) = match change {
        Change::Reset => return drop(app.reset_password(user, NEW).await),
        Change::UndoOfPhone | Change::UndoOfEmail => {
            (app.new_browser(), call::undo_change(&links.undo))
        }
        Change::CancelledRecovery => {
            let cancel = call::cancel_recovery_by_link(&links.cancel_recovery);
            (app.new_browser(), cancel)
        }
        Change::Phone | Change::Email | Change::Password | Change::CancelledNewEmail => {
            let mut browser = sign_in_with_kept_number(app, user).await;
            let form = match change {
                Change::Phone => {
                    let new = User::with_unique_details().phone;
                    prove_new_number(app, &mut browser, &new).await;
                    call::confirm_phone_change()
                }
                Change::Email => {
                    let new = User::with_unique_details().email;
                    call::submit_email_code(&browser.begin_email_change(app, &new).await)
                }
                Change::Password => call::change_password(&user.password, NEW),
                _ => {
                    let cancel = app.begin_cancellable_email_change(&mut browser, user);
                    call::cancel_email_change(&cancel.await)
                }
            };
            (browser, form)
        }
    };
    browser.submit_form(&form).await.expect_step();
}

/// The attacker has the password, and the waiting time of a recovery is over.
async fn set_up_after_a_recovery_does_not_finish_after_any_later_change(database: Database) {
    let app = TestApp::start(database).await;
    for change in CHANGES {
        let ann = app.register_user().await;
        let (ann, undo) = match change {
            Change::UndoOfPhone => {
                let (changed, _, undo) = app.change_phone(&ann).await;
                (changed, undo)
            }
            Change::UndoOfEmail => {
                let (changed, _, undo) = app.change_email(&ann).await;
                (changed, undo)
            }
            _ => (ann, String::new()),
        };
        let cancel_recovery = app.open_recovery(&ann).await;
        app.simulator.advance_clock(RECOVERY_DELAY_SECS + 60).await;
        let attacker = SetUpsOfAttacker::begin(&app, &ann).await;
        let links = Links {
            undo,
            cancel_recovery,
        };
        make_change(&app, &ann, change, &links).await;
        attacker.assert_refused(&app, &format!("{change:?}")).await;
    }
}

/// The attacker has the password of an account without a second factor.
async fn set_up_of_the_first_factor_does_not_finish_after_any_later_change(database: Database) {
    let app = TestApp::start(database).await;
    let spare = User::with_unique_details();
    for command in [
        vec!["set-password", "--password-stdin"],
        vec!["set-phone", &spare.phone],
        vec!["set-email", &spare.email],
    ] {
        let ann = app.create_user_by_command();
        let attacker = SetUpsOfAttacker::begin(&app, &ann).await;
        let mut arguments = command.clone();
        arguments.insert(1, &ann.username);
        let done = app.run_user_command_with_input(&arguments, NEW);
        assert_eq!(done.exit_code, 0, "{done:?}");
        attacker.assert_refused(&app, command[0]).await;
        app.skip_resend_cooldown().await;
    }

    let ann = app.create_user_by_command();
    let attacker = SetUpsOfAttacker::begin(&app, &ann).await;
    let reset = call::reset_password(&app.request_reset_token(&ann).await, NEW);
    let step = app.new_browser().submit_form(&reset).await.expect_step();
    assert_eq!(step, Step::PasswordReset);
    attacker.assert_refused(&app, "reset by mail").await;
    app.skip_resend_cooldown().await;

    let ann = app.create_user_by_command();
    let attacker = SetUpsOfAttacker::begin(&app, &ann).await;
    let mut owner = app.sign_in_until_set_up(&ann).await;
    let number = call::submit_set_up_phone(&ann.phone);
    owner.submit_form(&number).await.expect_code_entry();
    let code = app
        .simulator
        .phone_with_number(&ann.phone)
        .next_code()
        .await;
    let done = owner.enter_code(Purpose::SetUp, &code).await;
    assert_eq!(done.expect_step(), Step::Dashboard);
    attacker.assert_refused(&app, "set-up by the owner").await;
    assert!(owner.is_signed_in().await);
}

/// Opens a recovery of an account with a verified number and without a second factor. An attacker with the password and
/// the browser of the recovery begins set-ups when the waiting time is over.
///
/// Returns the user, the cancel link of the recovery and the set-ups.
async fn begin_set_ups_over_lost_verified_number(
    app: &TestApp,
) -> (User, String, SetUpsOfAttacker) {
    let ann = app.create_user_with_verified_number().await;
    let cancel = app.open_recovery(&ann).await;
    app.simulator.advance_clock(RECOVERY_DELAY_SECS + 60).await;
    let attacker = SetUpsOfAttacker::begin(app, &ann).await;
    (ann, cancel, attacker)
}

async fn set_up_over_a_lost_verified_number_does_not_finish_after_any_later_change(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let spare = User::with_unique_details();
    for command in [
        vec!["reset-mfa"],
        vec!["set-password", "--password-stdin"],
        vec!["set-phone", &spare.phone],
        vec!["set-email", &spare.email],
    ] {
        let (ann, _, attacker) = begin_set_ups_over_lost_verified_number(&app).await;
        let mut arguments = command.clone();
        arguments.insert(1, &ann.username);
        let done = app.run_user_command_with_input(&arguments, NEW);
        assert_eq!(done.exit_code, 0, "{done:?}");
        attacker.assert_refused(&app, command[0]).await;
        app.skip_resend_cooldown().await;
    }

    let (ann, _, attacker) = begin_set_ups_over_lost_verified_number(&app).await;
    let reset = call::reset_password(&app.request_reset_token(&ann).await, NEW);
    let step = app.new_browser().submit_form(&reset).await.expect_step();
    assert_eq!(step, Step::PasswordReset);
    attacker.assert_refused(&app, "reset by mail").await;
    app.skip_resend_cooldown().await;

    let (_, cancel, attacker) = begin_set_ups_over_lost_verified_number(&app).await;
    let cancel = call::cancel_recovery_by_link(&cancel);
    app.new_browser().submit_form(&cancel).await.expect_step();
    attacker.assert_refused(&app, "cancelled recovery").await;
    app.skip_resend_cooldown().await;

    let (ann, _, attacker) = begin_set_ups_over_lost_verified_number(&app).await;
    let mut owner = app.new_browser();
    let step = owner.begin_sign_in(&ann).await;
    assert_eq!(step, Step::RecoveryInOtherBrowser);
    let code = enter_set_up_number(&app, &mut owner, &ann.phone, &ann.phone).await;
    let done = owner.enter_code(Purpose::SetUp, &code).await;
    assert_eq!(done.expect_step(), Step::ConfirmRecovery);
    attacker.assert_refused(&app, "proof of the number").await;
    assert!(owner.is_signed_in().await);
}
