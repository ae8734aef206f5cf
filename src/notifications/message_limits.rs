//! Counts messages with notifications when they are sent: in the limits that all accounts share, and in the daily limit
//! of a phone number.
//!
//! A message that was certainly not sent is removed again. If it may have been sent, the next attempt to send the same
//! notification is not counted again in the same window. So failing notifications do not use up the messages for codes.

use std::collections::BTreeSet;
use std::time::Duration;

use super::budget::{Importance, daily_text_message_limit, importance_of_notification};
use super::transport::Undelivered;
use crate::context::{AppState, SendAlarm, record_newly_reached_alarm_thresholds};
use crate::security::rate_limit::Rule;
use crate::security::send_limits::{SendLimit, Sender};
use crate::security::token::{BucketKey, NotificationId};
use crate::store::outbox::{Channel, ClaimedNotification};
use crate::store::{StoreError, limits};
use domain::{Notification, PhoneNumber, Timestamp};

/// A limit that counts a message with a notification.
struct MessageLimit {
    bucket: (BucketKey, Rule),
    kind: MessageLimitKind,
}

/// What a [`MessageLimit`] counts, and whether it can delay a message.
enum MessageLimitKind {
    /// Counts attempts to send, whatever their result. Delays a message if it is reached.
    Attempts,
    /// Counts sent messages. Delays a message if it is reached.
    Messages,
    /// Like [`Messages`](Self::Messages). The log gets an alarm when much of it is used.
    MessagesWithAlarm(SendLimit),
    /// Counts sent messages, and delays none: the time of the message was planned with this limit.
    PlannedMessages,
}

impl MessageLimit {
    const fn new(kind: MessageLimitKind, bucket: (BucketKey, Rule)) -> Self {
        Self { bucket, kind }
    }
}

/// A message that is counted in the limits on sent messages while the attempt to send it continues.
pub(super) struct CountedMessage {
    limits: Vec<(BucketKey, Rule)>,
    at: Timestamp,
}

/// Returns whether a person without the password can cause this notification for many accounts.
const fn can_strangers_cause_notification(notification: &Notification) -> bool {
    matches!(
        notification,
        Notification::PasswordResetRequested
            | Notification::RegistrationConflict
            | Notification::EmailProofConflict
    )
}

/// Lists the limits that count a message, in the order in which they are locked.
///
/// `number` is the recipient of a text message; `None` for a mail. Text messages count in the send limits, as messages
/// with a code do. Those with an ordinary notification also count in the limits on the part of notifications.
fn list_limits_of_message(
    app: &AppState,
    channel: Channel,
    notification: &Notification,
    number: Option<&PhoneNumber>,
) -> Vec<MessageLimit> {
    let strangers = can_strangers_cause_notification(notification);
    let channel_limit = app.notification_limit_per_channel(channel, strangers);
    let mut message_limits = vec![MessageLimit::new(MessageLimitKind::Attempts, channel_limit)];
    if let Some(number) = number {
        for limit in app.message_limits_across_all_users(number, Sender::Owner) {
            let bucket = limit.bucket.clone();
            let kind = MessageLimitKind::MessagesWithAlarm(limit);
            message_limits.push(MessageLimit::new(kind, bucket));
        }
        if importance_of_notification(notification) == Importance::Ordinary {
            for bucket in app.text_notification_limits_across_all_users(number) {
                message_limits.push(MessageLimit::new(MessageLimitKind::Messages, bucket));
            }
        }
        if let Some(bucket) = daily_text_message_limit(app, number.as_e164(), notification) {
            message_limits.push(MessageLimit::new(MessageLimitKind::PlannedMessages, bucket));
        }
    }
    limits::sort_limits_for_locking(&mut message_limits, |limit| &limit.bucket.0);
    message_limits
}

/// Removes from the list the limits that already count an earlier attempt to send the same notification.
async fn skip_limits_that_count_notification(
    app: &AppState,
    entry: &ClaimedNotification,
    message_limits: &mut Vec<MessageLimit>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let windows: BTreeSet<Duration> = message_limits
        .iter()
        .filter(|limit| !matches!(limit.kind, MessageLimitKind::Attempts))
        .map(|limit| limit.bucket.1.window)
        .collect();
    for window in windows {
        let (key, rule) = app.unconfirmed_text_notification_limit(&entry.id, window);
        let counted = limits::read_rate_limit_events(&app.store, &key).await?;
        if rule.check_event_allowed(&counted, now).is_err() {
            message_limits.retain(|limit| {
                matches!(limit.kind, MessageLimitKind::Attempts) || limit.bucket.1.window != window
            });
        }
    }
    Ok(())
}

