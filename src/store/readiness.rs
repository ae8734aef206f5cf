//! Statements that check whether the database accepts writes and answers queries.

use super::{Store, StoreError};
use domain::Timestamp;

/// Checks that the database accepts writes, by updating the single row of the `readiness` table.
pub async fn check_database_writable(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO readiness (id, written_at) VALUES (1, $1) \
         ON CONFLICT (id) DO UPDATE SET written_at = excluded.written_at",
    )
    .bind(now.as_millis())
    .execute(store.reader())
    .await?;
    Ok(())
}

/// Checks that the database responds to a query.
pub async fn check_database_readable(store: &Store) -> Result<(), StoreError> {
    sqlx::query("SELECT 1").execute(store.reader()).await?;
    Ok(())
}
