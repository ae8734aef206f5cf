//! Checks whether the database accepts writes and answers queries, and whether its file was replaced.

use super::sqlite_file::OpenedFile;
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

/// Returns whether the SQLite file was deleted or replaced since this process opened it. `false` for PostgreSQL.
///
/// Connections that are already open still use the earlier file.
pub fn is_database_file_replaced(store: &Store) -> bool {
    let file = store.opened_file.as_deref();
    file.is_some_and(OpenedFile::is_deleted_or_replaced)
}

/// Checks that the database responds to a query.
pub async fn check_database_readable(store: &Store) -> Result<(), StoreError> {
    sqlx::query("SELECT 1")
        .execute(&mut *store.acquire_reader().await?)
        .await?;
    Ok(())
}
