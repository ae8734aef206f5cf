//! Limits how many notifications of an account and to a recipient are sent, and decides when each is due.
//!
//! A notification beyond a limit is held back until the limit permits it. Later ones of the same kind are counted in
//! it. No notification is dropped.

use super::stored::StoredNotification;
use crate::context::AppState;
use crate::security::rate_limit::{Events, RateLimit};
use crate::security::token::AccountId;
use crate::store::outbox::{self, Channel, NewNotification};
use crate::store::{StoreError, Tx, limits};
use domain::{Notification, Timestamp};

/// A rate limit bucket that is locked until the transaction ends, with its limit.
struct Bucket {
    limit: RateLimit,
    events: Events,
}

impl Bucket {
    /// Locks a rate limit bucket until the transaction ends and reads its counted events.
    async fn lock_rate_limit_bucket(
        tx: &mut Tx,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let events = limits::lock_bucket_and_move_future_events_to_now(tx, &limit.key, now).await?;
        Ok(Self { limit, events })
    }

    /// Counts one notification in this rate limit bucket at `now`.
    async fn count_notification(&self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
        limits::count_event_in_bucket(tx, &self.limit, self.events.clone(), now).await
    }

    /// Adds the unsent text messages of this importance to a number, at the times at which they are due.
    ///
    /// Changes only this value, not the stored bucket. A message that is being sent can count twice.
    async fn add_unsent_text_messages(
        &mut self,
        tx: &mut Tx,
        number: &str,
        importance: Importance,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let unsent =
            outbox::list_unsent_notifications_to_recipient(tx, Channel::Sms, number).await?;
        let counts = |json: &str| {
            StoredNotification::from_json(json)
                .is_ok_and(|stored| importance_of_notification(&stored.notification) == importance)
        };
        let due_times = unsent
            .iter()
            .filter(|(_, json)| counts(json))
            .map(|(due_at, _)| ((*due_at).max(now), 1));
        self.events = Events::from_stored(self.events.iter().chain(due_times));
        Ok(())
    }

    /// Returns whether this rate limit has counted no notification within its window.
    fn has_no_notification_in_window(&self, now: Timestamp) -> bool {
        self.events.count_events_after(now - self.limit.rule.window) == 0
    }
}

/// Locks the notification limits of an account until the transaction ends.
///
/// Call it before any other lock for the notification, so that concurrent transactions do not deadlock.
pub(super) async fn lock_account_notification_limits(
    app: &AppState,
    tx: &mut Tx,
    new: &NewNotification<'_>,
) -> Result<(), StoreError> {
    let RateLimit { key, .. } = app.notification_limit_per_account(new.account);
    limits::lock_rate_limit_bucket(tx, &key).await.map(drop)
}

/// Counts a notification in the rate limits of the account, kind and recipient.
///
/// Returns the earliest time at which the notification may be sent. The first notification of a kind in an hour may be
/// sent at once, at `now`, unless a daily limit of the phone number is reached. The daily limit counts a text message
/// when it is sent. Until then, it counts here at the time at which it is due.
pub(super) async fn reserve_notification_send_time(
    app: &AppState,
    tx: &mut Tx,
    new: &NewNotification<'_>,
    notification: &Notification,
    now: Timestamp,
) -> Result<Timestamp, StoreError> {
    let account =
        Bucket::lock_rate_limit_bucket(tx, app.notification_limit_per_account(new.account), now)
            .await?;
    let kind_limit = app.notification_limit_per_kind(new.account, new.channel, notification.name());
    let kind = Bucket::lock_rate_limit_bucket(tx, kind_limit, now).await?;
    let recipient_limit = app.notification_limit_per_recipient(new.channel, new.recipient);
    let recipient = Bucket::lock_rate_limit_bucket(tx, recipient_limit, now).await?;
    let daily_limit = match new.channel {
        Channel::Sms => daily_text_message_limit(app, new.recipient, notification),
        Channel::Mail => None,
    };
    let daily = match daily_limit {
        Some(limit) => {
            let mut bucket = Bucket::lock_rate_limit_bucket(tx, limit, now).await?;
            let importance = importance_of_notification(notification);
            bucket
                .add_unsent_text_messages(tx, new.recipient, importance, now)
                .await?;
            Some(bucket)
        }
        None => None,
    };
    let is_first = kind.has_no_notification_in_window(now);
    let hourly = [account, kind, recipient];
    for bucket in &hourly {
        bucket.count_notification(tx, now).await?;
    }
    let at = if is_first {
        now
    } else {
        earliest_permitted_notification_time(&hourly, now)
    };
    Ok(earliest_permitted_notification_time(daily.as_slice(), at))
}

/// Clears the limit on mails with a reset link to one account, so that the next one is due at once.
///
/// Those that wait for the limit are due at once too. Otherwise the next one would be merged into them.
pub async fn renew_reset_mail_limit(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let kind = Notification::PasswordResetRequested.name();
    // Locked first, as for a new notification.
    let of_account = app.notification_limit_per_account(account);
    limits::lock_rate_limit_bucket(tx, &of_account.key).await?;
    let of_kind = app.notification_limit_per_kind(account, Channel::Mail, kind);
    limits::delete_rate_limit_bucket(tx, &of_kind.key).await?;
    outbox::make_unsent_notifications_due(tx, account, kind, now).await
}

