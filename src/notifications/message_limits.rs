//! Counts messages with notifications when they are sent: in the limits that all accounts share, and in the daily limit
//! of a phone number.
//!
//! A message that was certainly not sent is removed again. If it may have been sent, the next attempt to send the same
//! notification is not counted again in the same window. So failing notifications do not use up the messages for codes.

use std::collections::BTreeSet;
use std::time::Duration;

use super::notification_limits::{
    Importance, daily_text_message_limit, importance_of_notification,
};
use super::transport::Undelivered;
use crate::context::{AppState, SendAlarm, record_newly_reached_alarm_thresholds};
use crate::security::rate_limit::RateLimit;
use crate::security::send_limits::{SendLimit, Sender};
use crate::security::token::NotificationId;
use crate::store::outbox::{Channel, ClaimedNotification};
use crate::store::{StoreError, limits};
use domain::{Notification, PhoneNumber, Timestamp};

/// A limit that counts a message with a notification.
struct MessageLimit {
    rate_limit: RateLimit,
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
}

impl MessageLimit {
    const fn new(kind: MessageLimitKind, rate_limit: RateLimit) -> Self {
        Self { rate_limit, kind }
    }
}

/// A message that is counted in the limits on sent messages while the attempt to send it continues.
pub(super) struct CountedMessage {
    /// The daily limit of the phone number.
    daily: Option<RateLimit>,
    /// The limits that all accounts share.
    shared: Vec<RateLimit>,
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

/// Lists the limits of all accounts that count a message, in the order in which they are locked.
///
/// `number` is the recipient of a text message; `None` for a mail. Text messages count in the send limits, as messages
/// with a code do. Those with an ordinary notification also count in the limits on the part of notifications.
fn list_shared_limits_of_message(
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
            let rate_limit = limit.rate_limit.clone();
            let kind = MessageLimitKind::MessagesWithAlarm(limit);
            message_limits.push(MessageLimit::new(kind, rate_limit));
        }
        if importance_of_notification(notification) == Importance::Ordinary {
            for rate_limit in app.text_notification_limits_across_all_users(number) {
                message_limits.push(MessageLimit::new(MessageLimitKind::Messages, rate_limit));
            }
        }
    }
    limits::sort_limits_for_locking(&mut message_limits, |limit| &limit.rate_limit.key);
    message_limits
}

/// Returns those of the windows in which the limits already count an earlier attempt to send the same notification.
async fn find_windows_that_count_notification(
    app: &AppState,
    entry: &ClaimedNotification,
    windows: BTreeSet<Duration>,
    now: Timestamp,
) -> Result<BTreeSet<Duration>, StoreError> {
    let mut counting = BTreeSet::new();
    for window in windows {
        let limit = app.unconfirmed_text_notification_limit(&entry.id, window);
        let counted = limits::read_rate_limit_events(&app.store, &limit.key).await?;
        if limit.rule.check_event_allowed(&counted, now).is_err() {
            counting.insert(window);
        }
    }
    Ok(counting)
}

