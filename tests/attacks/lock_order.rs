//! Pairs of requests that lock the same rows of one account. In another lock order than that of
//! `src/store/account_locks.rs` they would deadlock on PostgreSQL, and one of them would fail.

use domain::{Problem, Purpose, Step};
use serde_json::json;

use super::parallel_completions::begin_reset;
use super::session_races::{NEW, post_in_background};
use crate::support::account_locks::{
    LOCK_ACCOUNTS, LOCK_EMAIL_PROOFS, LOCK_FLOWS, LOCK_RECOVERIES,
};
use crate::support::call::Payment;
use crate::support::lost_phone::prove_new_number;
use crate::support::payment::AMOUNT_ABOVE_THRESHOLD;
use crate::support::{Browser, Database, RunningApp, TestApp, User, call, page};

/// Starts an app on PostgreSQL with a new user. Returns the app, the user and a signed-in browser.
pub(super) async fn start_app_with_signed_in_user() -> (TestApp, User, Browser) {
    let app = TestApp::start(Database::Postgres).await;
    let (user, browser) = app.sign_in_new_user().await;
    (app, user, browser)
}

/// Signs in with another browser.
async fn sign_in_again(app: &RunningApp, user: &User) -> Browser {
    let mut browser = app.new_browser();
    browser.sign_in(app, user).await;
    app.skip_resend_cooldown().await;
    browser
}

/// Begins a change to a number that no account has, and enters the code. [`call::confirm_phone_change`] then saves it.
pub(super) async fn prove_unused_number(app: &RunningApp, browser: &mut Browser) {
    prove_new_number(app, browser, &User::with_unique_details().phone).await;
}

/// Both requests end the flows of the account and its e-mail proof.
#[tokio::test(flavor = "multi_thread")]
async fn changes_of_number_and_email_address_do_not_deadlock() {
    let (app, ann, mut proving) = start_app_with_signed_in_user().await;
    let mut changing = sign_in_again(&app, &ann).await;
    let code = proving.begin_email_change(&app, "new@example.net").await;
    prove_unused_number(&app, &mut changing).await;
    app.wait_for_empty_outbox().await;
    let ((_, verified), (_, confirmed)) = app
        .run_while_locked(
            LOCK_EMAIL_PROOFS,
            || post_in_background(proving, call::submit_email_code(&code)),
            || post_in_background(changing, call::confirm_phone_change()),
        )
        .await;
    assert_eq!(verified.expect_step(), Step::EmailChanged);
    assert_eq!(confirmed.expect_problem(), Problem::FlowEnded);
    let probe = app.open_database().await;
    let phone = probe.read_text("SELECT phone FROM accounts").await;
    assert_eq!(phone, ann.phone);
}

/// Each request ends the flow of the other.
#[tokio::test(flavor = "multi_thread")]
async fn change_of_number_and_password_reset_do_not_deadlock() {
    let (app, ann, mut changing) = start_app_with_signed_in_user().await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    phone.skip_received_messages().await;
    let resetting = begin_reset(&app, &ann, "sms").await;
    let code = call::submit_code(Purpose::PasswordReset, &phone.next_code().await);
    changing.begin_email_change(&app, "new@example.net").await;
    prove_unused_number(&app, &mut changing).await;
    app.wait_for_empty_outbox().await;
    let ((_, confirmed), (_, reset)) = app
        .run_while_locked(
            LOCK_EMAIL_PROOFS,
            || post_in_background(changing, call::confirm_phone_change()),
            || post_in_background(resetting, code),
        )
        .await;
    assert_eq!(confirmed.expect_step(), Step::PhoneChanged);
    // The change of number has ended the reset before its code was checked.
    assert_eq!(reset.expect_problem(), Problem::Busy);
    let mut browser = app.new_browser();
    assert!(!browser.is_password_accepted(&ann.username, NEW).await);
}

/// Both requests end the recovery and notify the user.
#[tokio::test(flavor = "multi_thread")]
async fn change_of_number_and_cancelled_recovery_do_not_deadlock() {
    let (app, ann, mut changing) = start_app_with_signed_in_user().await;
    prove_unused_number(&app, &mut changing).await;
    let token = app.open_recovery(&ann).await;
    let ((_, cancelled), (_, confirmed)) = app
        .run_while_locked(
            LOCK_RECOVERIES,
            || post_in_background(app.new_browser(), call::cancel_recovery_by_link(&token)),
            || post_in_background(changing, call::confirm_phone_change()),
        )
        .await;
    let step = cancelled.expect_step();
    assert!(matches!(step, Step::RecoveryCancelled { .. }), "{step:?}");
    assert_eq!(confirmed.expect_step(), Step::PhoneChanged);
}

