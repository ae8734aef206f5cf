//! Reserving events in rate limit buckets. The reservation is committed before the guarded work starts, so
//! that parallel requests cannot exceed the limit.

use crate::context::AppState;
use crate::security::rate_limit::{Events, Rule};
use crate::security::token::BucketKey;
use crate::store::{StoreError, Tx, limits};
use domain::Timestamp;

/// The bucket is full until this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitReached {
    pub until: Timestamp,
}

/// Reserves one event, or returns until when the bucket is full.
pub async fn reserve(
    tx: &mut Tx,
    limit: &(BucketKey, Rule),
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    let reserved = limits::reserve_event(tx, limit, now).await?;
    Ok(reserved.map_err(|until| LimitReached { until }))
}

/// Counts one event, whether or not the bucket is full.
pub async fn record(
    tx: &mut Tx,
    limit: &(BucketKey, Rule),
    now: Timestamp,
) -> Result<(), StoreError> {
    let events = limits::lock_bucket_at(tx, &limit.0, now).await?;
    limits::count_event(tx, limit, events, now).await
}

/// Releases one reserved event, because the guarded work certainly did not happen.
pub async fn refund(
    tx: &mut Tx,
    limit: &(BucketKey, Rule),
    reserved_at: Timestamp,
) -> Result<(), StoreError> {
    let (key, rule) = limit;
    let mut events = limits::lock_bucket(tx, key).await?;
    events.remove(reserved_at);
    limits::store_bucket(tx, key, &events, expiry(rule, &events, reserved_at)).await
}

/// Ends the gap after one reserved event. The event still counts in its window.
pub async fn release_gap(
    tx: &mut Tx,
    limit: &(BucketKey, Rule),
    reserved_at: Timestamp,
) -> Result<(), StoreError> {
    let (key, rule) = limit;
    let mut events = limits::lock_bucket(tx, key).await?;
    events.release_gap(reserved_at, rule.gap);
    limits::store_bucket(tx, key, &events, expiry(rule, &events, reserved_at)).await
}

/// Whether the rule would admit one more event. Reserves nothing.
pub async fn peek(
    tx: &mut Tx,
    limit: &(BucketKey, Rule),
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    let events = limits::lock_bucket_at(tx, &limit.0, now).await?;
    Ok(limit
        .1
        .check_allowed(&events, now)
        .map_err(|until| LimitReached { until }))
}

/// As [`peek`], outside a transaction and without a lock: for what a page shows.
pub async fn read(
    app: &AppState,
    (key, rule): &(BucketKey, Rule),
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    let mut events = limits::read_bucket(&app.store, key).await?;
    events.correct_future_events(now);
    Ok(rule
        .check_allowed(&events, now)
        .map_err(|until| LimitReached { until }))
}

/// The number of events within the window that ends at `now`.
pub async fn count(
    tx: &mut Tx,
    limit: &(BucketKey, Rule),
    now: Timestamp,
) -> Result<usize, StoreError> {
    let events = limits::lock_bucket_at(tx, &limit.0, now).await?;
    Ok(events.count_after(now - limit.1.window))
}

/// Deletes the events of one bucket. Other buckets stay as they are.
pub async fn clear(tx: &mut Tx, key: &BucketKey, now: Timestamp) -> Result<(), StoreError> {
    limits::lock_bucket(tx, key).await?;
    limits::store_bucket(tx, key, &Events::default(), now).await
}

/// From this time on, no event of the bucket counts.
fn expiry(rule: &Rule, events: &Events, now: Timestamp) -> Timestamp {
    events.latest_time().unwrap_or(now) + rule.window
}
