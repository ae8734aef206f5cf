//! Reads the database of the app, without writing.

use sqlx::any::{AnyPoolOptions, AnyRow};
use sqlx::{AnyPool, AssertSqlSafe, Column as _, Row as _};

use super::wire::TIMEOUT;

/// The tables of [`DatabaseProbe::dump`]. Without `codes` and `deliveries`, which change at any time through webhooks.
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

/// Deletes the rows of PostgreSQL tables whose triggers refuse deletion. `replica` switches off triggers and foreign
/// keys of this session, without a lock that a running task of the app could wait for. Accounts come first: no task can
/// add rows for an account that is deleted.
pub(super) const FORCED_POSTGRESQL_REMOVALS: [&str; 4] = [
    "SET session_replication_role = replica",
    "DELETE FROM accounts",
    "DELETE FROM audit_events",
    "DELETE FROM ledger_entries",
];

/// Deletes all other rows. Accounts come after the tables that refer to them, which SQLite requires.
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

/// A connection to the database of an app.
pub struct DatabaseProbe {
    pool: AnyPool,
    sqlite: bool,
}

impl DatabaseProbe {
    pub(super) async fn open(url: &str) -> Self {
        sqlx::any::install_default_drivers();
        let pool = AnyPoolOptions::new()
            .max_connections(1)
            .connect(url)
            .await
            .expect("the database opens");
        Self {
            pool,
            sqlite: url.starts_with("sqlite:"),
        }
    }

    /// The number that a query returns.
    pub async fn number(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(&self.pool)
            .await
            .unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// The text that a query returns.
    pub async fn text(&self, query: &'static str) -> String {
        sqlx::query_scalar(query)
            .fetch_one(&self.pool)
            .await
            .unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    pub async fn accounts(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM accounts").await
    }

    pub async fn sessions(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM sessions").await
    }

    /// Waits until a query returns this number.
    pub async fn wait_for_number(&self, query: &'static str, wanted: i64) {
        let wait = async {
            while self.number(query).await != wanted {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(TIMEOUT, wait)
            .await
            .unwrap_or_else(|_| panic!("{query} never became {wanted}"));
    }

    /// Whether the database file and the rows are consistent (docs/security.md#dur-01).
    pub async fn is_consistent(&self) -> bool {
        let odd = "SELECT (SELECT COUNT(*) FROM accounts WHERE erased_at = 0 AND \
                   (password_hash = '' OR phone = '' OR phone_verified_at = 0 OR mfa <> 1)) + (SELECT COUNT(*) FROM sessions WHERE account_id \
                   NOT IN (SELECT id FROM accounts))";
        let whole = !self.sqlite || self.text("PRAGMA integrity_check").await == "ok";
        whole && self.number(odd).await == 0
    }

    /// Every column of every table that can hold text, as `table.column`, in alphabetical order.
    pub async fn text_columns(&self) -> Vec<String> {
        self.columns_that(if self.sqlite {
            "SELECT tables.name || '.' || columns.name FROM sqlite_master AS tables \
             JOIN pragma_table_info(tables.name) AS columns \
             WHERE tables.type = 'table' AND columns.type <> 'BIGINT'"
        } else {
            "SELECT CAST(table_name || '.' || column_name AS TEXT) FROM information_schema.columns \
             WHERE table_schema = 'public' AND data_type <> 'bigint'"
        })
        .await
    }

    /// Every column of every table, as `table.column`, in alphabetical order.
    pub async fn columns(&self) -> Vec<String> {
        self.columns_that(if self.sqlite {
            "SELECT tables.name || '.' || columns.name FROM sqlite_master AS tables \
             JOIN pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'"
        } else {
            "SELECT CAST(table_name || '.' || column_name AS TEXT) FROM information_schema.columns \
             WHERE table_schema = 'public'"
        })
        .await
    }

    /// The columns that a query of the schema selects, without those of the database and of the migrations.
    async fn columns_that(&self, query: &'static str) -> Vec<String> {
        let columns: Vec<String> = sqlx::query_scalar(query)
            .fetch_all(&self.pool)
            .await
            .expect("the columns");
        let mut columns: Vec<_> = columns
            .into_iter()
            .filter(|column| !column.starts_with("_sqlx") && !column.starts_with("sqlite_"))
            .collect();
        columns.sort();
        columns
    }

    /// The content of these columns, one value a line.
    pub async fn values_of(&self, columns: &[String]) -> Vec<String> {
        let mut lines = Vec::new();
        for column in columns {
            let (table, name) = column.split_once('.').expect("table.column");
            let query = format!("SELECT CAST({name} AS TEXT) FROM {table}");
            let values: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query))
                .fetch_all(&self.pool)
                .await
                .unwrap_or_else(|error| panic!("{column}: {error}"));
            lines.extend(values.into_iter().map(|value| format!("{column}: {value}")));
        }
        lines
    }

    /// All rows of all tables as text, in a fixed order.
    pub async fn dump(&self) -> String {
        let mut lines = Vec::new();
        for table in TABLES {
            let rows = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}")))
                .fetch_all(&self.pool)
                .await
                .unwrap_or_else(|error| panic!("{table}: {error}"));
            lines.extend(rows.iter().map(|row| format!("{table}: {}", row_text(row))));
        }
        lines.sort();
        lines.join("\n")
    }
}

fn row_text(row: &AnyRow) -> String {
    let cells = row.columns().iter().map(|column| {
        let at = column.ordinal();
        let text = row
            .try_get::<String, _>(at)
            .or_else(|_| row.try_get::<i64, _>(at).map(|number| number.to_string()));
        format!("{}={}", column.name(), text.unwrap_or_default())
    });
    cells.collect::<Vec<_>>().join(" ")
}
