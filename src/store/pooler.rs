//! Detects connection poolers in transaction mode, such as pgbouncer with `pool_mode = transaction`.
//!
//! The store sets timeouts for each session, prepares named statements and listens for notifications. A pooler that
//! gives each transaction another session breaks all three without an error.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _};

use super::MAX_OPEN_ATTEMPTS;

/// The maximum time of one detection.
const POOLER_DETECTION_TIMEOUT: Duration = Duration::from_secs(3);

/// Returns whether a connection pooler shares server sessions between PostgreSQL connections.
///
/// Fails if the database does not respond within 3 seconds.
pub(super) async fn is_database_behind_transaction_pooler(
    options: &PgConnectOptions,
) -> Result<bool, sqlx::Error> {
    let detection = tokio::time::timeout(
        POOLER_DETECTION_TIMEOUT,
        does_pooler_share_server_sessions(options),
    );
    detection.await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// Repeats [`is_database_behind_transaction_pooler`] until the database responds, at most [`MAX_OPEN_ATTEMPTS`] times.
pub(super) async fn detect_transaction_pooler_with_retries(
    options: &PgConnectOptions,
) -> Result<bool, sqlx::Error> {
    for _ in 1..MAX_OPEN_ATTEMPTS {
        if let Ok(is_pooler) = is_database_behind_transaction_pooler(options).await {
            return Ok(is_pooler);
        }
    }
    is_database_behind_transaction_pooler(options).await
}

/// Returns whether two new connections share a server process, as behind a connection pooler.
///
/// Queries each connection more than once, because a pooler may change the process between queries or assign sessions
/// in turn.
async fn does_pooler_share_server_sessions(
    options: &PgConnectOptions,
) -> Result<bool, sqlx::Error> {
    let options = options.clone().disable_statement_logging();
    let mut first = PgConnection::connect_with(&options).await?;
    let mut second = PgConnection::connect_with(&options).await?;
    let of_first = fetch_server_process_id(&mut first).await?;
    let of_second = fetch_server_process_id(&mut second).await?;
    let mut shared = of_first == of_second;
    for _ in 0..2 {
        shared |= fetch_server_process_id(&mut first).await? != of_first;
    }
    shared |= fetch_server_process_id(&mut second).await? != of_second;
    first.close().await?;
    second.close().await?;
    Ok(shared)
}

/// Returns the server process ID of a PostgreSQL connection, by a query without a named statement.
async fn fetch_server_process_id(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    let row = connection
        .fetch_one("SELECT pg_backend_pid()::text")
        .await?;
    let id: String = row.try_get(0)?;
    id.parse()
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
