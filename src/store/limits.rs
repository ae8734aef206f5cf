use sqlx::Row as _;

use super::{StoreError, Tx};
use crate::security::rate_limit::Rule;
use crate::security::token::BucketKey;
use domain::Timestamp;

/// The moments of a bucket's events, with the bucket locked until the transaction ends: on
/// PostgreSQL by the row the upsert wrote, on SQLite by the immediate transaction.
pub async fn lock(tx: &mut Tx, key: &BucketKey) -> Result<Vec<Timestamp>, StoreError> {
    let row = sqlx::query(
        "INSERT INTO limit_buckets (key, events, expires_at) VALUES ($1, '[]', 0) \
         ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING events",
    )
    .bind(key.as_str())
    .fetch_one(&mut **tx)
    .await?;
    let events: String = row.try_get("events")?;
    serde_json::from_str(&events).map_err(|_| StoreError::Inconsistent {
        table: "limit_buckets",
        column: "events",
    })
}

/// Reserves one event. The error is the time until which the bucket is full.
pub async fn reserve(
    tx: &mut Tx,
    (key, rule): &(BucketKey, Rule),
    now: Timestamp,
) -> Result<Result<(), Timestamp>, StoreError> {
    let events = lock(tx, key).await?;
    if let Err(until) = rule.admit(&events, now) {
        return Ok(Err(until));
    }
    let mut kept = rule.in_window(&events, now).to_vec();
    kept.push(now);
    kept.sort_unstable();
    put(tx, key, &kept, now + rule.window).await?;
    Ok(Ok(()))
}

/// Replaces the events of a bucket that [`lock`] holds. After `expires_at` none of them counts.
pub async fn put(
    tx: &mut Tx,
    key: &BucketKey,
    events: &[Timestamp],
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(events).map_err(|_| StoreError::Inconsistent {
        table: "limit_buckets",
        column: "events",
    })?;
    sqlx::query("UPDATE limit_buckets SET events = $1, expires_at = $2 WHERE key = $3")
        .bind(text)
        .bind(expires_at.as_millis())
        .bind(key.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
