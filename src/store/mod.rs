//! The database of Sallyport, SQLite or PostgreSQL. It contains all data that must survive a restart or be shared
//! between nodes.
//!
//! The same queries serve both databases: TEXT and BIGINT columns, `$1` placeholders, conditional updates. Functions
//! return `None` for a missing row. A conditional update or a unique key decides which of several racing requests
//! wins.

pub mod account_locks;
pub mod account_numbers;
pub mod accounts;
pub mod accounts_operator;
pub mod audit;
mod audit_metrics;
pub mod authenticators;
mod batched_change;
pub mod captchas;
pub mod change_feed;
mod cleaner;
mod clock_repair;
pub mod codes;
pub mod contact_changes;
pub mod database_clock;
pub mod deletions;
pub mod deliveries;
pub mod email_proofs;
pub mod emails;
mod error;
pub mod exports;
pub mod flow_data;
pub mod flows;
pub mod ledger;
pub mod limits;
/// Returns where the database is, for log messages.
mod location;
pub mod mailed_links;
mod migrations;
mod open;
mod open_error;
pub mod outbox;
mod page_cursor;
pub mod password_resets;
pub mod passwords;
mod payment_rows;
pub mod payments;
mod pool_timeouts;
mod pooler;
mod postgres_diagnosis;
mod read_from;
pub mod readiness;
pub mod recoveries;
pub mod recovery_codes;
pub mod restored_backup;
pub mod sealed_keys;
pub mod session_renewals;
pub mod sessions;
mod sqlite_file;
mod transaction;

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::any::{AnyArguments, AnyConnectOptions, AnyPoolOptions, AnyQueryResult};
use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Executor as _, Transaction};

use crate::metrics::{ConnectionPoolSize, Metrics};
pub use cleaner::delete_expired_rows;
pub use error::{Outage, StoreError};
pub use location::{DatabaseLocation, format_error_with_cause};
pub use open::Access;
pub use open_error::OpenError;
pub use page_cursor::PageCursor;
use pool_timeouts::PoolTimeouts;
pub use read_from::ReadFrom;
use sqlite_file::{OpenedFile, ServeLock};
pub use transaction::Tx;
use transaction::reason_of_failed_transaction;

/// How long a request waits for a database connection before it fails with [`Outage::Busy`].
///
/// Equals the time for which a transaction that has a connection waits for a lock.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// The maximum number of attempts to open a connection pool, or to check the schema.
const MAX_OPEN_ATTEMPTS: u32 = 3;

/// The open database with its connection pools. Clones share the pools.
#[derive(Clone)]
pub struct Store {
    /// Connections for all writes. Requests wait for them in order of arrival.
    writers: AnyPool,
    /// Connections for reads outside a transaction, so that reads do not wait behind writes.
    readers: AnyPool,
    /// The statement that begins a transaction, if it is not the driver's default.
    begin: Option<&'static str>,
    location: Arc<DatabaseLocation>,
    metrics: Arc<Metrics>,
    timeouts: Arc<PoolTimeouts>,
    /// The lock of the SQLite file while this process serves it.
    _serve_lock: Option<ServeLock>,
    /// The SQLite file that the connections use. `None` for PostgreSQL and for an in-memory database.
    opened_file: Option<Arc<OpenedFile>>,
}

/// Opens a connection pool with one connection.
///
/// Retries if connecting takes too long although PostgreSQL accepts connections, as happens under heavy load.
async fn open_connection_pool(
    pool: AnyPoolOptions,
    options: &AnyConnectOptions,
    location: &DatabaseLocation,
) -> Result<AnyPool, StoreError> {
    for _ in 1..MAX_OPEN_ATTEMPTS {
        match pool.clone().connect_with(options.clone()).await {
            Err(sqlx::Error::PoolTimedOut) if location.does_postgres_accept_connections().await => {
            }
            opened => return Ok(opened?),
        }
    }
    Ok(pool.connect_with(options.clone()).await?)
}

impl Store {
    /// Opens the connection pools for reading and writing.
    async fn open_connection_pools(
        url: &str,
        location: &Arc<DatabaseLocation>,
        serve_lock: Option<ServeLock>,
    ) -> Result<Self, StoreError> {
        let sqlite = url.starts_with("sqlite:");
        let options: AnyConnectOptions = url.parse().map_err(StoreError::from)?;
        let pool = |connections| {
            AnyPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .after_connect(move |connection, _| {
                    Box::pin(Self::configure_connection(connection, sqlite))
                })
                .after_release(move |connection, _| {
                    Box::pin(is_connection_reusable(connection, sqlite))
                })
        };
        // SQLite has one writer at a time. Several connections would poll for its lock without any order.
        let (writers, readers) = if sqlite { (1, 8) } else { (10, 6) };
        let writers = open_connection_pool(pool(writers), &options, location).await?;
        let readers = open_connection_pool(pool(readers), &options, location).await?;
        // A deferred SQLite transaction that reads before it writes fails if another transaction commits
        // in between. An immediate one waits for the lock (docs/security.md#fact-14).
        Ok(Self {
            writers,
            readers,
            begin: sqlite.then_some("BEGIN IMMEDIATE"),
            location: Arc::clone(location),
            metrics: Arc::default(),
            timeouts: Arc::default(),
            _serve_lock: serve_lock,
            opened_file: None,
        })
    }

