//! Messages of the program about a PostgreSQL database without sufficient rights.

use super::configuration::production_settings;
use crate::support::wire::Request;
use crate::support::{Database, Postgres, TestApp, sallyport_command};

/// Returns a URL of this database for the user `limited`, who has no rights.
pub(super) fn database_url_of_limited_user(server: &Postgres, database: &str) -> String {
    server
        .database_url(database)
        .replace("user=postgres", "user=limited")
}

/// Runs a command in production mode that fails. Returns its output.
pub(super) fn failing_command_output(command: &[&str], url: &str) -> String {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let mut settings = production_settings();
    settings.push(("DATABASE_URL".to_owned(), url.to_owned()));
    let output = sallyport_command(directory.path(), command[0], &settings)
        .args(&command[1..])
        .env_remove("SALLYPORT_SIMULATOR_LISTEN")
        .output()
        .expect("program starts");
    assert!(!output.status.success(), "{command:?}");
    let output_text = [output.stderr, output.stdout].concat();
    // The log of the server is JSON in production.
    String::from_utf8_lossy(&output_text).replace("\\\"", "\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn start_names_database_and_user_and_the_missing_right() {
    let server = Postgres::start().await;
    // The default template cannot be copied while an autovacuum process is connected to it.
    for statement in [
        "CREATE USER limited",
        "CREATE DATABASE closed TEMPLATE template0",
        "CREATE DATABASE empty TEMPLATE template0",
    ] {
        server.execute("postgres", statement).await;
    }
    server
        .execute("closed", "REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
        .await;
    server
        .execute("empty", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        .await;
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let mut settings = production_settings();
    settings.push(("DATABASE_URL".to_owned(), server.database_url("postgres")));
    let migrated = sallyport_command(directory.path(), "migrate", &settings)
        .env_remove("SALLYPORT_SIMULATOR_LISTEN")
        .output()
        .expect("program starts");
    assert!(migrated.status.success(), "{migrated:?}");

    for (database, command, right) in [
        (
            "closed",
            &["serve"][..],
            "GRANT CONNECT ON DATABASE \"closed\" TO \"limited\"",
        ),
        (
            "closed",
            &["user", "list"],
            "GRANT CONNECT ON DATABASE \"closed\" TO \"limited\"",
        ),
        (
            "empty",
            &["migrate"],
            "GRANT USAGE, CREATE ON SCHEMA public TO \"limited\"",
        ),
        (
            "postgres",
            &["serve"],
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO \"limited\"",
        ),
        (
            "postgres",
            &["user", "list"],
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO \"limited\"",
        ),
    ] {
        let error_text =
            failing_command_output(command, &database_url_of_limited_user(&server, database));
        let place = format!("database {database}, user limited: ");
        assert!(error_text.contains(&place), "{command:?}: {error_text}");
        let lacks = format!("user limited lacks a right in database {database} (");
        assert!(error_text.contains(&lacks), "{command:?}: {error_text}");
        assert!(error_text.contains(right), "{command:?}: {error_text}");
    }
    let no_schema = "REVOKE ALL ON SCHEMA public FROM PUBLIC";
    server.execute("empty", no_schema).await;
    let error_text = failing_command_output(
        &["migrate"],
        &database_url_of_limited_user(&server, "empty"),
    );
    assert!(
        error_text.contains("GRANT USAGE, CREATE ON SCHEMA public TO \"limited\""),
        "{error_text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_log_names_a_right_that_was_taken_away() {
    let server = Postgres::start().await;
    for statement in [
        "CREATE USER limited",
        "CREATE DATABASE app OWNER limited TEMPLATE template0",
    ] {
        server.execute("postgres", statement).await;
    }
    server
        .execute("app", "GRANT CREATE ON SCHEMA public TO limited")
        .await;
    let app = TestApp::builder(Database::Postgres)
        .with_database(&database_url_of_limited_user(&server, "app"))
        .start()
        .await;
    let ready = Request::get("/readyz").send(app.address).await;
    assert_eq!(ready.status, 200, "{}", ready.text());
    let taken = "ALTER TABLE readiness OWNER TO postgres; REVOKE ALL ON readiness FROM limited";
    server.execute("app", taken).await;
    let error_text = app
        .wait_for_readiness_log("database app, user limited: ")
        .await;
    assert!(
        error_text
            .contains("lacks a right in database app (permission denied for table readiness)"),
        "{error_text}"
    );
    assert!(
        error_text.contains("GRANT SELECT, INSERT, UPDATE, DELETE"),
        "{error_text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn log_says_whether_a_read_only_database_is_a_standby() {
    let mut server = Postgres::start().await;
    server
        .execute("postgres", "CREATE DATABASE empty TEMPLATE template0")
        .await;
    let app = TestApp::builder(Database::Postgres)
        .with_database(&server.database_url("postgres"))
        .start()
        .await;
    server
        .execute(
            "postgres",
            "ALTER DATABASE postgres SET default_transaction_read_only = on",
        )
        .await;
    server.restart_by_signal("INT").await;
    app.wait_for_readiness_log(
        "check default_transaction_read_only of the server, of database postgres",
    )
    .await;
    server.restart_as_standby().await;
    app.wait_for_readiness_log(
        "the server is a read-only standby: let DATABASE_URL name the primary",
    )
    .await;
    // The first start needs to write.
    let error_text = failing_command_output(&["migrate"], &server.database_url("empty"));
    assert!(
        error_text.contains("the server is a read-only standby"),
        "{error_text}"
    );
}
