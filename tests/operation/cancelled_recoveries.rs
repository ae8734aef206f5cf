//! Operator commands that cancel the open recovery of a lost phone.

use serde_json::Value;

use crate::support::{Database, TestApp, User, on_both_databases};

on_both_databases![
    command_that_cancels_a_recovery_reports_it_and_notifies_the_user,
    new_number_from_an_operator_cancels_a_recovery_without_saying_that_the_number_stays,
];

/// Counts the commands that have cancelled a recovery, by their events.
const CANCELLING_EVENTS: &str = "SELECT COUNT(DISTINCT detail) FROM audit_events \
     WHERE event = 'recovery_cancelled' AND source = 'operator' AND detail IN ('password_changed', \
     'email_changed', 'phone_changed', 'mfa_reset', 'account_disabled', 'deletion_requested')";
/// Counts the notifications that say that the number of the account stays.
const NOTIFICATIONS: &str = "SELECT COUNT(*) FROM outbox WHERE notice LIKE '%recovery_cancelled%'";
const RECOVERIES: &str = "SELECT COUNT(*) FROM recoveries";

/// Runs a command of `sallyport user` with `--json`, and returns its output.
fn run_with_json(app: &TestApp, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    let output = app.run_user_command(&arguments);
    assert_eq!(output.exit_code, 0, "{output:?}");
    serde_json::from_str(&output.stdout).expect("output is one JSON document")
}

async fn command_that_cancels_a_recovery_reports_it_and_notifies_the_user(database: Database) {
    let app = TestApp::start(database).await;
    let address = User::with_unique_details().email;
    let probe = app.open_database().await;
    for (command, count) in [
        (&["set-password", "--generate-password"][..], 1),
        (&["set-email", &address], 2),
        (&["reset-mfa"], 3),
        (&["disable"], 4),
        (&["delete", "--yes"], 5),
    ] {
        let ann = app.register_user().await;
        app.open_recovery(&ann).await;
        let (name, rest) = command.split_first().expect("name of the command");
        let arguments = [&[*name, ann.username.as_str()][..], rest].concat();
        let done = run_with_json(&app, &arguments);
        assert_eq!(done["recovery_cancelled"], true, "{command:?}: {done}");
        assert_eq!(probe.read_number(RECOVERIES).await, 0, "{command:?}");
        let recorded = probe.read_number(CANCELLING_EVENTS).await;
        assert_eq!(recorded, count, "{command:?}");
        // One by mail and one by text message for each account.
        let notified = probe.read_number(NOTIFICATIONS).await;
        assert_eq!(notified, 2 * count, "{command:?}");
    }
    let bob = app.register_user().await;
    let done = run_with_json(&app, &["disable", &bob.username]);
    assert_eq!(done["recovery_cancelled"], false, "{done}");
}

async fn new_number_from_an_operator_cancels_a_recovery_without_saying_that_the_number_stays(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (ann, spare) = (app.register_user().await, User::with_unique_details());
    app.open_recovery(&ann).await;
    let output = app.run_user_command(&["set-phone", &ann.username, &spare.phone]);
    assert_eq!(output.exit_code, 0, "{output:?}");
    let said = &output.stdout;
    assert!(
        said.contains("The open recovery of a lost phone was cancelled."),
        "{said}"
    );
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(CANCELLING_EVENTS).await, 1);
    assert_eq!(probe.read_number(NOTIFICATIONS).await, 0);
}
