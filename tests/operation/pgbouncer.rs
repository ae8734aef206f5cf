//! Start and operation behind pgbouncer.

use super::configuration::production_settings;
use crate::support::{Database, PgBouncer, Postgres, TestApp, sallyport_command};

/// docs/production.md#connection-poolers
#[tokio::test(flavor = "multi_thread")]
async fn every_command_behind_pgbouncer_in_transaction_mode_is_refused_with_the_reason() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = Postgres::start().await;
    let poolers = [
        ("transaction", ""),
        ("transaction", "default_pool_size = 1"),
        ("transaction", "min_pool_size = 2\nserver_round_robin = 1"),
        ("statement", ""),
    ];
    for (port, (mode, more)) in (6431..).zip(poolers) {
        let pooler = PgBouncer::start(&server, port, mode, more).await;
        let mut settings = production_settings();
        settings.push(("DATABASE_URL".to_owned(), pooler.database_url("postgres")));
        for command in [&["migrate"][..], &["serve"], &["user", "list"]] {
            let output = sallyport_command(directory.path(), command[0], &settings)
                .args(&command[1..])
                .env_remove("SALLYPORT_SIMULATOR_LISTEN")
                .output()
                .expect("the program runs");
            let said =
                String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
            assert!(
                !output.status.success(),
                "{mode} {more} {command:?}: {said}"
            );
            for words in ["database postgres", "pool_mode = session", "DATABASE_URL"] {
                assert!(said.contains(words), "{mode} {more} {command:?}: {said}");
            }
        }
    }
}

/// docs/production.md#connection-poolers
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
