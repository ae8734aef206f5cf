//! Statements that check whether the database accepts writes and answers queries.

use super::{Store, StoreError};
use domain::Timestamp;

/// Checks that the database accepts writes, by updating the single row of the `readiness` table.
///
/// Also fails if no connection for writing is free in time, because then forms fail too.
pub async fn check_database_writable(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let statement = sqlx::query(
        "INSERT INTO readiness (id, written_at) VALUES (1, $1) \
         ON CONFLICT (id) DO UPDATE SET written_at = excluded.written_at",
    )
    .bind(now.as_millis());
    store.execute_single_write(statement).await?;
    Ok(())
}

/// Checks that the database responds to a query.
pub async fn check_database_readable(store: &Store) -> Result<(), StoreError> {
    sqlx::query("SELECT 1").execute(store.reader()).await?;
    Ok(())
}
