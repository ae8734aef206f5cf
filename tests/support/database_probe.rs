//! Reads the database of the app without writing to it.

use sqlx::any::{AnyPoolOptions, AnyRow};
use sqlx::{AnyPool, AssertSqlSafe, Column as _, Row as _};

use super::wire::TIMEOUT;

/// The tables that [`DatabaseProbe::dump_rows`] reads. `codes` and `deliveries` are missing because webhooks change
/// them at any time.
const TABLES: &[&str] = &[
    "accounts",
    "authenticators",
    "sessions",
    "flows",
    "password_resets",
    "recoveries",
    "contact_changes",
    "email_proofs",
    "limit_buckets",
    "spent_captchas",
    "audit_events",
    "outbox",
    "recovery_codes",
    "payments",
    "ledger_entries",
];

/// Deletes the rows of SQLite tables whose triggers refuse deletion.
pub(super) const FORCED_SQLITE_REMOVAL: &str = concat!(
    "DROP TRIGGER audit_events_kept; DROP TRIGGER ledger_entries_kept;",
    "DELETE FROM audit_events; DELETE FROM ledger_entries;",
    include_str!("../../migrations/sqlite/0016_kept.sql"),
    include_str!("../../migrations/sqlite/0046_erasure.sql"),
);

/// Deletes the rows of PostgreSQL tables whose triggers refuse deletion.
///
/// `replica` disables triggers and foreign keys for this session. It takes no lock that a running task of the app could
/// wait for. Accounts are deleted first, so that no task can add rows that refer to them.
pub(super) const FORCED_POSTGRESQL_REMOVALS: [&str; 4] = [
    "SET session_replication_role = replica",
    "DELETE FROM accounts",
    "DELETE FROM audit_events",
    "DELETE FROM ledger_entries",
];

/// Deletes the rows of all other tables. SQLite requires that accounts are deleted after the tables that refer to them.
pub(super) const REMOVALS: &[&str] = &[
    "DELETE FROM payments",
    "DELETE FROM recovery_codes",
    "DELETE FROM sessions",
    "DELETE FROM authenticators",
    "DELETE FROM accounts",
    "DELETE FROM flows",
    "DELETE FROM password_resets",
    "DELETE FROM recoveries",
    "DELETE FROM contact_changes",
    "DELETE FROM email_proofs",
    "DELETE FROM codes",
    "DELETE FROM limit_buckets",
    "DELETE FROM spent_captchas",
    "DELETE FROM outbox",
    "DELETE FROM deliveries",
];

/// A connection that reads the database of an app.
pub struct DatabaseProbe {
    pool: AnyPool,
    sqlite: bool,
}

impl DatabaseProbe {
    /// Connects to the database at this URL.
    pub(super) async fn open(url: &str) -> Self {
        sqlx::any::install_default_drivers();
        let pool = AnyPoolOptions::new()
            .max_connections(1)
            .connect(url)
            .await
            .expect("database connection succeeds");
        Self {
            pool,
            sqlite: url.starts_with("sqlite:"),
        }
    }

