//! Everything that must survive or be shared, in one database: SQLite or PostgreSQL behind one
//! set of portable queries (TEXT and BIGINT columns, `$1` placeholders, conditional updates).
//!
//! Queries are functions named for their question; absence is an `Option`. Single use is decided
//! by the database: a conditional update, or a unique key, picks the one winner.

pub mod accounts;
pub mod accounts_operator;
pub mod audit;
pub mod authenticators;
pub mod captchas;
pub mod change_feed;
mod cleaner;
pub mod codes;
pub mod deliveries;
pub mod flow_data;
pub mod flows;
pub mod ledger;
pub mod limits;
mod migrations;
pub mod outbox;
pub mod payments;
pub mod recovery_codes;
pub mod sealed_keys;
pub mod sessions;

use std::path::Path;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, AnyQueryResult};
use sqlx::{Any, AnyPool, Executor as _, Transaction};

pub use cleaner::clean;

/// How long a request waits for a connection or a lock before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(3);

/// What went wrong in the store. The detail is for the log alone.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Locked, unreachable, or out of connections: worth trying again.
    #[error("the database is busy or unreachable")]
    Busy(#[source] sqlx::Error),
    /// A row of that unique key exists.
    #[error("a row with this key exists already")]
    Taken,
    /// A conditional update found its row changed by another request.
    #[error("the row was changed meanwhile")]
    Raced,
    #[error("column {column} of {table} holds something it never should")]
    Inconsistent {
        table: &'static str,
        column: &'static str,
    },
    #[error("the database failed")]
    Failed(#[source] sqlx::Error),
    #[error("the database schema could not be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => Self::Busy(error),
            sqlx::Error::Database(db) if db.is_unique_violation() => Self::Taken,
            // SQLITE_BUSY and SQLITE_LOCKED, plain and extended; PostgreSQL's serialisation
            // failure, deadlock and lock timeout.
            sqlx::Error::Database(db)
                if matches!(
                    db.code().as_deref(),
                    Some("5" | "6" | "261" | "262" | "517" | "40001" | "40P01" | "55P03")
                ) =>
            {
                Self::Busy(error)
            }
            _ => Self::Failed(error),
        }
    }
}

/// A transaction that may write.
pub type Tx = Transaction<'static, Any>;

/// The database.
#[derive(Clone)]
pub struct Store {
    pool: AnyPool,
    begin: Option<&'static str>,
}

impl Store {
    /// Opens the database at `url` (`sqlite:` or `postgres:`) and applies what migrations it
    /// lacks. An SQLite file is created with mode 0600 when it is missing (docs/security.md#leak-08).
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let store = Self::connect(url).await?;
        migrations::migrator(store.is_sqlite())?
            .run(&store.pool)
            .await?;
        Ok(store)
    }

    async fn connect(url: &str) -> Result<Self, StoreError> {
        let sqlite = url.starts_with("sqlite:");
        if let Some(file) = url
            .strip_prefix("sqlite://")
            .and_then(|rest| rest.split('?').next())
        {
            make_private(Path::new(file)).map_err(sqlx::Error::Io)?;
        }
        let options: AnyConnectOptions = url.parse().map_err(StoreError::from)?;
        let pool = AnyPoolOptions::new()
            .max_connections(if sqlite { 8 } else { 16 })
            .acquire_timeout(PATIENCE)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    // FULL: an acknowledged revocation or used code survives a power cut (docs/security.md#dur-02).
                    let settings: &[&str] = if sqlite {
                        &[
                            "PRAGMA busy_timeout = 5000",
                            "PRAGMA journal_mode = WAL",
                            "PRAGMA synchronous = FULL",
                            "PRAGMA foreign_keys = ON",
                        ]
                    } else {
                        &["SET lock_timeout = '5s'", "SET statement_timeout = '10s'"]
                    };
                    for setting in settings {
                        connection.execute(*setting).await?;
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        // A deferred SQLite transaction that reads before it writes fails at once when another
        // commit came between; only an immediate one waits (security.md fact 14).
        Ok(Self {
            pool,
            begin: sqlite.then_some("BEGIN IMMEDIATE"),
        })
    }

    /// Begins a transaction that may write. Keep it short and never across a provider call
    /// (docs/security.md#prv-02).
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let tx = match self.begin {
            Some(statement) => self.pool.begin_with(statement).await?,
            None => self.pool.begin().await?,
        };
        Ok(tx)
    }

    const fn is_sqlite(&self) -> bool {
        self.begin.is_some()
    }

    /// A connection for reading.
    pub(crate) const fn reader(&self) -> &AnyPool {
        &self.pool
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Closes every connection; for a clean stop.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Creates an empty file only its owner may read; an existing one is left as it is.
fn make_private(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;

    if file.as_os_str() == ":memory:" || file.exists() {
        return Ok(());
    }
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(file)
        .map(drop)
}

/// Requires that a conditional update changed exactly one row; otherwise another request was first.
fn exactly_one(result: &AnyQueryResult) -> Result<(), StoreError> {
    if result.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Raced)
    }
}
