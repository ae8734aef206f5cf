//! Attacks on the deletion of accounts.

use std::time::Duration;

use domain::{Purpose, Step};
use sqlx::Executor as _;
use tokio::task::JoinSet;

use crate::support::call::{self, FormPost, Payment};
use crate::support::payment::COUNT_COMPLETED;
use crate::support::timing::{TimedClasses, Tolerance, select_rounds};
use crate::support::{Database, RunningApp, TestApp, User, on_both_databases};

on_both_databases![
    hundred_parallel_requests_request_and_withdraw_a_deletion_once,
    simultaneous_requests_to_delete_and_to_keep_an_account_leave_one_state,
    erasure_does_not_permit_changes_of_audit_events_payments_or_ledger_entries,
    sign_in_during_the_erasure_leaves_no_data_of_the_account,
    unfinished_payment_delays_the_erasure_of_its_account,
    erasure_that_a_kill_interrupted_is_finished_after_a_restart,
    responses_for_an_erased_account_equal_those_for_an_unknown_account,
];

pub(super) const ERASED: &str = "SELECT COUNT(*) FROM accounts WHERE erased_at > 0";
const REQUESTED: &str = "SELECT COUNT(*) FROM accounts WHERE delete_at > 0";
const REQUESTS: &str = "SELECT COUNT(*) FROM audit_events WHERE event = 'deletion_requested'";
const WITHDRAWALS: &str = "SELECT COUNT(*) FROM audit_events WHERE event = 'deletion_withdrawn'";
/// Rows of erased accounts that should not exist.
const LEFT_BEHIND: &str = "SELECT (SELECT COUNT(*) FROM sessions WHERE account_id IN (SELECT id FROM accounts WHERE erased_at > 0)) \
     + (SELECT COUNT(*) FROM flows WHERE account_id IN (SELECT id FROM accounts WHERE erased_at > 0)) \
     + (SELECT COUNT(*) FROM audit_events WHERE source NOT IN ('', 'operator') AND account_id IN (SELECT id FROM accounts WHERE erased_at > 0))";

/// Makes the erasure of all accounts due.
pub(super) const DUE: &str = "UPDATE accounts SET delete_at = 1 WHERE erased_at = 0";

/// Signs in to an account that will be deleted.
async fn sign_in_during_deletion_period(app: &RunningApp, user: &User) -> crate::support::Browser {
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(app, user).await;
    let step = browser
        .enter_code(Purpose::SignIn, &code)
        .await
        .expect_step();
    assert_eq!(step, Step::DecideDeletion);
    browser
}

async fn hundred_parallel_requests_request_and_withdraw_a_deletion_once(database: Database) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    let mut racing = JoinSet::new();
    for _ in 0..100 {
        let (mut browser, username) = (browser.clone(), ann.username.clone());
        racing.spawn(async move {
            let reply = browser.submit_form(&call::delete_account(&username)).await;
            reply.is_refused()
        });
    }
    let refused = racing.join_all().await;
    assert_eq!(refused.iter().filter(|refused| !**refused).count(), 1);
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(REQUESTS).await, 1);
    assert_eq!(probe.count_sessions().await, 0);

    app.skip_resend_cooldown().await;
    let browser = sign_in_during_deletion_period(&app, &ann).await;
    let mut racing = JoinSet::new();
    for _ in 0..100 {
        let mut browser = browser.clone();
        racing.spawn(async move {
            browser
                .submit_form(&call::cancel_account_deletion())
                .await
                .is_refused()
        });
    }
    let refused = racing.join_all().await;
    assert_eq!(refused.iter().filter(|refused| !**refused).count(), 1);
    assert_eq!(probe.read_number(WITHDRAWALS).await, 1);
    assert_eq!(probe.read_number(REQUESTED).await, 0);
    assert_eq!(probe.count_sessions().await, 1);
}

