use super::{Store, StoreError};
use domain::Timestamp;

/// Marks a CAPTCHA solution as used.
///
/// Returns `false` if it was used before, which is a replay (docs/security.md#reg-09).
pub async fn mark_captcha_used(
    store: &Store,
    id: &str,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let statement = sqlx::query(
        "INSERT INTO spent_captchas (id, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(expires_at.as_millis());
    let result = store.execute_single_write(statement).await?;
    Ok(result.rows_affected() == 1)
}
