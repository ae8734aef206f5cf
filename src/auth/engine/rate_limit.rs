//! Reserving events in rate limit buckets. The reservation is committed before the guarded work starts, so
//! that parallel requests cannot exceed the limit.

use std::time::Duration;

use crate::security::rate_limit::{Rule, Slowdown};
use crate::security::token::BucketKey;
use crate::store::{StoreError, Tx, limits};
use domain::Timestamp;

/// The bucket is full until this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitReached {
    pub until: Timestamp,
}

/// How long password failures are kept.
const DAY: Duration = Duration::from_hours(24);

/// Reserves one event, or returns until when the bucket is full.
pub async fn reserve(
    tx: &mut Tx,
    limit: &(BucketKey, Rule),
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    let reserved = limits::reserve(tx, limit, now).await?;
    Ok(reserved.map_err(|until| LimitReached { until }))
}

/// Releases one reserved event, because the guarded work certainly did not happen.
pub async fn refund(
    tx: &mut Tx,
    (key, rule): &(BucketKey, Rule),
    reserved_at: Timestamp,
) -> Result<(), StoreError> {
    let mut events = limits::lock(tx, key).await?;
    if let Some(index) = events.iter().rposition(|event| *event == reserved_at) {
        events.remove(index);
    }
    limits::put(tx, key, &events, reserved_at + rule.window).await
}

/// Whether the rule would admit one more event. Reserves nothing.
pub async fn peek(
    tx: &mut Tx,
    (key, rule): &(BucketKey, Rule),
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    let events = limits::lock(tx, key).await?;
    Ok(rule
        .admit(&events, now)
        .map_err(|until| LimitReached { until }))
}

/// The number of events within the window that ends at `now`.
pub async fn count(
    tx: &mut Tx,
    (key, rule): &(BucketKey, Rule),
    now: Timestamp,
) -> Result<usize, StoreError> {
    let events = limits::lock(tx, key).await?;
    Ok(rule.in_window(&events, now).len())
}

/// Counts a password attempt as a failure before it is evaluated.
pub async fn reserve_password_attempt(
    tx: &mut Tx,
    key: &BucketKey,
    slowdown: &Slowdown,
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    let mut failures = limits::lock(tx, key).await?;
    failures.retain(|failure| *failure > now - DAY);
    if let Err(until) = slowdown.admit(&failures, now) {
        return Ok(Err(LimitReached { until }));
    }
    failures.push(now);
    limits::put(tx, key, &failures, now + DAY).await?;
    Ok(Ok(()))
}

/// Clears the failures of one identifier after a right password. Other buckets stay as they are.
pub async fn clear_password_failures(
    tx: &mut Tx,
    key: &BucketKey,
    now: Timestamp,
) -> Result<(), StoreError> {
    limits::lock(tx, key).await?;
    limits::put(tx, key, &[], now).await
}