async fn simultaneous_requests_to_delete_and_to_keep_an_account_leave_one_state(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    browser
        .submit_form(&call::delete_account(&ann.username))
        .await
        .expect_step();
    app.skip_resend_cooldown().await;
    let browser = sign_in_during_deletion_period(&app, &ann).await;
    let mut racing = JoinSet::new();
    for number in 0..100 {
        let (mut browser, username) = (browser.clone(), ann.username.clone());
        racing.spawn(async move {
            let call = if number % 2 == 0 {
                call::cancel_account_deletion()
            } else {
                call::delete_account(&username)
            };
            browser.submit_form(&call).await;
        });
    }
    racing.join_all().await;
    // A session that must decide about a deletion cannot request one, and the decision ends its token.
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(REQUESTS).await, 1);
    assert_eq!(probe.read_number(WITHDRAWALS).await, 1);
    assert_eq!(probe.read_number(REQUESTED).await, 0);
}

async fn erasure_does_not_permit_changes_of_audit_events_payments_or_ledger_entries(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    browser.pay_without_code(&Payment::in_dollars("5.00")).await;
    let bob = app.register_user().await;
    let output = app.run_user_command(&["delete", &bob.username, "--now", "--yes"]);
    assert_eq!(output.exit_code, 0, "{output:?}");
    let probe = app.open_database().await;
    // The app sends the notifications about the erasure in the background, which changes the outbox.
    app.wait_for_empty_outbox().await;
    let before = probe.dump_rows().await;
    for change in [
        "UPDATE audit_events SET source = '' WHERE event = 'payment_completed'",
        "UPDATE audit_events SET detail = '' WHERE event = 'payment_completed'",
        "UPDATE ledger_entries SET description = ''",
        "UPDATE payments SET recipient = ''",
        // The erasure may clear only source, device, detail and request ID of an event.
        "UPDATE audit_events SET event = 'x' WHERE event = 'account_erased'",
        "UPDATE audit_events SET at = 1 WHERE event = 'account_erased'",
        "UPDATE audit_events SET source = '203.0.113.7' WHERE event = 'account_erased'",
        "UPDATE audit_events SET device = 'Firefox' WHERE event = 'account_erased'",
        "UPDATE audit_events SET request_id = 'x' WHERE event = 'account_erased'",
        "DELETE FROM audit_events WHERE event = 'account_erased'",
    ] {
        let mut operator = app.execute_and_keep_connection("SELECT 1").await;
        let refused = operator.execute(change).await.expect_err(change);
        let refused = refused.to_string();
        assert!(refused.contains("never changed"), "{change}: {refused}");
    }
    assert_eq!(probe.dump_rows().await, before);
    assert!(browser.is_signed_in().await, "{}", ann.username);
}

async fn sign_in_during_the_erasure_leaves_no_data_of_the_account(database: Database) {
    const ROUNDS: usize = 10;
    let app = TestApp::start(database).await;
    let probe = app.open_database().await;
    for round in 1..=ROUNDS {
        let ann = app.register_user().await;
        let mut finishing = app.new_browser();
        let code = finishing.sign_in_until_code(&app, &ann).await;
        let mut racing = JoinSet::new();
        for _ in 0..4 {
            let (mut browser, user) = (app.new_browser(), ann.clone());
            racing.spawn(async move {
                browser.enter_password(&user.username, &user.password).await;
            });
        }
        racing.spawn(async move {
            finishing.enter_code(Purpose::SignIn, &code).await;
        });
        let output = app.run_user_command(&["delete", &ann.username, "--now", "--yes"]);
        assert_eq!(output.exit_code, 0, "{output:?}");
        racing.join_all().await;
        assert_eq!(
            probe.read_number(ERASED).await,
            i64::try_from(round).expect("number fits the type")
        );
        let sessions = "SELECT COUNT(*) FROM sessions WHERE account_id IN \
                        (SELECT id FROM accounts WHERE erased_at > 0)";
        assert_eq!(probe.read_number(sessions).await, 0);
    }
    // Requests that read the account before its erasure may add rows. The cleanup after a restart erases them.
    let mut app = app;
    app.process.kill().await;
    app.restart().await;
    app.open_database()
        .await
        .wait_for_number(LEFT_BEHIND, 0)
        .await;
}

