//! Start and operation behind pgbouncer.

use std::path::Path;
use std::process::Command;

use super::configuration::production_settings;
use crate::support::{Database, PgBouncer, Postgres, Process, TestApp, sallyport_command};

/// The commands that open the database in different ways.
const COMMANDS: [&[&str]; 3] = [&["migrate"], &["serve"], &["user", "list"]];

/// Builds a command of the program in production, with this database.
fn command_with_database(directory: &Path, command: &[&str], database_url: String) -> Command {
    let mut settings = production_settings();
    settings.push(("DATABASE_URL".to_owned(), database_url));
    let mut program = sallyport_command(directory, command[0], &settings);
    program
        .args(&command[1..])
        .env_remove("SALLYPORT_SIMULATOR_LISTEN");
    program
}

/// Asserts that every command fails behind this pgbouncer, and that its output contains all of `words`.
fn assert_every_command_is_refused(pooler: &PgBouncer, words: &[&str]) {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    for command in COMMANDS {
        let url = pooler.database_url("postgres");
        let output = command_with_database(directory.path(), command, url)
            .output()
            .expect("program starts");
        let error_text =
            String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success(), "{command:?}: {error_text}");
        for word in words {
            assert!(error_text.contains(word), "{command:?}: {error_text}");
        }
    }
}

/// Tests docs/production.md#connection-poolers.
#[tokio::test(flavor = "multi_thread")]
async fn every_command_behind_pgbouncer_in_transaction_mode_is_refused_with_the_reason() {
    let server = Postgres::start().await;
    let poolers = [
        ("transaction", ""),
        ("transaction", "default_pool_size = 1"),
        ("transaction", "min_pool_size = 2\nserver_round_robin = 1"),
        ("statement", ""),
    ];
    for (port, (mode, more)) in (6431..).zip(poolers) {
        let pooler = PgBouncer::start(&server, port, mode, more).await;
        assert_every_command_is_refused(
            &pooler,
            &["database postgres", "pool_mode = session", "DATABASE_URL"],
        );
    }
}

/// Tests docs/production.md#connection-poolers.
#[tokio::test(flavor = "multi_thread")]
async fn transaction_pooler_that_comes_up_during_the_start_is_refused_with_the_reason() {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let server = Postgres::start().await;
    let pooler = PgBouncer::start(&server, 6431, "transaction", "").await;
    for (port, command) in (6441..).zip(COMMANDS) {
        let socket = pooler.open_late_socket(port);
        let url = socket.database_url("postgres");
        let program = command_with_database(directory.path(), command, url);
        let mut process = Process::start(&program, "KILL", None).await;
        socket.refuse_first_connection().await;
        process.wait_for_output("pool_mode = session").await;
        process.wait_for_exit().await;
    }
}

/// Tests docs/production.md#connection-poolers.
#[tokio::test(flavor = "multi_thread")]
async fn every_command_names_the_setting_of_a_pgbouncer_that_refuses_a_parameter() {
    let server = Postgres::start().await;
    let without_default = "ignore_startup_parameters =";
    let pooler = PgBouncer::start(&server, 6431, "session", without_default).await;
    assert_every_command_is_refused(
        &pooler,
        &[
            "database postgres",
            "extra_float_digits",
            "ignore_startup_parameters",
        ],
    );
}

/// Tests docs/production.md#connection-poolers.
#[tokio::test(flavor = "multi_thread")]
async fn app_behind_pgbouncer_in_session_mode_works() {
    let server = Postgres::start().await;
    let pooler = PgBouncer::start(&server, 6431, "session", "").await;
    let app = TestApp::builder(Database::Postgres)
        .with_database(&pooler.database_url("postgres"))
        .start()
        .await;
    let ann = app.register_user().await;
    let mut browser = app.new_browser();
    browser.sign_in(&app, &ann).await;
    assert!(browser.is_signed_in().await);
    for _ in 0..3 {
        let listed = app.run_user_command(&["list"]);
        assert_eq!(listed.exit_code, 0, "{listed:?}");
        assert!(listed.stdout.contains(&ann.username), "{listed:?}");
    }
}
