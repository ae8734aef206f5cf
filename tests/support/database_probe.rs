//! Reads the database of the app, without writing.

use sqlx::any::{AnyPoolOptions, AnyRow};
use sqlx::{AnyPool, AssertSqlSafe, Column as _, Row as _};

use super::app::Database;
use super::wire::TIMEOUT;

/// The tables of [`DatabaseProbe::dump`]. Without `codes` and `deliveries`, which change at any time through webhooks.
const TABLES: &[&str] = &[
    "accounts",
    "authenticators",
    "sessions",
    "flows",
    "password_resets",
    "limit_buckets",
    "spent_captchas",
    "audit_events",
    "outbox",
    "recovery_codes",
    "payments",
    "ledger_entries",
];

/// Deletes the rows of tables whose triggers refuse deletion.
pub(super) const fn forced_removal(database: Database) -> &'static str {
    match database {
        Database::Sqlite => concat!(
            "DROP TRIGGER audit_events_kept; DROP TRIGGER ledger_entries_kept;",
            "DELETE FROM audit_events; DELETE FROM ledger_entries;",
            include_str!("../../migrations/sqlite/0016_kept.sql"),
        ),
        Database::Postgres => {
            "ALTER TABLE audit_events DISABLE TRIGGER USER; \
             ALTER TABLE ledger_entries DISABLE TRIGGER USER; \
             DELETE FROM audit_events; DELETE FROM ledger_entries; \
             ALTER TABLE audit_events ENABLE TRIGGER USER; \
             ALTER TABLE ledger_entries ENABLE TRIGGER USER"
        }
    }
}

/// Deletes all other rows. Accounts come after the tables that refer to them.
pub(super) const REMOVALS: &[&str] = &[
    "DELETE FROM payments",
    "DELETE FROM recovery_codes",
    "DELETE FROM sessions",
    "DELETE FROM authenticators",
    "DELETE FROM accounts",
    "DELETE FROM flows",
    "DELETE FROM password_resets",
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
        let odd = "SELECT (SELECT COUNT(*) FROM accounts WHERE password_hash = '' OR phone = '' OR \
                   phone_verified_at = 0 OR mfa <> 1) + (SELECT COUNT(*) FROM sessions WHERE account_id \
                   NOT IN (SELECT id FROM accounts))";
        let whole = !self.sqlite || self.text("PRAGMA integrity_check").await == "ok";
        whole && self.number(odd).await == 0
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
