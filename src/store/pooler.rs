//! Detection of connection poolers in transaction mode, such as pgbouncer with `pool_mode = transaction`.
//!
//! The store sets timeouts for each session, prepares named statements and listens to notifications. A pooler that
//! gives every transaction another session breaks all three without an error.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _};

/// How long the detection may take. Afterwards the start continues, and its own connection reports the cause.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Whether the sessions behind two connections change between statements, or are shared.
///
/// A direct connection and a pooler in session mode give each open connection one server process of its own. If the
/// database does not answer, the result is false.
pub(super) async fn sessions_are_shared(options: &PgConnectOptions) -> bool {
    let detection = tokio::time::timeout(TIMEOUT, compare_sessions(options));
    matches!(detection.await, Ok(Ok(true)))
}

/// Asks in an order that also finds a pooler that takes its sessions in turn.
async fn compare_sessions(options: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let options = options.clone().disable_statement_logging();
    let mut first = PgConnection::connect_with(&options).await?;
    let mut second = PgConnection::connect_with(&options).await?;
    let of_first = server_process(&mut first).await?;
    let of_second = server_process(&mut second).await?;
    let mut shared = of_first == of_second;
    for _ in 0..2 {
        shared |= server_process(&mut first).await? != of_first;
    }
    shared |= server_process(&mut second).await? != of_second;
    first.close().await?;
    second.close().await?;
    Ok(shared)
}

/// The id of the server process, read without a named statement.
async fn server_process(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    let row = connection
        .fetch_one("SELECT pg_backend_pid()::text")
        .await?;
    let id: String = row.try_get(0)?;
    id.parse()
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