/// Counts one message in the daily limit of its number and in the limits that all accounts share, if all permit it.
///
/// Also logs the alarms of the send limits. Otherwise counts nothing, and returns the time from which the limits permit
/// the message. `number` is the recipient of a text message; `None` for a mail. After the attempt to send the message,
/// call [`update_limits_after_failed_attempt`] if it failed.
///
/// The daily limit has a separate transaction. A password change locks the flows of the account before this limit,
/// and a send of a code locks the shared limits before its flow, so that one transaction for all could deadlock.
pub(super) async fn count_message_if_limits_allow(
    app: &AppState,
    entry: &ClaimedNotification,
    notification: &Notification,
    number: Option<&PhoneNumber>,
    now: Timestamp,
) -> Result<Result<CountedMessage, Timestamp>, StoreError> {
    let mut shared = list_shared_limits_of_message(app, entry.channel, notification, number);
    let mut daily =
        number.and_then(|number| daily_text_message_limit(app, number.as_e164(), notification));
    if entry.tries > 1 {
        let counts_messages =
            |limit: &&MessageLimit| !matches!(limit.kind, MessageLimitKind::Attempts);
        let windows = shared.iter().filter(counts_messages);
        let windows = windows.map(|limit| limit.rate_limit.rule.window);
        let windows = windows.chain(daily.iter().map(|limit| limit.rule.window));
        let counting =
            find_windows_that_count_notification(app, entry, windows.collect(), now).await?;
        daily = daily.filter(|limit| !counting.contains(&limit.rule.window));
        shared.retain(|limit| {
            matches!(limit.kind, MessageLimitKind::Attempts)
                || !counting.contains(&limit.rate_limit.rule.window)
        });
    }
    if let Some(limit) = &daily
        && let Err(until) = count_in_daily_limit(app, limit, now).await?
    {
        tracing::info!("notification delayed: the daily limit of its phone number is reached");
        return Ok(Err(until));
    }
    // After an error, the message stays counted in the daily limit.
    if let Err(until) = count_in_shared_limits(app, &shared, now).await? {
        remove_message_from_limits(app, daily.as_slice(), now).await?;
        tracing::warn!("notification delayed: the message limit shared by all accounts is reached");
        return Ok(Err(until));
    }
    let shared = shared
        .into_iter()
        .filter(|limit| !matches!(limit.kind, MessageLimitKind::Attempts));
    Ok(Ok(CountedMessage {
        daily,
        shared: shared.map(|limit| limit.rate_limit).collect(),
        at: now,
    }))
}

/// Counts one message in the daily limit of its phone number. Returns the time of the next message if it is reached.
async fn count_in_daily_limit(
    app: &AppState,
    limit: &RateLimit,
    now: Timestamp,
) -> Result<Result<(), Timestamp>, StoreError> {
    let mut tx = app.store.begin().await?;
    let counted = limits::count_event_within_limit(&mut tx, limit, now).await?;
    tx.commit().await?;
    Ok(counted)
}

/// Counts one message in the limits that all accounts share. Returns the time at which all permit it if one is reached.
async fn count_in_shared_limits(
    app: &AppState,
    shared: &[MessageLimit],
    now: Timestamp,
) -> Result<Result<(), Timestamp>, StoreError> {
    let mut tx = app.store.begin().await?;
    let mut until = None;
    let mut alarms = Vec::new();
    for MessageLimit { rate_limit, kind } in shared {
        let events =
            limits::lock_bucket_and_move_future_events_to_now(&mut tx, &rate_limit.key, now)
                .await?;
        let rule = &rate_limit.rule;
        if let Err(reached) = rule.check_event_allowed(&events, now) {
            until = until.max(Some(reached));
            continue;
        }
        let sent = events.count_events_after(now - rule.window) + 1;
        limits::count_event_in_bucket(&mut tx, rate_limit, events, now).await?;
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
    Ok(Ok(()))
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
        remove_message(app, counted).await
    } else {
        record_unconfirmed_message(app, notification, counted).await
    };
    if let Err(error) = updated {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            notification = notification.as_str(),
            "updating the message limits for an unsent notification failed; check the database"
        );
    }
}

/// Removes a message from all limits that have counted it, in the same transactions as it was counted.
async fn remove_message(app: &AppState, counted: &CountedMessage) -> Result<(), StoreError> {
    remove_message_from_limits(app, &counted.shared, counted.at).await?;
    remove_message_from_limits(app, counted.daily.as_slice(), counted.at).await
}

/// Removes a message that was counted at `at` from limits in one transaction. They are in the order of locking.
async fn remove_message_from_limits(
    app: &AppState,
    counted_in: &[RateLimit],
    at: Timestamp,
) -> Result<(), StoreError> {
    if counted_in.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    for limit in counted_in {
        limits::remove_event_from_bucket(&mut tx, limit, at).await?;
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
    let all = counted.shared.iter().chain(&counted.daily);
    let windows: BTreeSet<Duration> = all.map(|limit| limit.rule.window).collect();
    let mut tx = app.store.begin().await?;
    for window in windows {
        let limit = app.unconfirmed_text_notification_limit(notification, window);
        let events = limits::lock_rate_limit_bucket(&mut tx, &limit.key).await?;
        limits::count_event_in_bucket(&mut tx, &limit, events, counted.at).await?;
    }
    tx.commit().await?;
    Ok(())
}
