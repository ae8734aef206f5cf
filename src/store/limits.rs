//! Buckets of rate limits: one row for each key, with the times of the counted events.

use std::time::Duration;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Tx};
use crate::security::rate_limit::{Events, RateLimit};
use crate::security::token::BucketKey;
use domain::Timestamp;

/// Locks a rate limit bucket until the transaction ends, and returns its events.
pub async fn lock_rate_limit_bucket(tx: &mut Tx, key: &BucketKey) -> Result<Events, StoreError> {
    let row = sqlx::query(
        "INSERT INTO limit_buckets (key, events, expires_at) VALUES ($1, '[]', 0) \
         ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING events, counts",
    )
    .bind(key.as_str())
    .fetch_one(&mut **tx)
    .await?;
    rate_limit_events_from_row(&row)
}

/// Reads the events of a rate limit bucket and leaves the bucket unlocked.
pub async fn read_rate_limit_events(store: &Store, key: &BucketKey) -> Result<Events, StoreError> {
    let row = sqlx::query("SELECT events, counts FROM limit_buckets WHERE key = $1")
        .bind(key.as_str())
        .fetch_optional(&mut *store.acquire_reader().await?)
        .await?;
    row.as_ref()
        .map_or(Ok(Events::default()), rate_limit_events_from_row)
}

/// Locks a rate limit bucket until the transaction ends, and returns its events.
///
/// Events later than `now` count as events at `now`, because they were counted while the clock was ahead.
pub async fn lock_bucket_and_move_future_events_to_now(
    tx: &mut Tx,
    key: &BucketKey,
    now: Timestamp,
) -> Result<Events, StoreError> {
    let mut events = lock_rate_limit_bucket(tx, key).await?;
    events.move_future_events_to_now(now);
    Ok(events)
}

/// Sorts rate limits into the order in which all transactions lock their buckets, to avoid deadlocks.
pub fn sort_limits_for_locking<T>(limits: &mut [T], key: impl Fn(&T) -> &BucketKey) {
    limits.sort_by(|a, b| key(a).cmp(key(b)));
}

/// Counts one event in a rate limit bucket if the limit permits it.
///
/// Otherwise returns the time at which the limit permits the next event.
pub async fn count_event_within_limit(
    tx: &mut Tx,
    limit: &RateLimit,
    now: Timestamp,
) -> Result<Result<(), Timestamp>, StoreError> {
    let RateLimit { key, rule } = limit;
    let events = lock_bucket_and_move_future_events_to_now(tx, key, now).await?;
    if let Err(until) = rule.check_event_allowed(&events, now) {
        return Ok(Err(until));
    }
    count_event_in_bucket(tx, limit, events, now).await?;
    Ok(Ok(()))
}

/// Adds one event to a locked rate limit bucket, whose current content is `events`.
pub async fn count_event_in_bucket(
    tx: &mut Tx,
    RateLimit { key, rule }: &RateLimit,
    mut events: Events,
    now: Timestamp,
) -> Result<(), StoreError> {
    rule.count_event(&mut events, now);
    let expires_at = events.latest_event_time().unwrap_or(now) + rule.window;
    store_rate_limit_events(tx, key, &events, expires_at).await
}

/// Removes the event that a rate limit bucket has counted at `counted_at`, for example because no message was sent.
pub async fn remove_event_from_bucket(
    tx: &mut Tx,
    limit: &RateLimit,
    counted_at: Timestamp,
) -> Result<(), StoreError> {
    update_counted_events(tx, limit, counted_at, |events| {
        events.remove_one_event_at(counted_at);
    })
    .await
}

/// Locks a rate limit bucket, applies `change` to its events and stores them.
///
/// `counted_at` is the time of the event to change.
pub async fn update_counted_events(
    tx: &mut Tx,
    RateLimit { key, rule }: &RateLimit,
    counted_at: Timestamp,
    change: impl FnOnce(&mut Events),
) -> Result<(), StoreError> {
    let mut events = lock_rate_limit_bucket(tx, key).await?;
    change(&mut events);
    let expires_at = events.latest_event_time().unwrap_or(counted_at) + rule.window;
    store_rate_limit_events(tx, key, &events, expires_at).await
}

