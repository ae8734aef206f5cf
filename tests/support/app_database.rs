//! Changes that a test makes directly in the database of an app.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};

use super::app::{Database, RunningApp, TestApp, is_app_idle};
use super::database_probe::{FORCED_POSTGRESQL_REMOVALS, FORCED_SQLITE_REMOVAL, REMOVALS};
use super::on_both_databases;
use super::user::User;

/// The number of notifications that tests have added to outboxes. Makes their ids unique.
static QUEUED: AtomicU32 = AtomicU32::new(0);

/// Beginnings of SQL statements that change the schema. Deleting rows does not undo them.
const SCHEMA_CHANGES: [&str; 3] = ["CREATE ", "ALTER ", "DROP "];

impl RunningApp {
    /// Executes a statement on a new connection. A transaction that it begins stays open until the connection is
    /// dropped.
    pub async fn execute_and_keep_connection(&self, statement: &'static str) -> AnyConnection {
        if SCHEMA_CHANGES.iter().any(|word| statement.contains(word)) {
            self.schema_changed.store(true, Ordering::Relaxed);
        }
        let mut connection = connect(&self.database_url).await;
        execute_statement(&mut connection, statement).await;
        connection
    }

    /// Deletes the notifications of the last test that the app has not begun to send. Returns whether it sends no other
    /// one, which would reach the next test.
    pub(super) async fn stop_notifications(&self) -> bool {
        self.execute_sql("DELETE FROM outbox WHERE tries = 0").await;
        let begun = "SELECT COUNT(*) FROM outbox WHERE done_at = 0";
        self.open_database().await.read_number(begun).await == 0
    }

    /// Deletes all rows of all tables, even while a background task of the last test still adds some.
    pub(super) async fn delete_all_rows(&self) {
        let (first, last): (&[&str], &[&str]) = match self.database {
            Database::Sqlite => (&["BEGIN IMMEDIATE", FORCED_SQLITE_REMOVAL], &["COMMIT"]),
            Database::Postgres => (&FORCED_POSTGRESQL_REMOVALS, &[]),
        };
        let mut connection = connect(&self.database_url).await;
        for statement in first.iter().chain(REMOVALS).chain(last) {
            execute_statement(&mut connection, statement).await;
        }
    }

    /// Marks the e-mail address of a user as verified, like an upgrade from a version that had no proofs.
    pub async fn mark_email_as_verified(&self, user: &User) {
        let mut connection = connect(&self.database_url).await;
        let update = "UPDATE accounts SET email_verified_at = 1 WHERE username = $1";
        sqlx::query(update)
            .bind(user.username.as_str())
            .execute(&mut connection)
            .await
            .expect("account is updated");
    }

    /// Adds a notification to the outbox, due at once. `channel` is `sms` or `mail`, and `notification` is the stored
    /// JSON.
    pub async fn queue_notification(
        &self,
        channel: &str,
        recipient: &str,
        notification: &serde_json::Value,
    ) {
        let mut connection = connect(&self.database_url).await;
        sqlx::query(
            "INSERT INTO outbox (id, way, recipient, notice, tries, created_at, due_at, done_at, outcome) \
             VALUES ($1, $2, $3, $4, 0, COALESCE((SELECT MAX(created_at) FROM accounts), 1), 1, 0, '')",
        )
        .bind(format!("queued-{}", QUEUED.fetch_add(1, Ordering::Relaxed)))
        .bind(channel)
        .bind(recipient)
        .bind(notification.to_string())
        .execute(&mut connection)
        .await
        .expect("notification is added to the outbox");
    }

    /// Executes a statement in the database of the app.
    pub async fn execute_sql(&self, statement: &'static str) {
        self.execute_and_keep_connection(statement).await;
    }
}

/// Connects to the database at this URL.
async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url)
        .await
        .expect("database connection succeeds");
    if connection.backend_name() == "SQLite" {
        // The app may wait for a processor while it holds the lock of the database.
        execute_statement(&mut connection, "PRAGMA busy_timeout = 30000").await;
    }
    connection
}

/// Executes a statement. Panics with its text if it fails.
///
/// On PostgreSQL, a change of rows first waits until no transaction of the app uses the table. Both lock several rows,
/// in different orders, and would block each other.
async fn execute_statement(connection: &mut AnyConnection, statement: &'static str) {
    let is_postgres = connection.backend_name() == "PostgreSQL";
    let result = match find_changed_table(statement).filter(|_| is_postgres) {
        Some(table) => {
            // PostgreSQL executes both statements in one transaction, because they are sent together.
            let locked = format!("LOCK TABLE {table} IN EXCLUSIVE MODE; {statement}");
            connection.execute(AssertSqlSafe(locked)).await
        }
        None => connection.execute(statement).await,
    };
    result.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// Returns the table whose rows a statement updates or deletes.
fn find_changed_table(statement: &str) -> Option<&str> {
    let table = ["DELETE FROM ", "UPDATE "]
        .iter()
        .find_map(|word| statement.strip_prefix(word))?;
    table.split_whitespace().next()
}

on_both_databases![app_with_a_changed_schema_is_not_reused];

/// Tests that no later test uses an app whose tables an earlier test has changed.
async fn app_with_a_changed_schema_is_not_reused(database: Database) {
    let app = TestApp::start(database).await;
    app.execute_sql("CREATE TABLE left_behind (n BIGINT)").await;
    let url = app.database_url.clone();
    drop(app);
    assert!(!is_app_idle(&url));
}
