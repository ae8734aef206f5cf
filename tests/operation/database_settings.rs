//! Messages of the program about a PostgreSQL database with unsuitable settings.

use super::database_rights::{database_url_of_limited_user, failing_command_output};
use crate::support::Postgres;

/// Asserts that a text contains all of `parts`.
#[track_caller]
fn assert_contains_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

/// Asserts that a command fails with an error that contains all of `parts`.
#[track_caller]
fn assert_command_fails(command: &[&str], url: &str, parts: &[&str]) {
    assert_contains_all(&failing_command_output(command, url), parts);
}

#[tokio::test(flavor = "multi_thread")]
async fn start_with_too_few_connections_names_the_message_of_the_server() {
    let server = Postgres::start().await;
    for statement in [
        "CREATE USER limited CONNECTION LIMIT 1",
        "CREATE DATABASE app OWNER limited TEMPLATE template0",
    ] {
        server.execute("postgres", statement).await;
    }
    for command in [&["migrate"][..], &["user", "list"]] {
        assert_command_fails(
            command,
            &database_url_of_limited_user(&server, "app"),
            &[
                "too many connections for role \"limited\"",
                "connection limit of database app or user limited",
            ],
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn migration_names_a_wrong_search_path_and_a_wrong_encoding() {
    let server = Postgres::start().await;
    for statement in [
        "CREATE DATABASE empty TEMPLATE template0",
        "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'",
    ] {
        server.execute("postgres", statement).await;
    }
    let url = server.database_url("empty") + "&options[search_path]=absent";
    let error_text = failing_command_output(&["migrate"], &url);
    assert_contains_all(&error_text, &["search_path `absent`", "database empty"]);
    assert!(!error_text.contains("GRANT"), "{error_text}");
    assert_command_fails(
        &["migrate"],
        &server.database_url("latin"),
        &["database latin", "ENCODING 'UTF8'"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn command_that_writes_to_a_read_only_database_names_the_database() {
    let server = Postgres::start().await;
    server
        .execute("postgres", "CREATE DATABASE empty TEMPLATE template0")
        .await;
    let url = server.database_url("empty");
    let store = sallyport::store::Store::open(&url)
        .await
        .expect("database is migrated");
    store.close().await;
    server
        .execute(
            "postgres",
            "ALTER DATABASE empty SET default_transaction_read_only = on",
        )
        .await;
    let create = [
        "user",
        "create",
        "--username",
        "ann",
        "--email",
        "ann@example.com",
        "--full-name",
        "Ann Lee",
        "--generate-password",
    ];
    assert_command_fails(
        &create,
        &url,
        &[
            "database empty, user postgres: ",
            "the database is read-only",
        ],
    );
}