async fn unfinished_payment_delays_the_erasure_of_its_account(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    browser.pay_without_code(&Payment::in_dollars("5.00")).await;
    let probe = app.open_database().await;
    probe.wait_for_number(COUNT_COMPLETED, 1).await;
    // The processor has not answered, and its next call is far in the future.
    app.execute_sql(
        "UPDATE payments SET status = 'processing', transaction_id = '', asked_at = 9000000000000000",
    )
    .await;
    let output = app.run_user_command(&["delete", &ann.username, "--now", "--yes"]);
    assert_eq!(output.exit_code, 0, "{output:?}");
    assert!(output.stdout.contains("payment"), "{output:?}");
    assert_eq!(probe.read_number(ERASED).await, 0);
    assert!(
        !app.new_browser()
            .is_password_accepted(&ann.username, &ann.password)
            .await
    );
    app.execute_sql("UPDATE payments SET asked_at = 0").await;
    app.simulator.advance_clock(60).await;
    probe.wait_for_number(ERASED, 1).await;
    assert_eq!(probe.read_number(COUNT_COMPLETED).await, 1);
    let entries = "SELECT COUNT(*) FROM ledger_entries";
    assert_eq!(probe.read_number(entries).await, 1);
}

async fn erasure_that_a_kill_interrupted_is_finished_after_a_restart(database: Database) {
    const ACCOUNTS: usize = 40;
    let mut app = TestApp::builder(database)
        .with_separate_simulator()
        .start()
        .await;
    app.import_users(ACCOUNTS);
    app.execute_sql(DUE).await;
    let probe = app.open_database().await;
    loop {
        app.process.kill().await;
        let half = "SELECT COUNT(*) FROM accounts WHERE (erased_at > 0) <> (email = '')";
        assert_eq!(probe.read_number(half).await, 0);
        let unnoticed = "SELECT ABS((SELECT COUNT(*) FROM accounts WHERE erased_at > 0) - \
                         (SELECT COUNT(*) FROM audit_events WHERE event = 'account_erased'))";
        assert_eq!(probe.read_number(unnoticed).await, 0);
        // PostgreSQL can still commit the last erasure of the killed server, so the number is read once.
        let before = probe.read_number(ERASED).await;
        if usize::try_from(before) == Ok(ACCOUNTS) {
            break;
        }
        app.restart().await;
        let wait = async {
            while probe.read_number(ERASED).await == before {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait)
            .await
            .expect("erasure continues in time");
    }
}

/// Covers docs/security.md#enum-01: text, status, size and time of the response are equal.
async fn responses_for_an_erased_account_equal_those_for_an_unknown_account(database: Database) {
    const UNKNOWN: &str = "unknown account";
    const ERASED_ACCOUNT: &str = "erased account";
    let app = TestApp::builder(database)
        .with_setting("SALLYPORT_LIMIT_REGISTRATIONS_PER_SOURCE_PER_HOUR", "1000")
        .start()
        .await;
    let users: Vec<User> = (0..20).map(|_| app.create_user_by_command()).collect();
    app.execute_sql(DUE).await;
    let probe = app.open_database().await;
    probe.wait_for_number(ERASED, 20).await;
    let browser = app.new_browser();
    let submit_password: fn(&str) -> FormPost =
        |name| call::submit_password(name, "not the password", "");
    let request_reset: fn(&str) -> FormPost = |name| call::request_password_reset(name, "");
    for (attack, form) in [
        ("sign-in, erased and unknown account", submit_password),
        ("reset link, erased and unknown account", request_reset),
    ] {
        let mut measured = TimedClasses::new(&[UNKNOWN, ERASED_ACCOUNT]);
        for round in 0..select_rounds() {
            for class in measured.in_random_order() {
                let name = match class {
                    ERASED_ACCOUNT => users[round % users.len()].username.clone(),
                    _ => format!("unknown{round}"),
                };
                let request = browser.form_request(&form(&name));
                measured
                    .send_and_compare(class, &request, &name, app.address)
                    .await;
            }
        }
        measured.assert_indistinguishable(attack, Tolerance::FIXED_TIME);
    }
}
