//! Pairs of transactions that lock the same rows of one account. One transaction also locks a flow or another row that
//! did not exist when the other transaction began. In another lock order than that of `src/store/account_locks.rs` they
//! would deadlock on PostgreSQL, and one of them would fail.

use domain::{Problem, Purpose, Step};
use sqlx::AnyConnection;

use super::account_deletion::{DUE, ERASED};
use super::lock_order::{prove_unused_number, start_app_with_signed_in_user};
use super::session_races::post_in_background;
use crate::support::account_locks::{LOCK_ACCOUNTS, LOCK_EMAIL_PROOFS, LOCK_FLOWS, LOCK_OUTBOX};
use crate::support::lost_phone::prove_new_number;
use crate::support::{Database, DatabaseProbe, RunningApp, TestApp, User, call};

/// Changes the IDs of all flows, so that they follow the IDs of flows that are opened later. Transactions lock flows in
/// this order.
const MOVE_FLOWS_BEHIND_LATER_ONES: &str = "UPDATE flows SET id = 'z' || id";

const LIVE_FLOWS: &str = "SELECT COUNT(*) FROM flows WHERE live = 1";

/// Enters the password in a new browser, which opens a flow.
async fn open_sign_in_flow(app: &RunningApp, user: &User) {
    let mut browser = app.new_browser();
    let reply = browser.enter_password(&user.username, &user.password).await;
    let step = reply.expect_step();
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
}

/// Makes the erasure of the only account due, and waits until it is erased.
async fn wait_for_erasure(mut operator: AnyConnection, probe: DatabaseProbe) {
    let due = sqlx::query(DUE).execute(&mut operator).await;
    due.expect("the account is changed");
    probe.wait_for_number(ERASED, 1).await;
}

/// The account has the same unverified address as the registration and changes to its number. The change locks the
/// account, then the number. The registration has locked the number, so it must not wait for the account.
#[tokio::test(flavor = "multi_thread")]
async fn registration_does_not_wait_for_an_account_with_the_same_unverified_address() {
    let app = TestApp::builder(Database::Postgres)
        .with_setting("SALLYPORT_EMAIL_VERIFICATION", "required")
        .start()
        .await;
    let (ann, mut changing) = app.sign_in_new_user().await;
    let bob = User {
        email: ann.email,
        ..User::with_unique_details()
    };
    prove_new_number(&app, &mut changing, &bob.phone).await;
    // Marks all addresses as unverified, as if the operator had required proofs only after the registrations.
    app.execute_sql("UPDATE accounts SET email_verified_at = 0")
        .await;
    app.skip_resend_cooldown().await;
    let mut registering = app.new_browser();
    let code = registering.register_until_code(&app, &bob).await;
    let lock = app.lock_accounts().await;
    let confirming = post_in_background(changing, call::confirm_phone_change());
    app.wait_for_waiting_transactions(1).await;
    let registered = registering.enter_code(Purpose::Registration, &code).await;
    assert_eq!(registered.expect_step(), Step::Registered);
    drop(lock);
    let (_, confirmed) = confirming.await.expect("the request ends");
    assert_eq!(confirmed.expect_step(), Step::PhoneChanged);
    let probe = app.open_database().await;
    assert_eq!(probe.count_accounts().await, 2);
}

/// The command locks the new flow, then the flow of the change, which has read the flows before.
#[tokio::test(flavor = "multi_thread")]
async fn change_of_number_and_command_that_ends_a_new_flow_do_not_deadlock() {
    let (app, ann, mut changing) = start_app_with_signed_in_user().await;
    changing.begin_email_change(&app, "new@example.net").await;
    prove_unused_number(&app, &mut changing).await;
    app.wait_for_empty_outbox().await;
    app.execute_sql(MOVE_FLOWS_BEHIND_LATER_ONES).await;
    let ((_, confirmed), disabled) = app
        .run_around_action_while_locked(
            LOCK_EMAIL_PROOFS,
            || post_in_background(changing, call::confirm_phone_change()),
            open_sign_in_flow(&app, &ann),
            |()| app.start_user_command(&["disable", &ann.username], ""),
        )
        .await;
    assert_eq!(confirmed.expect_step(), Step::PhoneChanged);
    assert_eq!(disabled.exit_code, 0, "{disabled:?}");
    assert_eq!(app.open_database().await.read_number(LIVE_FLOWS).await, 0);
}

/// The second command locks the new flow, then the earlier flow, which the first command ends.
#[tokio::test(flavor = "multi_thread")]
async fn commands_that_end_an_earlier_and_a_new_flow_do_not_deadlock() {
    let app = TestApp::start(Database::Postgres).await;
    let ann = app.register_user().await;
    open_sign_in_flow(&app, &ann).await;
    app.execute_sql(MOVE_FLOWS_BEHIND_LATER_ONES).await;
    let (reset, disabled) = app
        .run_around_action_while_locked(
            LOCK_FLOWS,
            || app.start_user_command(&["reset-mfa", &ann.username], ""),
            open_sign_in_flow(&app, &ann),
            |()| app.start_user_command(&["disable", &ann.username], ""),
        )
        .await;
    assert_eq!(reset.exit_code, 0, "{reset:?}");
    assert_eq!(disabled.exit_code, 0, "{disabled:?}");
    assert_eq!(app.open_database().await.read_number(LIVE_FLOWS).await, 0);
}

/// Both transactions change the authenticator app. The sign-in begins after the command has ended the flows of the
/// account.
#[tokio::test(flavor = "multi_thread")]
async fn reset_of_the_second_factor_and_authenticator_code_of_a_new_sign_in_do_not_deadlock() {
    let app = TestApp::start(Database::Postgres).await;
    let (ann, _, authenticator) = app.register_user_with_authenticator().await;
    let sign_in_until_last_form = async {
        let browser = app.sign_in_until_totp_code(&ann).await;
        let code = authenticator.current_code().await;
        (browser, call::submit_code(Purpose::SignIn, &code))
    };
    let (reset, (mut browser, refused)) = app
        .run_around_action_while_locked(
            LOCK_ACCOUNTS,
            || app.start_user_command(&["reset-mfa", &ann.username], ""),
            sign_in_until_last_form,
            |(browser, form)| post_in_background(browser, form),
        )
        .await;
    assert_eq!(reset.exit_code, 0, "{reset:?}");
    let wrong = refused.expect_problem();
    assert!(matches!(wrong, Problem::InvalidCode { .. }), "{wrong:?}");
    assert!(!browser.is_signed_in().await);
}

/// The sign-in begins after the erasure has deleted the flows of the account, and waits for the account.
#[tokio::test(flavor = "multi_thread")]
async fn erasure_and_new_sign_in_do_not_deadlock() {
    let (app, ann, mut owner) = start_app_with_signed_in_user().await;
    let codes = owner.create_recovery_codes().await;
    app.wait_for_empty_outbox().await;
    let operator = app.execute_and_keep_connection("SELECT 1").await;
    let probe = app.open_database().await;
    let ((), (mut browser, refused)) = app
        .run_around_action_while_locked(
            // The erasure deletes the notifications after it has locked the account.
            LOCK_OUTBOX,
            || tokio::spawn(wait_for_erasure(operator, probe)),
            app.sign_in_until_recovery_code(&ann),
            |browser| {
                let code = call::submit_code(Purpose::SignIn, &codes[0]);
                post_in_background(browser, code)
            },
        )
        .await;
    assert_eq!(refused.expect_problem(), Problem::RecoveryCodeWrong);
    assert!(!browser.is_signed_in().await);
}