/// Counts one message in the limits that all accounts share, if all permit it, and in the daily limit of its number.
///
/// Also logs the alarms of the send limits. Otherwise counts nothing, and returns the time from which all limits permit
/// the message. `number` is the recipient of a text message; `None` for a mail. After the attempt to send the message,
/// call [`update_limits_after_failed_attempt`] if it failed.
pub(super) async fn count_message_if_limits_allow(
    app: &AppState,
    entry: &ClaimedNotification,
    notification: &Notification,
    number: Option<&PhoneNumber>,
    now: Timestamp,
) -> Result<Result<CountedMessage, Timestamp>, StoreError> {
    let mut message_limits = list_limits_of_message(app, entry.channel, notification, number);
    if entry.tries > 1 {
        skip_limits_that_count_notification(app, entry, &mut message_limits, now).await?;
    }
    let mut tx = app.store.begin().await?;
    let mut until = None;
    let mut alarms = Vec::new();
    for MessageLimit { bucket, kind } in &message_limits {
        let events =
            limits::lock_bucket_and_move_future_events_to_now(&mut tx, &bucket.0, now).await?;
        let (_, rule) = bucket;
        if !matches!(kind, MessageLimitKind::PlannedMessages)
            && let Err(reached) = rule.check_event_allowed(&events, now)
        {
            until = until.max(Some(reached));
            continue;
        }
        let sent = events.count_events_after(now - rule.window) + 1;
        limits::count_event_in_bucket(&mut tx, bucket, events, now).await?;
        if let MessageLimitKind::MessagesWithAlarm(limit) = kind {
            alarms.extend(
                record_newly_reached_alarm_thresholds(app, &mut tx, limit, sent, now).await?,
            );
        }
    }
    if let Some(until) = until {
        return Ok(Err(until));
    }
    tx.commit().await?;
    alarms.iter().for_each(SendAlarm::log_alarm);
    let counted = message_limits
        .into_iter()
        .filter(|limit| !matches!(limit.kind, MessageLimitKind::Attempts));
    Ok(Ok(CountedMessage {
        limits: counted.map(|limit| limit.bucket).collect(),
        at: now,
    }))
}

/// Updates the limits that have counted a message, after the attempt to send it has failed.
///
/// Removes the message from them if it was certainly not sent. Otherwise records that the notification counts in them.
/// After an error of the database the message stays counted, and the next attempt counts again.
pub(super) async fn update_limits_after_failed_attempt(
    app: &AppState,
    notification: &NotificationId,
    counted: &CountedMessage,
    failure: Undelivered,
) {
    let updated = if failure.is_certainly_not_sent() {
        remove_message_from_limits(app, counted).await
    } else {
        record_unconfirmed_message(app, notification, counted).await
    };
    if let Err(error) = updated {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            notification = notification.as_str(),
            "correcting the limits on messages after a failed notification failed; check the database"
        );
    }
}

/// Removes a message from the limits that have counted it.
async fn remove_message_from_limits(
    app: &AppState,
    counted: &CountedMessage,
) -> Result<(), StoreError> {
    let mut tx = app.store.begin().await?;
    for limit in &counted.limits {
        limits::remove_event_from_bucket(&mut tx, limit, counted.at).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Records that the limits of these windows count a notification.
async fn record_unconfirmed_message(
    app: &AppState,
    notification: &NotificationId,
    counted: &CountedMessage,
) -> Result<(), StoreError> {
    let windows: BTreeSet<Duration> = counted.limits.iter().map(|(_, rule)| rule.window).collect();
    let mut tx = app.store.begin().await?;
    for window in windows {
        let limit = app.unconfirmed_text_notification_limit(notification, window);
        let events = limits::lock_rate_limit_bucket(&mut tx, &limit.0).await?;
        limits::count_event_in_bucket(&mut tx, &limit, events, counted.at).await?;
    }
    tx.commit().await?;
    Ok(())
}
