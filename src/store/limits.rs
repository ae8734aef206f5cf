//! The buckets of rate limits: one row for each key, with the events that it has counted.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Tx};
use crate::security::rate_limit::{Events, Rule};
use crate::security::token::BucketKey;
use domain::Timestamp;

/// The events of a bucket, which stays locked until the transaction ends: on PostgreSQL by the upserted row, on
/// SQLite by the immediate transaction.
pub async fn lock(tx: &mut Tx, key: &BucketKey) -> Result<Events, StoreError> {
    let row = sqlx::query(
        "INSERT INTO limit_buckets (key, events, expires_at) VALUES ($1, '[]', 0) \
         ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING events, counts",
    )
    .bind(key.as_str())
    .fetch_one(&mut **tx)
    .await?;
    events(&row)
}

/// The events of a bucket, without a lock and without writing.
pub async fn read(store: &Store, key: &BucketKey) -> Result<Events, StoreError> {
    let row = sqlx::query("SELECT events, counts FROM limit_buckets WHERE key = $1")
        .bind(key.as_str())
        .fetch_optional(store.reader())
        .await?;
    row.as_ref().map_or(Ok(Events::default()), events)
}

/// The events of a locked bucket. Events of a time when the clock was ahead count as events of now.
pub async fn lock_at(tx: &mut Tx, key: &BucketKey, now: Timestamp) -> Result<Events, StoreError> {
    let mut events = lock(tx, key).await?;
    events.date_back(now);
    Ok(events)
}

/// Sorts limits into the order in which every transaction locks their buckets, so that two transactions that share more
/// than one of them do not wait for each other.
pub fn sort_for_locking<T>(limits: &mut [T], key: impl Fn(&T) -> &BucketKey) {
    limits.sort_by(|a, b| key(a).cmp(key(b)));
}

/// Reserves one event. The error is the time until which the bucket is full.
pub async fn reserve(
    tx: &mut Tx,
    limit: &(BucketKey, Rule),
    now: Timestamp,
) -> Result<Result<(), Timestamp>, StoreError> {
    let (key, rule) = limit;
    let events = lock_at(tx, key, now).await?;
    if let Err(until) = rule.admit(&events, now) {
        return Ok(Err(until));
    }
    count(tx, limit, events, now).await?;
    Ok(Ok(()))
}

/// Counts one event in a locked bucket with these events.
pub async fn count(
    tx: &mut Tx,
    (key, rule): &(BucketKey, Rule),
    mut events: Events,
    now: Timestamp,
) -> Result<(), StoreError> {
    rule.count(&mut events, now);
    let expires_at = events.last().unwrap_or(now) + rule.window;
    put(tx, key, &events, expires_at).await
}

/// Deletes a bucket. `false` if it had no events.
pub async fn clear(tx: &mut Tx, key: &BucketKey) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM limit_buckets WHERE key = $1")
        .bind(key.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

/// Replaces the events of a bucket that [`lock`] holds. After `expires_at` none of them counts.
pub async fn put(
    tx: &mut Tx,
    key: &BucketKey,
    events: &Events,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    if events.is_empty() {
        clear(tx, key).await?;
        return Ok(());
    }
    let times: Vec<Timestamp> = events.iter().map(|(at, _)| at).collect();
    // Stores only counts other than one, so that the row of a small bucket is short.
    let counts: Vec<(Timestamp, usize)> = events.iter().filter(|(_, count)| *count != 1).collect();
    let latest = events.last().map_or(0, Timestamp::as_millis);
    sqlx::query(
        "UPDATE limit_buckets SET events = $1, counts = $2, latest_at = $3, expires_at = $4 \
         WHERE key = $5",
    )
    .bind(serde_json::to_string(&times).map_err(|_| malformed("events"))?)
    .bind(serde_json::to_string(&counts).map_err(|_| malformed("counts"))?)
    .bind(latest)
    .bind(expires_at.as_millis())
    .bind(key.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Dates events back to `now` that were counted while the clock was ahead. Without this, a refused request would find
/// its limit reached until the clock arrives at their time.
pub(super) async fn date_back(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let rows = sqlx::query("SELECT key FROM limit_buckets WHERE latest_at > $1")
        .bind((now + Events::CLOCK_DIFFERENCE).as_millis())
        .fetch_all(store.reader())
        .await?;
    for row in rows {
        let key = BucketKey::from_stored(row.try_get("key")?);
        let mut tx = store.begin().await?;
        let mut events = lock(&mut tx, &key).await?;
        if events.date_back(now) {
            put(&mut tx, &key, &events, now + LONGEST_WINDOW).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// No rule has a longer window.
const LONGEST_WINDOW: std::time::Duration = std::time::Duration::from_hours(24);

fn events(row: &AnyRow) -> Result<Events, StoreError> {
    let text: String = row.try_get("events")?;
    let times: Vec<Timestamp> = serde_json::from_str(&text).map_err(|_| malformed("events"))?;
    let text: String = row.try_get("counts")?;
    let counts: Vec<(Timestamp, usize)> =
        serde_json::from_str(&text).map_err(|_| malformed("counts"))?;
    let count = |at: &Timestamp| {
        counts
            .iter()
            .find(|(of, _)| of == at)
            .map_or(1, |(_, n)| *n)
    };
    let stored = times.iter().map(|at| (*at, count(at)));
    Ok(Events::from_stored(stored))
}

const fn malformed(column: &'static str) -> StoreError {
    StoreError::Inconsistent {
        table: "limit_buckets",
        column,
    }
}
