//! Databases with an older or newer schema than the program.

use domain::{Purpose, Step};

use crate::support::{Database, TestApp, on_both_databases};

on_both_databases![
    account_commands_refuse_an_older_schema_and_migrate_nothing,
    older_schema_is_migrated_at_the_start_of_a_server,
    start_and_commands_refuse_a_newer_schema,
    running_node_works_after_a_newer_release_has_migrated_the_database,
];

const MIGRATED: &str = "SELECT COUNT(*) FROM _sqlx_migrations WHERE description = 'readiness'";

/// Undoes one migration of the database of a stopped app.
async fn undo_one_migration(app: &TestApp) {
    app.execute_sql("DROP TABLE readiness").await;
    app.execute_sql("DELETE FROM _sqlx_migrations WHERE description = 'readiness'")
        .await;
}

/// Tests docs/security.md#dur-06.
async fn account_commands_refuse_an_older_schema_and_migrate_nothing(database: Database) {
    let mut app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.process.kill().await;
    undo_one_migration(&app).await;
    let row = "username,email,full_name,phone,password_hash\n";
    for (command, input) in [
        (&["list"][..], ""),
        (&["show", &ann.username], ""),
        (&["export", &ann.username], ""),
        (&["import", "--dry-run", "-"], row),
        (&["import", "-"], row),
        (&["unlock", "missing"], ""),
        (&["disable", &ann.username], ""),
        (&["delete", &ann.username], "wrong"),
        (&["keep", &ann.username], ""),
    ] {
        let output = app.run_user_command_with_input(command, input);
        assert_ne!(output.exit_code, 0, "{command:?}: {output:?}");
        assert!(output.stderr.contains("older"), "{command:?}: {output:?}");
        assert!(output.stderr.contains("sallyport migrate"), "{output:?}");
    }
    assert_eq!(app.open_database().await.read_number(MIGRATED).await, 0);
    assert_eq!(app.run_command("migrate").exit_code, 0);
    assert_eq!(app.open_database().await.read_number(MIGRATED).await, 1);
    for command in [&["list"][..], &["export", &ann.username]] {
        assert_eq!(app.run_user_command(command).exit_code, 0);
    }
}

/// Tests docs/security.md#dur-06.
async fn older_schema_is_migrated_at_the_start_of_a_server(database: Database) {
    let mut app = TestApp::start(database).await;
    let ann = app.register_user().await;
    app.process.kill().await;
    undo_one_migration(&app).await;
    app.restart().await;
    assert_eq!(app.open_database().await.read_number(MIGRATED).await, 1);
    app.new_browser().sign_in(&app, &ann).await;
}

/// Adds a table, columns with a default, and the record of a migration that this release does not know.
async fn apply_migration_of_a_newer_release(app: &TestApp) {
    for statement in [
        "CREATE TABLE newer (id BIGINT NOT NULL PRIMARY KEY)",
        "ALTER TABLE accounts ADD COLUMN newer BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE flows ADD COLUMN newer BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE codes ADD COLUMN newer BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE sessions ADD COLUMN newer BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE payments ADD COLUMN newer BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE ledger_entries ADD COLUMN newer BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE audit_events ADD COLUMN newer BIGINT NOT NULL DEFAULT 0",
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         SELECT 9999, 'newer', success, checksum, execution_time FROM _sqlx_migrations \
         WHERE version = 4",
    ] {
        app.execute_sql(statement).await;
    }
}

/// Tests docs/security.md#dur-05.
async fn start_and_commands_refuse_a_newer_schema(database: Database) {
    let mut app = TestApp::start(database).await;
    app.process.kill().await;
    apply_migration_of_a_newer_release(&app).await;
    for command in [&["list"][..], &["unlock", "missing"]] {
        let output = app.run_user_command(command);
        assert_ne!(output.exit_code, 0, "{output:?}");
        assert!(output.stderr.contains("migration 9999"), "{output:?}");
    }
    let said = app.run_command("migrate");
    assert_ne!(said.exit_code, 0, "{said:?}");
    assert!(said.stderr.contains("migration 9999"), "{said:?}");
    let said = app.start_and_read_failure().await;
    assert!(said.contains("migration 9999"), "{said}");
}

/// Tests docs/security.md#clu-07.
async fn running_node_works_after_a_newer_release_has_migrated_the_database(database: Database) {
    let mut app = TestApp::start(database).await;
    let (payer, client) = app.sign_in_new_api_user().await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    let code = browser.sign_in_until_code(&app, &ann).await;
    let (payment, payment_code) = client.begin_payment_until_code(&app, &payer).await;
    apply_migration_of_a_newer_release(&app).await;
    let entered = browser.enter_code(Purpose::SignIn, &code).await;
    assert_eq!(entered.expect_step(), Step::Dashboard);
    let paid = client.confirm_payment(&payment, &payment_code).await;
    assert_eq!(paid.expect_status(200)["status"], "completed");
    let bob = app.register_user().await;
    app.new_browser().sign_in(&app, &bob).await;
    assert_eq!(app.new_browser().load_page("/readyz").await.status, 200);
    app.process.kill().await;
    let error_text = app.start_and_read_failure().await;
    assert!(error_text.contains("migration 9999"), "{error_text}");
}
