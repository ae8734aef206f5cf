//! Counts events in rate limit buckets. An event is committed before the limited work starts, so that parallel requests
//! cannot exceed the limit.

use crate::context::AppState;
use crate::security::rate_limit::{Events, Rule};
use crate::security::token::BucketKey;
use crate::store::{StoreError, Tx, limits};
use domain::Timestamp;

/// The error of a rate limit that is reached: it permits another event at `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitReached {
    pub until: Timestamp,
}

/// Counts one event in the bucket of a limit. If the limit is reached, counts nothing and returns [`LimitReached`].
pub async fn reserve_event(
    tx: &mut Tx,
    limit: &(BucketKey, Rule),
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    let reserved = limits::reserve_event(tx, limit, now).await?;
    Ok(reserved.map_err(|until| LimitReached { until }))
}

/// Counts one event in the bucket of a limit, even if the limit is reached.
pub async fn count_event(
    tx: &mut Tx,
    limit: &(BucketKey, Rule),
    now: Timestamp,
) -> Result<(), StoreError> {
    let events = limits::lock_bucket_at(tx, &limit.0, now).await?;
    limits::count_event(tx, limit, events, now).await
}

/// Removes the event that was counted at `reserved_at`, because the limited work was certainly not done.
pub async fn refund_event(
    tx: &mut Tx,
    limit: &(BucketKey, Rule),
    reserved_at: Timestamp,
) -> Result<(), StoreError> {
    let (key, rule) = limit;
    let mut events = limits::lock_bucket(tx, key).await?;
    events.remove(reserved_at);
    limits::store_bucket(tx, key, &events, bucket_expiry(rule, &events, reserved_at)).await
}

/// Ends the minimum gap after the event that was counted at `reserved_at`. The event still counts in its window.
pub async fn end_gap_after_event(
    tx: &mut Tx,
    limit: &(BucketKey, Rule),
    reserved_at: Timestamp,
) -> Result<(), StoreError> {
    let (key, rule) = limit;
    let mut events = limits::lock_bucket(tx, key).await?;
    events.release_gap(reserved_at, rule.gap);
    limits::store_bucket(tx, key, &events, bucket_expiry(rule, &events, reserved_at)).await
}

/// Checks in a transaction whether a limit permits another event. Counts nothing, and locks the bucket until the commit.
pub async fn check_limit(
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

/// Checks without a lock whether a limit permits another event, for display on a page. Counts nothing.
pub async fn read_limit(
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

/// Returns the number of events within the window of the limit that ends at `now`.
pub async fn count_events(
    tx: &mut Tx,
    limit: &(BucketKey, Rule),
    now: Timestamp,
) -> Result<usize, StoreError> {
    let events = limits::lock_bucket_at(tx, &limit.0, now).await?;
    Ok(events.count_after(now - limit.1.window))
}

/// Deletes all events of one bucket.
pub async fn clear_bucket(tx: &mut Tx, key: &BucketKey, now: Timestamp) -> Result<(), StoreError> {
    limits::lock_bucket(tx, key).await?;
    limits::store_bucket(tx, key, &Events::default(), now).await
}

/// Returns the time at which the last event of a bucket leaves the window of its rule.
fn bucket_expiry(rule: &Rule, events: &Events, now: Timestamp) -> Timestamp {
    events.latest_time().unwrap_or(now) + rule.window
}