/// Both requests delete the reset links of the account. No deletion follows a change of the password, which ends its
/// session.
#[tokio::test(flavor = "multi_thread")]
async fn change_of_password_and_deletion_do_not_deadlock() {
    let (app, ann, changing) = start_app_with_signed_in_user().await;
    let deleting = sign_in_again(&app, &ann).await;
    app.request_reset_token(&ann).await;
    let change = call::change_password(&ann.password, NEW);
    let ((_, changed), (_, deleted)) = app
        .run_while_locked(
            LOCK_ACCOUNTS,
            || post_in_background(changing, change),
            || post_in_background(deleting, call::delete_account(&ann.username)),
        )
        .await;
    assert_eq!(changed.expect_step(), Step::PasswordChanged);
    assert!(deleted.is_refused());
    let scheduled = "SELECT COUNT(*) FROM accounts WHERE delete_at > 0";
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(scheduled).await, 0);
}

/// A text message with a notification counts in the daily limit of its number, which the change locks after the flows of
/// the account. It also counts in the limits of all messages, which the send of a code locks before its flow.
#[tokio::test(flavor = "multi_thread")]
async fn change_of_password_send_of_a_code_and_notification_do_not_deadlock() {
    let (app, ann, changing) = start_app_with_signed_in_user().await;
    app.skip_resend_cooldown().await;
    let mut signing_in = app.new_browser();
    signing_in.begin_sign_in(&ann).await;
    app.wait_for_empty_outbox().await;
    let lock = app.lock_accounts().await;
    let changing = post_in_background(changing, call::change_password(&ann.password, NEW));
    app.wait_for_waiting_transactions(1).await;
    let sending = post_in_background(signing_in, call::choose_method("sms"));
    app.wait_for_waiting_transactions(2).await;
    let notification = json!({ "notice": "deletion_withdrawn" });
    app.queue_notification("sms", &ann.phone, &notification)
        .await;
    app.wait_for_waiting_transactions(3).await;
    drop(lock);
    let (_, changed) = changing.await.expect("the change ends");
    assert_eq!(changed.expect_step(), Step::PasswordChanged);
    let (_, sent) = sending.await.expect("the send ends");
    // The change has ended the flow after the send has read it.
    assert_eq!(sent.expect_problem(), Problem::Busy);
    app.wait_for_empty_outbox().await;
}

/// Both requests end the recovery of the account.
#[tokio::test(flavor = "multi_thread")]
async fn change_of_password_and_disable_command_do_not_deadlock() {
    let (app, ann, changing) = start_app_with_signed_in_user().await;
    app.open_recovery(&ann).await;
    let change = call::change_password(&ann.password, NEW);
    let ((_, changed), disabled) = app
        .run_while_locked(
            LOCK_ACCOUNTS,
            || post_in_background(changing, change),
            || app.start_user_command(&["disable", &ann.username], ""),
        )
        .await;
    assert_eq!(changed.expect_step(), Step::PasswordChanged);
    assert_eq!(disabled.exit_code, 0, "{disabled:?}");
}

/// Both requests notify the user, and lock the account.
#[tokio::test(flavor = "multi_thread")]
async fn sign_in_with_a_recovery_code_and_report_of_a_lost_phone_do_not_deadlock() {
    let (app, ann, mut owner) = start_app_with_signed_in_user().await;
    let codes = owner.create_recovery_codes().await;
    let signing_in = app.sign_in_until_recovery_code(&ann).await;
    let code = call::submit_code(Purpose::SignIn, &codes[0]);
    app.wait_for_empty_outbox().await;
    let report = call::begin_recovery(&ann.username, &ann.password);
    let ((_, reported), (mut signing_in, _)) = app
        .run_while_locked(
            LOCK_ACCOUNTS,
            || post_in_background(app.new_browser(), report),
            || post_in_background(signing_in, code),
        )
        .await;
    assert_eq!(reported.expect_step(), Step::RecoveryRequested);
    assert!(signing_in.is_signed_in().await);
}

