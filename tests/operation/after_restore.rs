//! `sallyport after-restore` ends what a restored backup has made valid again.

use domain::{Problem, Purpose, Step};

use crate::support::call::Payment;
use crate::support::password_reset::reset_link_path;
use crate::support::payment::{AMOUNT_ABOVE_THRESHOLD, COUNT_FAILED};
use crate::support::wire::Request;
use crate::support::{Database, RunningApp, TestApp, call, on_both_databases};

on_both_databases![
    sessions_flows_links_and_codes_from_before_a_restore_are_refused,
    access_token_from_before_a_restore_is_refused,
    dry_run_and_missing_confirmation_after_a_restore_change_nothing,
    recovery_and_deletion_of_a_restored_backup_do_not_take_effect,
    undo_link_of_a_restored_backup_restores_the_number,
    pending_payment_of_a_restored_backup_fails,
    recovery_codes_of_a_restored_backup_end_on_request_only,
];

const NEW_PASSWORD: &str = "a quite different 88 phrase";

/// Makes the database look as before the use of every authenticator code.
const FORGET_USED_TOTP_STEPS: &str = "UPDATE authenticators SET last_step = 0";

/// Runs `sallyport after-restore --yes --json` with more arguments. Returns its JSON output.
fn end_restored_access(app: &RunningApp, more: &[&str]) -> serde_json::Value {
    let mut arguments = vec!["--yes", "--json"];
    arguments.extend(more);
    let output = app.run_command_with_arguments("after-restore", &arguments);
    assert_eq!(output.exit_code, 0, "{output:?}");
    serde_json::from_str(&output.stdout).expect("output is a JSON document")
}

/// Tests docs/security.md#dur-07. The killed app starts at the system time, which the command reads too.
async fn sessions_flows_links_and_codes_from_before_a_restore_are_refused(database: Database) {
    let mut app = TestApp::start(database).await;
    let (ann, mut signed_in, authenticator) = app.register_user_with_authenticator().await;
    let reset_token = app.request_reset_token(&ann).await;
    app.kill_and_restart(&mut signed_in).await;
    app.execute_sql(FORGET_USED_TOTP_STEPS).await;
    let authenticator = authenticator.with_clock_from(app.simulator);
    let mut half_way = app.sign_in_until_totp_code(&ann).await;
    let used = authenticator.current_code().await;
    app.sign_in_with_totp_code(&ann, &used).await.expect_step();
    assert!(signed_in.is_signed_in().await);

    app.process.kill().await;
    app.execute_sql(FORGET_USED_TOTP_STEPS).await;
    let done = end_restored_access(&app, &[]);
    for member in ["sessions", "flows", "links", "authenticators"] {
        assert!(done[member].as_u64() > Some(0), "{member}: {done}");
    }
    app.restart().await;
    let authenticator = authenticator.with_clock_from(app.simulator);
    signed_in.address = app.address;
    half_way.address = app.address;
    assert!(!signed_in.is_signed_in().await);
    let code = authenticator.code_after_secs(60).await;
    let reply = half_way.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(reply.expect_problem(), Problem::FlowEnded);
    let refused = app.sign_in_with_totp_code(&ann, &used).await;
    assert!(matches!(
        refused.expect_problem(),
        Problem::InvalidCode { .. } | Problem::UsedCode { .. }
    ));
    let mut browser = app.new_browser();
    let page = browser.load_page(&reset_link_path(&reset_token)).await;
    assert_eq!(page.status, 410);
    let reset = call::reset_password(&reset_token, NEW_PASSWORD);
    let reply = browser.submit_form(&reset).await;
    assert_eq!(reply.expect_problem(), Problem::ResetLinkInvalid);

    // The next code after the accepted steps.
    app.simulator.advance_clock(60).await;
    let code = authenticator.current_code().await;
    let step = app.sign_in_with_totp_code(&ann, &code).await.expect_step();
    assert_eq!(step, Step::Dashboard);
    let audited = "SELECT COUNT(*) FROM audit_events WHERE event = 'backup_restored' \
                   AND source = 'operator' AND account_id = ''";
    assert_eq!(app.open_database().await.read_number(audited).await, 1);
}

/// Tests docs/security.md#dur-07.
async fn access_token_from_before_a_restore_is_refused(database: Database) {
    let mut app = TestApp::builder(database)
        // A fixed public URL keeps the issuer of tokens the same after a restart on another port.
        .with_setting("SALLYPORT_PUBLIC_URL", "http://127.0.0.1:9")
        .with_separate_simulator()
        .start()
        .await;
    let (_, mut client) = app.sign_in_new_api_user().await;
    app.process.kill().await;
    app.restart().await;
    client.address = app.address;
    client.get("/v1/me").await.expect_status(200);
    app.process.kill().await;
    end_restored_access(&app, &[]);
    app.restart().await;
    client.address = app.address;
    let refused = client.get("/v1/me").await;
    assert_eq!(refused.status(), 401);
}

/// Tests docs/security.md#dur-07.
async fn dry_run_and_missing_confirmation_after_a_restore_change_nothing(database: Database) {
    let mut app = TestApp::start(database).await;
    let (_, mut browser) = app.sign_in_new_user().await;
    app.process.kill().await;
    let probe = app.open_database().await;
    let before = probe.dump_rows().await;
    let output = app.run_command_with_arguments("after-restore", &["--dry-run", "--json"]);
    assert_eq!(output.exit_code, 0, "{output:?}");
    let planned: serde_json::Value =
        serde_json::from_str(&output.stdout).expect("output is a JSON document");
    assert_eq!(planned["applied"], false);
    assert_eq!(planned["sessions"], 1);
    let output = app.run_command_with_arguments("after-restore", &["--dry-run"]);
    assert!(output.stdout.contains("Nothing was changed"), "{output:?}");
    let output = app.run_command_with_arguments("after-restore", &[]);
    assert_eq!(output.exit_code, 1, "{output:?}");
    assert!(output.stderr.contains("nothing was changed"), "{output:?}");
    assert_eq!(probe.dump_rows().await, before);
    app.restart().await;
    browser.address = app.address;
    assert!(browser.is_signed_in().await);
}