/// Returns the daily limit of a phone number that counts text messages with this notification.
///
/// Returns `None` for a critical notification that the account holder cannot repeat.
pub(super) fn daily_text_message_limit(
    app: &AppState,
    number: &str,
    notification: &Notification,
) -> Option<RateLimit> {
    match importance_of_notification(notification) {
        Importance::Ordinary => Some(app.text_notification_limit_per_phone_number(number)),
        Importance::CriticalAndRepeatable => {
            Some(app.critical_text_notification_limit_per_phone_number(number))
        }
        Importance::Critical => None,
    }
}

/// Returns the earliest time, `now` or later, at which all these rate limits permit a notification.
fn earliest_permitted_notification_time(buckets: &[Bucket], now: Timestamp) -> Timestamp {
    let mut at = now;
    while let Some(later) = buckets
        .iter()
        .filter_map(|bucket| {
            bucket
                .limit
                .rule
                .check_event_allowed(&bucket.events, at)
                .err()
        })
        .max()
    {
        at = later;
    }
    at
}

/// Importance of a notification, which determines the limits on text messages that count it.
///
/// Critical notifications are those about a recovery, a new phone number, a held second factor or the reset of a second
/// factor by an operator, and those that an account gets once. The limits on the part of notifications count only the
/// others. So an attacker who uses up that part delays no critical notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Importance {
    /// Counts in the daily limit of the phone number and in the limits on the part of notifications.
    Ordinary,
    /// Critical, but the account holder can repeat it. Counts in a separate daily limit of the phone number.
    CriticalAndRepeatable,
    /// Critical, and other limits bound how often it is caused. Counts in no daily limit of the phone number.
    Critical,
}

/// Returns the importance of a notification.
pub(super) const fn importance_of_notification(notification: &Notification) -> Importance {
    match notification {
        Notification::RecoveryOpened { .. }
        | Notification::RecoveryCancelled
        | Notification::EmailRestored => Importance::CriticalAndRepeatable,
        Notification::TwoFactorSetUp { .. }
        | Notification::PhoneChanged { .. }
        | Notification::PhoneRestored { .. }
        | Notification::RecoveryRequested
        | Notification::RecoveryReminder { .. }
        | Notification::RecoveryCompleted { .. }
        | Notification::FactorHeld
        | Notification::TwoFactorReset
        | Notification::AccountErased { .. } => Importance::Critical,
        _ => Importance::Ordinary,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::{PhoneNumber, RecoveryId};

    use super::*;
    use crate::security::rate_limit::Rule;
    use crate::security::token::BucketKey;

    const T0: Timestamp = Timestamp::from_millis(1_767_225_600_000);
    const HOUR: Duration = Duration::from_hours(1);

    /// Creates a rate limit bucket for `max` events, with events at these minutes.
    fn bucket_with_events(max: usize, minutes: &[u64]) -> Bucket {
        let times = minutes
            .iter()
            .map(|minutes| (T0 + Duration::from_mins(*minutes), 1));
        Bucket {
            limit: RateLimit::new(BucketKey::new("test", "", b""), Rule::per_window(HOUR, max)),
            events: Events::from_stored(times),
        }
    }

    #[test]
    fn notification_within_all_limits_is_due_at_once() {
        assert_eq!(
            earliest_permitted_notification_time(
                &[bucket_with_events(3, &[0, 1]), bucket_with_events(9, &[0])],
                T0
            ),
            T0
        );
    }

    #[test]
    fn notifications_about_recovery_phone_change_or_hold_are_critical() {
        let recovery = RecoveryId::from_bits(1);
        let opened = Notification::RecoveryOpened {
            recovery: recovery.clone(),
            hours: 72,
        };
        let reminder = Notification::RecoveryReminder {
            recovery,
            hours: 36,
        };
        let changed = Notification::PhoneChanged {
            phone: PhoneNumber::from_e164("+14155556053")
                .expect("valid E.164 number")
                .masked_hint(),
            undo: None,
        };
        for (notification, importance) in [
            (Notification::FactorHeld, Importance::Critical),
            (reminder, Importance::Critical),
            (changed, Importance::Critical),
            (opened, Importance::CriticalAndRepeatable),
            (
                Notification::RecoveryCancelled,
                Importance::CriticalAndRepeatable,
            ),
            (
                Notification::EmailRestored,
                Importance::CriticalAndRepeatable,
            ),
            (Notification::RecoveryCodesCreated, Importance::Ordinary),
            (Notification::AuthenticatorAdded, Importance::Ordinary),
            (Notification::PasswordChanged, Importance::Ordinary),
            (
                Notification::NewDeviceSignIn {
                    device: domain::Device::UNKNOWN,
                    at: T0,
                },
                Importance::Ordinary,
            ),
            (Notification::DeletionWithdrawn, Importance::Ordinary),
        ] {
            assert_eq!(
                importance_of_notification(&notification),
                importance,
                "{notification:?}"
            );
        }
    }

    #[test]
    fn notification_over_a_limit_is_delayed_until_all_limits_permit_it() {
        let now = T0 + Duration::from_mins(10);
        let kind = bucket_with_events(3, &[0, 1, 2]);
        let account = bucket_with_events(4, &[0, 1, 2, 9]);
        assert_eq!(
            earliest_permitted_notification_time(&[kind], now),
            T0 + HOUR
        );
        let kind = bucket_with_events(3, &[0, 1, 2]);
        let full_bucket = bucket_with_events(2, &[8, 9]);
        let due = T0 + HOUR + Duration::from_mins(8);
        assert_eq!(
            earliest_permitted_notification_time(&[kind, account, full_bucket], now),
            due
        );
    }
}