    /// Returns the number that a query selects.
    pub async fn read_number(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(&self.pool)
            .await
            .unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// Returns the text that a query selects.
    pub async fn read_text(&self, query: &'static str) -> String {
        sqlx::query_scalar(query)
            .fetch_one(&self.pool)
            .await
            .unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// Counts the accounts.
    pub async fn count_accounts(&self) -> i64 {
        self.read_number("SELECT COUNT(*) FROM accounts").await
    }

    /// Counts the sessions.
    pub async fn count_sessions(&self) -> i64 {
        self.read_number("SELECT COUNT(*) FROM sessions").await
    }

    /// Repeats a query until it returns the number `wanted`.
    pub async fn wait_for_number(&self, query: &'static str, wanted: i64) {
        let wait = async {
            while self.read_number(query).await != wanted {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(TIMEOUT, wait)
            .await
            .unwrap_or_else(|_| panic!("{query} did not return {wanted} in time"));
    }

    /// Returns whether the database file is intact and the rows are consistent (docs/security.md#dur-01).
    pub async fn is_consistent(&self) -> bool {
        let inconsistent_rows = "SELECT (SELECT COUNT(*) FROM accounts WHERE erased_at = 0 AND \
                   (password_hash = '' OR phone = '' OR phone_verified_at = 0 OR mfa <> 1)) + (SELECT COUNT(*) FROM sessions WHERE account_id \
                   NOT IN (SELECT id FROM accounts))";
        let is_file_intact = !self.sqlite || self.read_text("PRAGMA integrity_check").await == "ok";
        is_file_intact && self.read_number(inconsistent_rows).await == 0
    }

    /// Lists every column that can hold text, as `table.column` in alphabetical order.
    pub async fn list_text_columns(&self) -> Vec<String> {
        self.select_columns(if self.sqlite {
            "SELECT tables.name || '.' || columns.name FROM sqlite_master AS tables \
             JOIN pragma_table_info(tables.name) AS columns \
             WHERE tables.type = 'table' AND columns.type <> 'BIGINT'"
        } else {
            "SELECT CAST(table_name || '.' || column_name AS TEXT) FROM information_schema.columns \
             WHERE table_schema = 'public' AND data_type <> 'bigint'"
        })
        .await
    }

    /// Lists every column of every table, as `table.column` in alphabetical order.
    pub async fn list_columns(&self) -> Vec<String> {
        self.select_columns(if self.sqlite {
            "SELECT tables.name || '.' || columns.name FROM sqlite_master AS tables \
             JOIN pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'"
        } else {
            "SELECT CAST(table_name || '.' || column_name AS TEXT) FROM information_schema.columns \
             WHERE table_schema = 'public'"
        })
        .await
    }

    /// Lists the columns that a schema query selects, without those of SQLite and of the migration tool.
    async fn select_columns(&self, query: &'static str) -> Vec<String> {
        let columns: Vec<String> = sqlx::query_scalar(query)
            .fetch_all(&self.pool)
            .await
            .expect("schema query returns columns");
        let mut columns: Vec<_> = columns
            .into_iter()
            .filter(|column| !column.starts_with("_sqlx") && !column.starts_with("sqlite_"))
            .collect();
        columns.sort();
        columns
    }

    /// Reads all values of these columns, as lines `table.column: value`.
    pub async fn read_column_values(&self, columns: &[String]) -> Vec<String> {
        let mut lines = Vec::new();
        for column in columns {
            let (table, name) = column
                .split_once('.')
                .expect("column has the form table.column");
            let query = format!("SELECT CAST({name} AS TEXT) FROM {table}");
            let values: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query))
                .fetch_all(&self.pool)
                .await
                .unwrap_or_else(|error| panic!("{column}: {error}"));
            lines.extend(values.into_iter().map(|value| format!("{column}: {value}")));
        }
        lines
    }

    /// Returns all rows of the tables as text, in a fixed order.
    pub async fn dump_rows(&self) -> String {
        let mut lines = Vec::new();
        for table in TABLES {
            let rows = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}")))
                .fetch_all(&self.pool)
                .await
                .unwrap_or_else(|error| panic!("{table}: {error}"));
            lines.extend(
                rows.iter()
                    .map(|row| format!("{table}: {}", format_row(row))),
            );
        }
        lines.sort();
        lines.join("\n")
    }
}

/// Formats a row as `column=value` pairs.
fn format_row(row: &AnyRow) -> String {
    let cells = row.columns().iter().map(|column| {
        let at = column.ordinal();
        let text = row
            .try_get::<String, _>(at)
            .or_else(|_| row.try_get::<i64, _>(at).map(|number| number.to_string()));
        format!("{}={}", column.name(), text.unwrap_or_default())
    });
    cells.collect::<Vec<_>>().join(" ")
}