/// Tests docs/security.md#dur-07. The users may have cancelled both after the backup.
async fn recovery_and_deletion_of_a_restored_backup_do_not_take_effect(database: Database) {
    let mut app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.open_recovery(&ann).await;
    let (bob, mut browser) = app.sign_in_new_user().await;
    let deletion = call::delete_account(&bob.username);
    browser.submit_form(&deletion).await.expect_step();
    app.process.kill().await;
    // The waiting time is over.
    app.execute_sql("UPDATE accounts SET delete_at = 1 WHERE delete_at > 0")
        .await;
    let done = end_restored_access(&app, &[]);
    assert_eq!(done["lost_phone_recoveries"], 1, "{done}");
    assert_eq!(done["postponed_erasures"], 1, "{done}");
    let probe = app.open_database().await;
    for (query, expected) in [
        ("SELECT COUNT(*) FROM recoveries", 0),
        (
            "SELECT COUNT(*) FROM accounts WHERE delete_at > created_at",
            1,
        ),
        (
            "SELECT COUNT(*) FROM audit_events WHERE event = 'recovery_cancelled' \
             AND source = 'operator' AND detail = 'backup_restored'",
            1,
        ),
        (
            "SELECT COUNT(*) FROM outbox WHERE kind = 'recovery_cancelled' AND done_at = 0",
            2,
        ),
    ] {
        assert_eq!(probe.read_number(query).await, expected, "{query}");
    }
    app.restart().await;
    let step = app.new_browser().begin_sign_in(&ann).await;
    assert!(matches!(step, Step::ChooseMethod { .. }), "{step:?}");
}

/// Tests docs/security.md#dur-07. The link protects the owner of the old number.
async fn undo_link_of_a_restored_backup_restores_the_number(database: Database) {
    let mut app = TestApp::start(database).await;
    let ann = app.register_user().await;
    let (_, _, token) = app.change_phone(&ann).await;
    app.process.kill().await;
    end_restored_access(&app, &[]);
    app.restart().await;
    let undo = call::undo_change(&token);
    let step = app.new_browser().submit_form(&undo).await.expect_step();
    assert_eq!(step, Step::PhoneChangeUndone);
}

/// Tests docs/security.md#dur-07, docs/security.md#pay-02.
async fn pending_payment_of_a_restored_backup_fails(database: Database) {
    let mut app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    browser
        .begin_payment_until_code(&app, &ann, &Payment::in_dollars(AMOUNT_ABOVE_THRESHOLD))
        .await;
    app.process.kill().await;
    end_restored_access(&app, &[]);
    let probe = app.open_database().await;
    assert_eq!(probe.read_number(COUNT_FAILED).await, 1);
}

/// Tests docs/security.md#dur-07. A code can be the only factor that a user has.
async fn recovery_codes_of_a_restored_backup_end_on_request_only(database: Database) {
    const UNUSED: &str = "SELECT COUNT(*) FROM recovery_codes WHERE spent_at = 0";
    let mut app = TestApp::start(database).await;
    let (ann, mut browser) = app.sign_in_new_user().await;
    browser.create_recovery_codes().await;
    app.process.kill().await;
    let probe = app.open_database().await;
    let done = end_restored_access(&app, &[]);
    let listed = serde_json::json!([ann.username]);
    assert_eq!(done["accounts_with_recovery_codes"], listed, "{done}");
    assert_eq!(probe.read_number(UNUSED).await, 10);
    let done = end_restored_access(&app, &["--end-recovery-codes"]);
    assert_eq!(done["recovery_codes"], 10, "{done}");
    assert_eq!(probe.read_number(UNUSED).await, 0);
}

/// Tests docs/security.md#dur-07. The server would continue with the file from before the restore.
#[tokio::test(flavor = "multi_thread")]
async fn restore_under_a_running_server_on_sqlite_is_refused_and_makes_it_not_ready() {
    let mut app = TestApp::start(Database::Sqlite).await;
    app.register_user().await;
    assert_eq!(app.read_readiness().await, "ready");
    // Writes all changes from the log into the database file.
    app.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let file = app.data.path().join("sallyport.db");
    let backup = app.data.path().join("backup.db");
    std::fs::copy(&file, &backup).expect("database file is copied");
    std::fs::rename(&backup, &file).expect("database file is replaced");
    for log in ["sallyport.db-wal", "sallyport.db-shm"] {
        let _ = std::fs::remove_file(app.data.path().join(log));
    }

    let refused = app.run_command_with_arguments("after-restore", &["--yes"]);
    assert_eq!(refused.exit_code, 1, "{refused:?}");
    let cause = "the server is running; stop it first";
    assert!(refused.stderr.contains(cause), "{refused:?}");
    let response = Request::get("/readyz").send(app.address).await;
    assert_eq!(response.status, 503);
    let problem = "the database file was replaced or deleted";
    assert_eq!(response.text(), format!("{problem}; restart the server"));
    let logged = app.wait_for_readiness_log(problem).await;
    assert!(logged.contains("restart the server"), "{logged}");

    app.process.kill().await;
    end_restored_access(&app, &[]);
    app.restart().await;
    assert_eq!(app.read_readiness().await, "ready");
}
