//! Counts events in rate limit buckets. An event is committed before the limited work starts, so that parallel requests
//! cannot exceed the limit.

use crate::context::AppState;
use crate::security::rate_limit::{Events, RateLimit};
use crate::security::token::BucketKey;
use crate::store::{StoreError, Tx, limits};
use domain::Timestamp;

/// Error of a rate limit that is reached. `until` is the time at which the limit permits the next event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitReached {
    pub until: Timestamp,
}

/// Counts one event in the bucket of a rate limit.
///
/// If the limit is reached, counts nothing and returns [`LimitReached`].
pub async fn count_event_within_limit(
    tx: &mut Tx,
    limit: &RateLimit,
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    let reserved = limits::count_event_within_limit(tx, limit, now).await?;
    Ok(reserved.map_err(|until| LimitReached { until }))
}

/// Counts one event in the bucket of a rate limit, even if the limit is reached.
pub async fn count_event_in_bucket(
    tx: &mut Tx,
    limit: &RateLimit,
    now: Timestamp,
) -> Result<(), StoreError> {
    let events = limits::lock_bucket_and_move_future_events_to_now(tx, &limit.key, now).await?;
    limits::count_event_in_bucket(tx, limit, events, now).await
}

/// Removes the event that a rate limit has counted at `reserved_at`.
///
/// Used for example if the message was not sent.
pub async fn remove_event_from_rate_limit(
    tx: &mut Tx,
    limit: &RateLimit,
    reserved_at: Timestamp,
) -> Result<(), StoreError> {
    limits::remove_event_from_bucket(tx, limit, reserved_at).await
}

/// Permits the next event of a rate limit at once, without the minimum interval between two events.
///
/// `reserved_at` is the time of the last event, which still counts in the window of the limit.
pub async fn skip_minimum_interval(
    tx: &mut Tx,
    limit: &RateLimit,
    reserved_at: Timestamp,
) -> Result<(), StoreError> {
    let gap = limit.rule.gap;
    limits::update_counted_events(tx, limit, reserved_at, |events| {
        events.end_minimum_gap_after_event(reserved_at, gap);
    })
    .await
}

/// Locks the bucket of a rate limit, and fails with [`LimitReached`] if the limit is reached.
///
/// Counts nothing. The lock lasts until the transaction ends.
pub async fn lock_and_check_rate_limit(
    tx: &mut Tx,
    limit: &RateLimit,
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    let events = limits::lock_bucket_and_move_future_events_to_now(tx, &limit.key, now).await?;
    Ok(limit
        .rule
        .check_event_allowed(&events, now)
        .map_err(|until| LimitReached { until }))
}

/// Fails with [`LimitReached`] if a rate limit is reached, without a lock.
///
/// Counts nothing. The result is for display only, because a parallel request can change it.
pub async fn check_rate_limit_without_lock(
    app: &AppState,
    limit: &RateLimit,
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    let left = count_events_left_without_lock(app, limit, now).await?;
    Ok(left.map(|_| ()))
}

/// Returns the number of events that a rate limit still permits in the window that ends at `now`.
///
/// Fails with [`LimitReached`] if it permits none. Locks and counts nothing, so the result is for display only.
pub async fn count_events_left_without_lock(
    app: &AppState,
    RateLimit { key, rule }: &RateLimit,
    now: Timestamp,
) -> Result<Result<usize, LimitReached>, StoreError> {
    let mut events = limits::read_rate_limit_events(&app.store, key).await?;
    events.move_future_events_to_now(now);
    let counted = events.count_events_after(now - rule.window);
    Ok(rule
        .check_event_allowed(&events, now)
        .map(|()| rule.max.saturating_sub(counted))
        .map_err(|until| LimitReached { until }))
}

/// Returns the number of events that a rate limit has counted in the window that ends at `now`.
pub async fn count_events_in_window(
    tx: &mut Tx,
    limit: &RateLimit,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let events = limits::lock_bucket_and_move_future_events_to_now(tx, &limit.key, now).await?;
    Ok(events.count_events_after(now - limit.rule.window))
}

/// Deletes all events that one rate limit bucket has counted.
pub async fn clear_rate_limit_bucket(
    tx: &mut Tx,
    key: &BucketKey,
    now: Timestamp,
) -> Result<(), StoreError> {
    limits::lock_rate_limit_bucket(tx, key).await?;
    limits::store_rate_limit_events(tx, key, &Events::default(), now).await
}