    /// Returns this database with other metrics, which count its transactions and audit events.
    #[must_use]
    pub fn with_metrics(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics, ..self }
    }

    /// Returns the number of used and idle connections of the pools for writing and reading.
    pub fn connection_pool_sizes(&self) -> [ConnectionPoolSize; 2] {
        [("write", &self.writers), ("read", &self.readers)].map(|(name, pool)| {
            let open = usize::try_from(pool.size()).unwrap_or(usize::MAX);
            let idle = pool.num_idle();
            ConnectionPoolSize {
                pool: name,
                used: open.saturating_sub(idle),
                idle,
            }
        })
    }

    /// Configures a new connection: sets timeouts and, on SQLite, the journal mode.
    async fn configure_connection(
        connection: &mut AnyConnection,
        sqlite: bool,
    ) -> Result<(), sqlx::Error> {
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
    }

    /// Begins a write transaction. Keep it short, and call no provider inside it (docs/security.md#prv-02).
    ///
    /// Retries once on another connection if a connection cannot begin a transaction, or if it does not answer although
    /// others are idle.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let started_at = Instant::now();
        let transaction = self.begin_with_one_retry().await;
        match &transaction {
            Ok(_) => self
                .metrics
                .node
                .record_transaction_wait(started_at.elapsed()),
            Err(error) => self.count_failed_transaction_or_read(error),
        }
        let metrics = Arc::clone(&self.metrics);
        Ok(Tx::from_begun_transaction(transaction?, metrics))
    }

    /// Executes one write statement in a separate transaction.
    ///
    /// Never call it while the caller has an open [`Tx`]: it waits for another connection for writing, and SQLite has
    /// only one.
    async fn execute_single_write(
        &self,
        statement: Query<'_, Any, AnyArguments>,
    ) -> Result<AnyQueryResult, StoreError> {
        let mut tx = self.begin().await?;
        let result = statement.execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(result)
    }

    /// Begins a write transaction, and retries once on another connection.
    async fn begin_with_one_retry(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.begin_without_retry().await {
            Err(sqlx::Error::PoolTimedOut) if self.writers.num_idle() > 0 => {
                self.begin_without_retry().await
            }
            Err(
                sqlx::Error::WorkerCrashed
                | sqlx::Error::BeginFailed
                | sqlx::Error::InvalidSavePointStatement,
            ) => self.begin_without_retry().await,
            begun => begun,
        }
    }

    /// Begins a write transaction on one connection, without a retry.
    async fn begin_without_retry(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.begin {
            Some(statement) => self.writers.begin_with(statement).await,
            None => self.writers.begin().await,
        }
    }

    /// Returns whether the database is SQLite rather than PostgreSQL.
    const fn is_sqlite(&self) -> bool {
        self.begin.is_some()
    }

    /// Returns the location of the database, for log messages.
    pub const fn location(&self) -> &Arc<DatabaseLocation> {
        &self.location
    }

    /// Returns the connection pool for reads outside a transaction, to check the schema.
    const fn reader(&self) -> &AnyPool {
        &self.readers
    }

    /// Takes a connection for reads outside a transaction from the pool.
    async fn acquire_reader(&self) -> Result<PoolConnection<Any>, sqlx::Error> {
        let acquired = self.readers.acquire().await;
        if let Err(error) = &acquired {
            self.count_failed_transaction_or_read(error);
        }
        acquired
    }

    /// Counts a transaction that could not begin, or a read that got no connection.
    ///
    /// After a timeout of a PostgreSQL pool, a background task finds the cause, which the metrics and the log show.
    fn count_failed_transaction_or_read(&self, error: &sqlx::Error) {
        if !self.is_sqlite() && matches!(error, sqlx::Error::PoolTimedOut) {
            self.timeouts
                .count_pool_timeout(&self.location, &self.metrics);
        } else {
            let reason = reason_of_failed_transaction(error);
            self.metrics.node.count_failed_transaction(reason);
        }
    }

    /// Closes all database connections at server shutdown.
    pub async fn close(&self) {
        self.writers.close().await;
        self.readers.close().await;
    }
}

/// Returns whether a used connection can return to the pool. The pool closes other connections.
///
/// After some errors SQLite rolls back by itself
/// (<https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction>). The driver then still
/// counts the transaction as open, so every later `BEGIN` would fail.
async fn is_connection_reusable(
    connection: &mut AnyConnection,
    is_sqlite: bool,
) -> Result<bool, sqlx::Error> {
    if is_sqlite {
        // Waits for a queued rollback. On PostgreSQL the driver counts it at once, and the pool sends it.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// Returns the SQL clause with which a `SELECT` locks its rows, and skips rows that another transaction has locked. Empty
/// on SQLite, which permits one writing transaction at a time.
const fn skip_locked_clause(is_sqlite: bool) -> &'static str {
    if is_sqlite {
        ""
    } else {
        " FOR UPDATE SKIP LOCKED"
    }
}

/// Returns whether a transaction runs on SQLite rather than PostgreSQL.
fn runs_on_sqlite(tx: &Tx) -> bool {
    tx.backend_name() == "SQLite"
}

/// Fails with [`StoreError::Raced`] unless a conditional update has changed exactly one row.
fn require_one_changed_row(result: &AnyQueryResult) -> Result<(), StoreError> {
    if result.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Raced)
    }
}
