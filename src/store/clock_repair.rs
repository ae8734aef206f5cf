//! Corrects times that were stored while the clock was ahead.
//!
//! A session or mailed link would otherwise be valid until the clock reaches that time again, for example a day longer
//! than its lifetime. The next retry of a payment would wait as long (docs/security.md#dur-10).

use super::{Store, StoreError};
use crate::security::rate_limit::Events;
use domain::Timestamp;

/// Statements that move times later than `$2` to the current time `$1`. A session or link keeps its lifetime.
const STATEMENTS: [&str; 4] = [
    "UPDATE sessions SET ends_at = $1 + ends_at - created_at, created_at = $1 \
     WHERE created_at > $2",
    "UPDATE sessions SET last_seen_at = $1 WHERE last_seen_at > $2",
    "UPDATE password_resets SET expires_at = $1 + expires_at - created_at, created_at = $1 \
     WHERE created_at > $2",
    "UPDATE payments SET asked_at = $1 WHERE status = 'processing' AND asked_at > $2",
];

/// Moves the times of sessions, mailed links and retries of payments to `now` if they are in the future by more than the
/// tolerated clock difference between server nodes.
pub(super) async fn move_future_times_to_now(
    store: &Store,
    now: Timestamp,
) -> Result<(), StoreError> {
    let latest = now + Events::CLOCK_DIFFERENCE;
    for statement in STATEMENTS {
        sqlx::query(statement)
            .bind(now.as_millis())
            .bind(latest.as_millis())
            .execute(store.reader())
            .await?;
    }
    Ok(())
}
