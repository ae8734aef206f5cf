//! Reserving from limits: the count is committed before whatever it guards (RES-02, LOG-06).

use crate::security::rate_limit::{Rule, Slowdown};
use crate::security::token::BucketKey;
use crate::store::{StoreError, Tx, limits};
use domain::Timestamp;

/// A bucket said no: come back then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    pub until: Timestamp,
}

/// How long the longest-kept events matter.
const DAY: std::time::Duration = std::time::Duration::from_hours(24);

/// Reserves one event, or says until when there is no room.
pub async fn reserve(
    tx: &mut Tx,
    (key, rule): &(BucketKey, Rule),
    now: Timestamp,
) -> Result<Result<(), Wait>, StoreError> {
    let events = limits::lock(tx, key).await?;
    if let Err(until) = rule.admit(&events, now) {
        return Ok(Err(Wait { until }));
    }
    let mut kept = rule.in_window(&events, now).to_vec();
    kept.push(now);
    kept.sort_unstable();
    limits::put(tx, key, &kept, now + rule.window).await?;
    Ok(Ok(()))
}

/// Gives one reserved event back: what it guarded certainly did not happen.
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

/// Whether the rule would admit one more event; reserves nothing.
pub async fn peek(
    tx: &mut Tx,
    (key, rule): &(BucketKey, Rule),
    now: Timestamp,
) -> Result<Result<(), Wait>, StoreError> {
    let events = limits::lock(tx, key).await?;
    Ok(rule.admit(&events, now).map_err(|until| Wait { until }))
}

/// How many events count at `now`.
pub async fn count(
    tx: &mut Tx,
    (key, rule): &(BucketKey, Rule),
    now: Timestamp,
) -> Result<usize, StoreError> {
    let events = limits::lock(tx, key).await?;
    Ok(rule.in_window(&events, now).len())
}

/// Reserves a password try: counted as a failure until it is known to be none.
pub async fn reserve_password_try(
    tx: &mut Tx,
    key: &BucketKey,
    slowdown: &Slowdown,
    now: Timestamp,
) -> Result<Result<(), Wait>, StoreError> {
    let mut failures = limits::lock(tx, key).await?;
    failures.retain(|failure| *failure > now - DAY);
    if let Err(until) = slowdown.admit(&failures, now) {
        return Ok(Err(Wait { until }));
    }
    failures.push(now);
    limits::put(tx, key, &failures, now + DAY).await?;
    Ok(Ok(()))
}

/// The password was right: its failures are forgotten, and only they (LOG-07).
pub async fn forget_password_failures(
    tx: &mut Tx,
    key: &BucketKey,
    now: Timestamp,
) -> Result<(), StoreError> {
    limits::lock(tx, key).await?;
    limits::put(tx, key, &[], now).await
}
