//! Requested deletions of accounts that an operator disables, enables or keeps.

use domain::{Purpose, Step};
use serde_json::Value;

use crate::support::lost_phone::wait_for_text_message_with;
use crate::support::{Browser, Database, RunningApp, TestApp, User, call, on_both_databases};

on_both_databases![
    deletion_that_the_user_requested_waits_while_the_account_is_disabled,
    enabling_an_account_starts_the_waiting_time_of_its_deletion_again,
    deletion_that_an_operator_requested_erases_a_disabled_account,
    deletions_of_an_earlier_version_are_told_apart_by_their_audit_events,
    operator_keeps_an_account_whose_deletion_is_requested,
    operator_keeps_a_disabled_account_and_it_stays_disabled,
    user_list_shows_disabled_held_and_deletion_pending_accounts,
];

const ERASED: &str = "SELECT COUNT(*) FROM accounts WHERE erased_at > 0";
const REQUESTED: &str = "SELECT COUNT(*) FROM accounts WHERE delete_at > 0";
/// Makes all requested deletions due: those of disabled accounts before the others, so that they are erased first.
const DUE: &str = "UPDATE accounts SET delete_at = 2 - disabled WHERE delete_at > 0";

/// Runs a command of `sallyport user` that succeeds, and returns its output.
fn run(app: &TestApp, arguments: &[&str]) -> String {
    let output = app.run_user_command(arguments);
    assert_eq!(output.exit_code, 0, "{output:?}");
    output.stdout
}

/// Runs a command of `sallyport user` with `--json`, and returns its output.
fn run_with_json(app: &TestApp, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    serde_json::from_str(&run(app, &arguments)).expect("output is one JSON document")
}

/// Registers a user who requests the deletion of the account.
async fn register_user_who_requests_deletion(app: &TestApp) -> User {
    let (user, mut browser) = app.sign_in_new_user().await;
    let deletion = call::delete_account(&user.username);
    let step = browser.submit_form(&deletion).await.expect_step();
    assert_eq!(step, Step::DeletionRequested);
    user
}

/// Signs in with password and code. Returns the browser and the next step.
async fn sign_in_again(app: &RunningApp, user: &User) -> (Browser, Step) {
    app.skip_resend_cooldown().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(app, user).await;
    let entered = browser.enter_code(Purpose::SignIn, &code).await;
    (browser, entered.expect_step())
}

/// An attacker has requested the deletion, and the operator disables the account. Tests docs/production.md.
async fn deletion_that_the_user_requested_waits_while_the_account_is_disabled(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (
        register_user_who_requests_deletion(&app).await,
        register_user_who_requests_deletion(&app).await,
    );
    let disabled = run(&app, &["disable", &ann.username]);
    let keep = format!("sallyport user keep {}", ann.username);
    for words in ["The erasure waits until the account is enabled", &keep] {
        assert!(disabled.contains(words), "{disabled}");
    }
    let again = run_with_json(&app, &["disable", &ann.username]);
    assert_eq!(again["applied"], false, "{again}");
    assert_eq!(again["deletion_paused"], true, "{again}");
    assert!(again["delete_at"].is_string(), "{again}");
    let shown = run_with_json(&app, &["show", &ann.username]);
    assert_eq!(shown["deletion_paused"], true, "{shown}");
    let shown = run(&app, &["show", &ann.username]);
    assert!(
        shown.contains("\nDeletion   requested, waits until the account is enabled"),
        "{shown}"
    );

    app.execute_sql(DUE).await;
    let probe = app.open_database().await;
    probe.wait_for_number(ERASED, 1).await;
    let erased = app.run_user_command(&["show", &bob.username]);
    assert_eq!(erased.exit_code, 1, "{erased:?}");
    assert!(run(&app, &["show", &ann.username]).contains(&ann.email));
    // An operator can still erase the account at once.
    let erased = run_with_json(&app, &["delete", &ann.username, "--now", "--yes"]);
    assert_eq!(erased["erased"], true, "{erased}");
    assert_eq!(probe.read_number(ERASED).await, 2);
}

async fn enabling_an_account_starts_the_waiting_time_of_its_deletion_again(database: Database) {
    let app = TestApp::start(database).await;
    let ann = register_user_who_requests_deletion(&app).await;
    let mut phone = app.simulator.phone_with_number(&ann.phone);
    wait_for_text_message_with(&mut phone, "will be deleted on").await;
    run(&app, &["disable", &ann.username]);
    app.execute_sql(DUE).await;
    let enabled = run_with_json(&app, &["enable", &ann.username]);
    assert_eq!(enabled["deletion_paused"], false, "{enabled}");
    let shown = run_with_json(&app, &["show", &ann.username]);
    assert_eq!(shown["delete_at"], enabled["delete_at"], "{shown}");
    let two_weeks = "SELECT COUNT(*) FROM accounts WHERE delete_at > created_at + 13 * 86400000";
    assert_eq!(app.open_database().await.read_number(two_weeks).await, 1);
    wait_for_text_message_with(&mut phone, "will be deleted on").await;
    let (mut browser, step) = sign_in_again(&app, &ann).await;
    assert_eq!(step, Step::DecideDeletion);
    let kept = browser.submit_form(&call::cancel_account_deletion()).await;
    assert_eq!(kept.expect_step(), Step::DeletionWithdrawn);
}

