//! Limits how many notifications are sent, and decides when each is due.
//!
//! A notification beyond a limit is held back until the limit permits it. Later ones of the same kind are counted in
//! it. No notification is dropped.

use crate::context::AppState;
use crate::security::rate_limit::{Events, Rule};
use crate::security::send_limits::Sender;
use crate::security::token::BucketKey;
use crate::store::outbox::{Channel, NewNotification};
use crate::store::{StoreError, Tx, limits};
use domain::{PhoneNumber, Timestamp};

/// One rate limit bucket, locked until the transaction ends.
struct Bucket {
    limit: (BucketKey, Rule),
    events: Events,
}

impl Bucket {
    /// Locks a bucket and reads the events counted in it.
    async fn lock_bucket(
        tx: &mut Tx,
        limit: (BucketKey, Rule),
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let events = limits::lock_bucket_at(tx, &limit.0, now).await?;
        Ok(Self { limit, events })
    }

    /// Counts one notification at `now`. A notification that is held back is counted when it is queued.
    async fn count_notification(&self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
        limits::count_event(tx, &self.limit, self.events.clone(), now).await
    }

    /// Whether no notification was counted within the window of the limit.
    fn is_empty(&self, now: Timestamp) -> bool {
        self.events.count_after(now - self.limit.1.window) == 0
    }
}

/// Locks the limits of an account. Of two concurrent transactions that notify it, one waits for the other.
///
/// Call this before the outbox is read. It is the first lock of every notification, so that no two transactions wait
/// for each other.
pub(super) async fn lock_account_budget(
    app: &AppState,
    tx: &mut Tx,
    new: &NewNotification<'_>,
) -> Result<(), StoreError> {
    let (key, _) = app.notification_account_limit(new.account);
    limits::lock_bucket(tx, &key).await.map(drop)
}

/// Reserves the earliest time at which the limits of account, recipient and kind permit this notification.
///
/// `name` is the kind of notification, whichever record it is about. The first notification of a kind in an hour may be
/// sent at once. So an attacker who repeats one action cannot delay the notification about another one.
pub(super) async fn reserve_send_time(
    app: &AppState,
    tx: &mut Tx,
    new: &NewNotification<'_>,
    name: &str,
    now: Timestamp,
) -> Result<Timestamp, StoreError> {
    let account = Bucket::lock_bucket(tx, app.notification_account_limit(new.account), now).await?;
    let kind_limit = app.notification_kind_limit(new.account, new.channel, name);
    let kind = Bucket::lock_bucket(tx, kind_limit, now).await?;
    let recipient_limit = app.notification_recipient_limit(new.channel, new.recipient);
    let recipient = Bucket::lock_bucket(tx, recipient_limit, now).await?;
    let is_first = kind.is_empty(now);
    let buckets = [account, kind, recipient];
    for bucket in &buckets {
        bucket.count_notification(tx, now).await?;
    }
    Ok(if is_first {
        now
    } else {
        earliest_send_time(&buckets, now)
    })
}

/// Returns the first time from `now` on that every bucket permits. The loop ends, because each turn is later and the
/// times are finite.
fn earliest_send_time(buckets: &[Bucket], now: Timestamp) -> Timestamp {
    let mut at = now;
    while let Some(later) = buckets
        .iter()
        .filter_map(|bucket| bucket.limit.1.check_allowed(&bucket.events, at).err())
        .max()
    {
        at = later;
    }
    at
}

/// Returns the limits over all accounts and nodes in which a text message counts. Codes count in the shared ones too.
pub(super) fn sms_limits(app: &AppState, number: &PhoneNumber) -> Vec<(BucketKey, Rule)> {
    let shared = app.shared_send_limits(number, Sender::Owner);
    let mut limits = vec![app.notification_global_limit(Channel::Sms)];
    limits.extend(shared.into_iter().map(|limit| limit.bucket));
    limits
}

/// Reserves one message in each of these limits, just before it is sent. If a limit is reached, nothing is counted, and
/// the inner `Err` holds the time at which the limits permit it.
pub(super) async fn reserve_message(
    app: &AppState,
    mut message_limits: Vec<(BucketKey, Rule)>,
    now: Timestamp,
) -> Result<Result<(), Timestamp>, StoreError> {
    limits::sort_for_locking(&mut message_limits, |(key, _)| key);
    let mut tx = app.store.begin().await?;
    let mut until = None;
    for limit in &message_limits {
        let reserved = limits::reserve_event(&mut tx, limit, now).await?;
        until = until.max(reserved.err());
    }
    if let Some(until) = until {
        return Ok(Err(until));
    }
    tx.commit().await?;
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const T0: Timestamp = Timestamp::from_millis(1_767_225_600_000);
    const HOUR: Duration = Duration::from_hours(1);

    fn bucket_with_events(max: usize, minutes: &[u64]) -> Bucket {
        let times = minutes
            .iter()
            .map(|minutes| (T0 + Duration::from_mins(*minutes), 1));
        Bucket {
            limit: (BucketKey::new("test", "", b""), Rule::per_window(HOUR, max)),
            events: Events::from_stored(times),
        }
    }

    #[test]
    fn notification_within_all_limits_is_due_at_once() {
        assert_eq!(
            earliest_send_time(
                &[bucket_with_events(3, &[0, 1]), bucket_with_events(9, &[0])],
                T0
            ),
            T0
        );
    }

    #[test]
    fn notification_beyond_a_limit_is_due_when_every_limit_admits_it() {
        let now = T0 + Duration::from_mins(10);
        let kind = bucket_with_events(3, &[0, 1, 2]);
        let account = bucket_with_events(4, &[0, 1, 2, 9]);
        assert_eq!(earliest_send_time(&[kind], now), T0 + HOUR);
        let kind = bucket_with_events(3, &[0, 1, 2]);
        let crowded = bucket_with_events(2, &[8, 9]);
        let due = T0 + HOUR + Duration::from_mins(8);
        assert_eq!(earliest_send_time(&[kind, account, crowded], now), due);
    }
}
