//! Sign-ins that wait for a code while the account holder changes the authenticator app or ends other sessions. An
//! attacker with the password may have begun them.

use domain::{Problem, Purpose, Step};

use super::session_races::NEW;
use crate::support::call::Payment;
use crate::support::payment::AMOUNT_ABOVE_THRESHOLD;
use crate::support::{Browser, Database, RunningApp, TestApp, User, call, on_both_databases};

on_both_databases![
    added_authenticator_ends_pending_sign_ins,
    removed_authenticator_ends_pending_sign_ins,
    end_of_other_sessions_ends_pending_sign_ins,
    end_of_other_sessions_ends_a_pending_set_up,
    added_authenticator_keeps_the_phone_change_of_its_session,
    end_of_other_sessions_keeps_the_payment_of_the_session_that_stays,
    end_of_other_sessions_keeps_a_password_reset,
];

/// A sign-in that waits for its code: the browser and the correct code.
type PendingSignIn = (Browser, String);

/// Begins a sign-in in a new browser.
async fn begin_sign_in_until_code(app: &RunningApp, user: &User) -> PendingSignIn {
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(app, user).await;
    (browser, code)
}

/// Asserts that the sign-in was ended: its correct code opens no session.
async fn assert_sign_in_was_ended((mut browser, code): PendingSignIn) {
    let entered = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(entered.expect_problem(), Problem::FlowEnded);
    assert!(!browser.is_signed_in().await);
}

/// Ends all sessions of the user except the one of this browser.
async fn end_other_sessions(browser: &mut Browser) {
    let ended = browser.submit_form(&call::end_other_sessions()).await;
    assert_eq!(ended.expect_step(), Step::SessionsEnded);
}

/// Adds an authenticator app in a session with a recent step-up.
async fn add_authenticator(app: &RunningApp, browser: &mut Browser) {
    let authenticator = browser.begin_authenticator_set_up(app).await;
    let code = authenticator.current_code().await;
    let added = browser.confirm_authenticator(&code).await;
    assert_eq!(added.expect_step(), Step::AuthenticatorAdded);
}

/// Tests docs/security.md#sm-12.
async fn added_authenticator_ends_pending_sign_ins(database: Database) {
    const LIVE: &str = "SELECT COUNT(*) FROM flows WHERE live = 1 AND purpose = 'sign_in'";
    let app = TestApp::start(database).await;
    let (ann, mut owner) = app.sign_in_new_user().await;
    let pending = begin_sign_in_until_code(&app, &ann).await;
    // A wrong code adds no authenticator app, and ends no sign-in.
    let authenticator = owner.begin_authenticator_set_up(&app).await;
    let code = authenticator.current_code().await;
    let wrong = authenticator.wrong_code().await;
    let refused = owner.confirm_authenticator(&wrong).await;
    assert!(refused.is_refused());
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(LIVE).await, 1);

    let added = owner.confirm_authenticator(&code).await;
    assert_eq!(added.expect_step(), Step::AuthenticatorAdded);
    assert_eq!(probe.read_number(LIVE).await, 0);
    app.simulator.wait_for_cancelled_code().await;
    assert_sign_in_was_ended(pending).await;
    assert!(owner.is_signed_in().await);
}

/// Tests docs/security.md#sm-12.
async fn removed_authenticator_ends_pending_sign_ins(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut owner, _) = app.register_user_with_authenticator().await;
    let pending = begin_sign_in_until_code(&app, &ann).await;
    let removed = owner.submit_form(&call::remove_authenticator()).await;
    assert_eq!(removed.expect_step(), Step::AuthenticatorRemoved);
    app.simulator.wait_for_cancelled_code().await;
    assert_sign_in_was_ended(pending).await;
    assert!(owner.is_signed_in().await);
}

/// Tests docs/security.md#sm-12.
async fn end_of_other_sessions_ends_pending_sign_ins(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut owner) = app.sign_in_new_user().await;
    let bob = app.register_user().await;
    let mut other = app.new_browser();
    other.sign_in(&app, &ann).await;
    let pending = begin_sign_in_until_code(&app, &ann).await;
    let (mut of_bob, code_of_bob) = begin_sign_in_until_code(&app, &bob).await;
    end_other_sessions(&mut owner).await;
    app.simulator.wait_for_cancelled_code().await;
    assert_sign_in_was_ended(pending).await;
    assert!(owner.is_signed_in().await);
    assert!(!other.is_signed_in().await);
    // The sign-in of another user continues.
    let entered = of_bob.enter_code(Purpose::SignIn, &code_of_bob).await;
    assert_eq!(entered.expect_step(), Step::Dashboard);

    // A pending sign-in also ends if the account has no other session.
    let pending = begin_sign_in_until_code(&app, &ann).await;
    end_other_sessions(&mut owner).await;
    assert_sign_in_was_ended(pending).await;
}

/// The attacker knows the password, and sets up a new number after the waiting time of a recovery.
///
/// Tests docs/security.md#sm-12.
async fn end_of_other_sessions_ends_a_pending_set_up(database: Database) {
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_RECOVERY_DELAY_HOURS", "0")
        .start()
        .await;
    let (ann, mut owner) = app.sign_in_new_user().await;
    app.open_recovery(&ann).await;
    let (mut attacker, _, code) = app.begin_set_up_after_recovery(&ann).await;
    end_other_sessions(&mut owner).await;
    let entered = attacker.enter_code(Purpose::SetUp, &code).await;
    assert_eq!(entered.expect_problem(), Problem::FlowEnded);
    assert!(!attacker.is_signed_in().await);
}

/// Tests docs/security.md#sm-12.
async fn added_authenticator_keeps_the_phone_change_of_its_session(database: Database) {
    let app = TestApp::start(database).await;
    let (_, mut owner) = app.sign_in_new_user().await;
    let new = User::with_unique_details().phone;
    let code = owner.begin_phone_change_until_code(&app, &new).await;
    add_authenticator(&app, &mut owner).await;
    let entered = owner.enter_code(Purpose::PhoneChange, &code).await;
    let step = entered.expect_step();
    assert!(matches!(step, Step::ConfirmPhone { .. }), "{step:?}");
}

/// Tests docs/security.md#sm-12.
async fn end_of_other_sessions_keeps_the_payment_of_the_session_that_stays(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut owner) = app.sign_in_new_user().await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    let (id, code) = owner.begin_payment_until_code(&app, &ann, &payment).await;
    end_other_sessions(&mut owner).await;
    let confirmed = owner.confirm_payment(&code).await;
    assert_eq!(confirmed.expect_step(), Step::Payment { id });
}

/// An attacker with a stolen session must not keep the owner from a new password, which ends that session.
async fn end_of_other_sessions_keeps_a_password_reset(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut thief) = app.sign_in_new_user().await;
    let mut owner = app.begin_password_reset(&ann, NEW).await;
    let code = owner
        .request_sms_code(&app, Purpose::PasswordReset, &ann)
        .await;
    end_other_sessions(&mut thief).await;
    let entered = owner.enter_code(Purpose::PasswordReset, &code).await;
    assert_eq!(entered.expect_step(), Step::PasswordReset);
    assert!(!thief.is_signed_in().await);
}