/// The change of the e-mail address ends the payment that the other browser has begun, and the next payment of that
/// browser would replace it. A payment locks the flow that it replaces, then the account. The change ends its session.
#[tokio::test(flavor = "multi_thread")]
async fn change_of_email_address_and_payment_do_not_deadlock() {
    let (app, ann, mut proving) = start_app_with_signed_in_user().await;
    let mut paying = sign_in_again(&app, &ann).await;
    let payment = Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD);
    paying.begin_payment(&payment).await;
    let form = paying.load_page("/payments/new").await.text();
    let keys = page::hidden_input_values(&form, "key");
    let key = keys.first().expect("form has a key").clone();
    let code = proving.begin_email_change(&app, "new@example.net").await;
    app.wait_for_empty_outbox().await;
    let ((_, verified), (mut paying, begun)) = app
        .run_while_locked(
            LOCK_FLOWS,
            || post_in_background(proving, call::submit_email_code(&code)),
            || post_in_background(paying, call::submit_payment(&Payment { key, ..payment })),
        )
        .await;
    assert_eq!(verified.expect_step(), Step::EmailChanged);
    assert!(begun.is_refused());
    assert!(!paying.is_signed_in().await);
}

/// The attacker has changed the number, and requests recovery codes while the owner undoes the change.
#[tokio::test(flavor = "multi_thread")]
async fn recovery_codes_that_are_requested_during_an_undo_are_not_created() {
    let app = TestApp::start(Database::Postgres).await;
    let ann = app.register_user().await;
    let (_, attacker, undo) = app.change_phone(&ann).await;
    app.wait_for_empty_outbox().await;
    let ((_, undone), _) = app
        .run_while_locked(
            LOCK_ACCOUNTS,
            || post_in_background(app.new_browser(), call::undo_change(&undo)),
            || post_in_background(attacker, call::create_recovery_codes("0")),
        )
        .await;
    assert_eq!(undone.expect_step(), Step::PhoneChangeUndone);
    let codes = "SELECT COUNT(*) FROM recovery_codes";
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(codes).await, 0);
}

/// Both requests lock the account and its recovery codes.
#[tokio::test(flavor = "multi_thread")]
async fn new_recovery_codes_and_sign_in_with_an_old_one_do_not_deadlock() {
    let (app, ann, mut owner) = start_app_with_signed_in_user().await;
    let codes = owner.create_recovery_codes().await;
    let form = owner.load_recovery_codes_form().await;
    let signing_in = app.sign_in_until_recovery_code(&ann).await;
    let code = call::submit_code(Purpose::SignIn, &codes[0]);
    app.wait_for_empty_outbox().await;
    let ((_, created), (_, refused)) = app
        .run_while_locked(
            LOCK_ACCOUNTS,
            || post_in_background(owner, form),
            || post_in_background(signing_in, code),
        )
        .await;
    let new = page::list_items(&created.response.text(), "recovery-codes");
    assert_eq!(new.len(), codes.len());
    assert_eq!(refused.expect_problem(), Problem::RecoveryCodeWrong);
}

/// Both requests lock the e-mail proof and the limits on notifications.
#[tokio::test(flavor = "multi_thread")]
async fn resent_email_code_and_password_reset_with_a_recovery_code_do_not_deadlock() {
    let (app, ann, mut proving) = start_app_with_signed_in_user().await;
    let codes = proving.create_recovery_codes().await;
    let resetting = begin_reset(&app, &ann, "recovery").await;
    let code = call::submit_code(Purpose::PasswordReset, &codes[0]);
    proving.begin_email_change(&app, "new@example.net").await;
    app.skip_resend_cooldown().await;
    app.wait_for_empty_outbox().await;
    let ((_, code_answer), (_, reset_answer)) = app
        .run_while_locked(
            LOCK_EMAIL_PROOFS,
            || post_in_background(proving, call::request_email_code()),
            || post_in_background(resetting, code),
        )
        .await;
    assert_eq!(reset_answer.expect_step(), Step::PasswordReset);
    // A reset that comes first ends the session of the other request. PostgreSQL does not order an insertion here.
    if code_answer.is_refused() {
        assert_eq!(code_answer.expect_problem(), Problem::FlowEnded);
    } else {
        assert_eq!(code_answer.expect_step(), Step::EnterEmailCode);
    }
}