async fn deletions_of_an_earlier_version_are_told_apart_by_their_audit_events(database: Database) {
    let mut app = TestApp::start(database).await;
    let ann = register_user_who_requests_deletion(&app).await;
    let bob = app.register_user().await;
    run(&app, &["delete", &bob.username, "--yes"]);
    app.process.kill().await;
    for statement in [
        "ALTER TABLE accounts DROP COLUMN deletion_by_operator",
        "ALTER TABLE accounts DROP COLUMN password_from_mail",
        "DELETE FROM _sqlx_migrations WHERE version IN (90, 91)",
    ] {
        app.execute_sql(statement).await;
    }
    app.restart().await;
    for (user, is_paused) in [(&ann, true), (&bob, false)] {
        let disabled = run_with_json(&app, &["disable", &user.username]);
        assert_eq!(disabled["deletion_paused"], is_paused, "{disabled}");
    }
}

async fn deletion_that_an_operator_requested_erases_a_disabled_account(database: Database) {
    let app = TestApp::start(database).await;
    let (ann, bob) = (app.register_user().await, app.register_user().await);
    run(&app, &["delete", &ann.username, "--yes"]);
    let disabled = run(&app, &["disable", &ann.username]);
    assert!(disabled.contains("It will be erased at "), "{disabled}");
    run(&app, &["disable", &bob.username]);
    let deleted = run(&app, &["delete", &bob.username, "--yes"]);
    assert!(deleted.contains("no sign-in can keep it"), "{deleted}");
    for user in [&ann, &bob] {
        let shown = run_with_json(&app, &["show", &user.username]);
        assert_eq!(shown["deletion_paused"], false, "{shown}");
    }
    app.execute_sql(DUE).await;
    let probe = app.open_database().await;
    probe.wait_for_number(ERASED, 2).await;
}

async fn operator_keeps_an_account_whose_deletion_is_requested(database: Database) {
    let app = TestApp::start(database).await;
    let ann = register_user_who_requests_deletion(&app).await;
    let kept = run_with_json(&app, &["keep", &ann.username]);
    assert_eq!(kept["event"], "deletion_withdrawn", "{kept}");
    assert_eq!(kept["applied"], true, "{kept}");
    assert!(kept["delete_at"].is_null(), "{kept}");
    let probe = app.open_database().await;
    for (query, expected) in [
        (REQUESTED, 0),
        (
            "SELECT COUNT(*) FROM audit_events WHERE event = 'deletion_withdrawn' \
             AND source = 'operator'",
            1,
        ),
        // One notification by mail and one by text message.
        (
            "SELECT COUNT(*) FROM outbox WHERE notice LIKE '%deletion_withdrawn%'",
            2,
        ),
    ] {
        assert_eq!(probe.read_number(query).await, expected, "{query}");
    }
    let again = run(&app, &["keep", &ann.username]);
    assert!(again.contains("was not going to be deleted"), "{again}");
    let (_, step) = sign_in_again(&app, &ann).await;
    assert_eq!(step, Step::Dashboard);
}

async fn operator_keeps_a_disabled_account_and_it_stays_disabled(database: Database) {
    let app = TestApp::start(database).await;
    let ann = register_user_who_requests_deletion(&app).await;
    run(&app, &["disable", &ann.username]);
    let kept = run(&app, &["keep", &ann.username]);
    assert!(kept.contains("will not be deleted."), "{kept}");
    assert!(kept.contains("The account is disabled"), "{kept}");
    let disabled = "SELECT COUNT(*) FROM accounts WHERE disabled = 1 AND delete_at = 0";
    assert_eq!(app.open_database().await.read_number(disabled).await, 1);
    let enabled = run_with_json(&app, &["enable", &ann.username]);
    assert!(enabled["delete_at"].is_null(), "{enabled}");
    let (_, step) = sign_in_again(&app, &ann).await;
    assert_eq!(step, Step::Dashboard);
}

/// Tests docs/product.md#section-11.
async fn user_list_shows_disabled_held_and_deletion_pending_accounts(database: Database) {
    let app = TestApp::start(database).await;
    let active = app.register_user().await;
    let held = app.create_user_with_required_reset().await;
    let leaving = register_user_who_requests_deletion(&app).await;
    let paused = register_user_who_requests_deletion(&app).await;
    run(&app, &["disable", &paused.username]);
    let text = run(&app, &["list"]);
    let json = run(&app, &["list", "--json"]);
    for (user, state, held_at, delete_at, paused) in [
        (&active, "  active  ", false, false, false),
        (&held, "  reset required  ", true, false, false),
        (&leaving, "  deletion requested  ", false, true, false),
        (
            &paused,
            "  disabled, deletion requested  ",
            false,
            true,
            true,
        ),
    ] {
        let row = text.lines().find(|row| row.ends_with(&user.username));
        let row = row.expect("account is listed");
        assert!(row.contains(state), "{state}: {row}");
        let listed = json
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("line is a JSON document"))
            .find(|row| row["username"] == *user.username)
            .expect("account is listed");
        assert_eq!(listed["held_at"].is_string(), held_at, "{listed}");
        assert_eq!(listed["delete_at"].is_string(), delete_at, "{listed}");
        assert_eq!(listed["deletion_paused"], paused, "{listed}");
    }
}