/// Deletes all events of a rate limit bucket. Returns `false` if the bucket was empty.
pub async fn delete_rate_limit_bucket(tx: &mut Tx, key: &BucketKey) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM limit_buckets WHERE key = $1")
        .bind(key.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

/// Replaces the events of a rate limit bucket that [`lock_rate_limit_bucket`] has locked.
///
/// At `expires_at`, the last of these events leaves the window of the limit.
pub async fn store_rate_limit_events(
    tx: &mut Tx,
    key: &BucketKey,
    events: &Events,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    if events.is_empty() {
        delete_rate_limit_bucket(tx, key).await?;
        return Ok(());
    }
    let times: Vec<Timestamp> = events.iter().map(|(at, _)| at).collect();
    // Stores only counts other than one, so that the row of a small bucket is short.
    let counts: Vec<(Timestamp, usize)> = events.iter().filter(|(_, count)| *count != 1).collect();
    let latest = events.latest_event_time().map_or(0, Timestamp::as_millis);
    sqlx::query(
        "UPDATE limit_buckets SET events = $1, counts = $2, latest_at = $3, expires_at = $4 \
         WHERE key = $5",
    )
    .bind(serde_json::to_string(&times).map_err(|_| invalid_rate_limit_column("events"))?)
    .bind(serde_json::to_string(&counts).map_err(|_| invalid_rate_limit_column("counts"))?)
    .bind(latest)
    .bind(expires_at.as_millis())
    .bind(key.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Sets the time of rate limit events in the future to `now`.
///
/// They were counted while the clock was ahead, and would block further events for too long.
pub(super) async fn move_future_rate_limit_events_to_now(
    store: &Store,
    now: Timestamp,
) -> Result<(), StoreError> {
    let rows =
        sqlx::query("SELECT key, latest_at, expires_at FROM limit_buckets WHERE latest_at > $1")
            .bind((now + Events::CLOCK_DIFFERENCE).as_millis())
            .fetch_all(&mut *store.acquire_reader().await?)
            .await?;
    for row in rows {
        let key = BucketKey::from_stored(row.try_get("key")?);
        // A row expires one window of its limit after its latest event.
        let (latest_at, expires_at): (i64, i64) =
            (row.try_get("latest_at")?, row.try_get("expires_at")?);
        let window = u64::try_from(expires_at.saturating_sub(latest_at)).unwrap_or_default();
        let expires_at = now + Duration::from_millis(window);
        let mut tx = store.begin().await?;
        let mut events = lock_rate_limit_bucket(&mut tx, &key).await?;
        if events.move_future_events_to_now(now) {
            store_rate_limit_events(&mut tx, &key, &events, expires_at).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Reads the events of a rate limit bucket from a database row.
fn rate_limit_events_from_row(row: &AnyRow) -> Result<Events, StoreError> {
    let text: String = row.try_get("events")?;
    let times: Vec<Timestamp> =
        serde_json::from_str(&text).map_err(|_| invalid_rate_limit_column("events"))?;
    let text: String = row.try_get("counts")?;
    let counts: Vec<(Timestamp, usize)> =
        serde_json::from_str(&text).map_err(|_| invalid_rate_limit_column("counts"))?;
    let count = |at: &Timestamp| {
        counts
            .iter()
            .find(|(of, _)| of == at)
            .map_or(1, |(_, n)| *n)
    };
    let stored = times.iter().map(|at| (*at, count(at)));
    Ok(Events::from_stored(stored))
}

/// Creates the error for an invalid value in a column of the rate limit table.
const fn invalid_rate_limit_column(column: &'static str) -> StoreError {
    StoreError::Inconsistent {
        table: "limit_buckets",
        column,
    }
}
