//! The write that proves that the database accepts writes.

use super::{Store, StoreError};
use domain::Timestamp;

/// Writes the one row of `readiness`.
pub async fn write(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO readiness (id, written_at) VALUES (1, $1) \
         ON CONFLICT (id) DO UPDATE SET written_at = excluded.written_at",
    )
    .bind(now.as_millis())
    .execute(store.reader())
    .await?;
    Ok(())
}
