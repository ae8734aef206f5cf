//! Sends the notifications of the outbox, and retries after failures.
//!
//! Every node runs one dispatcher. A conditional update claims a row, and another one closes it; the message is sent
//! between them, outside any transaction. At-least-once delivery: if a node crashes after sending, its claim expires
//! and another node sends again.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::budget;
use super::reset_link;
use super::stored::StoredNotification;
use super::transport::{Mail, Transports, Undelivered};
use crate::context::SharedAppState;
use crate::security::rate_limit::Rule;
use crate::security::token::BucketKey;
use crate::store::outbox::{self, Channel, DeliveryOutcome, OutboxEntry};
use crate::store::{Store, StoreError};
use domain::{Notification, NotificationPage, PhoneNumber, Timestamp, routes};

/// How often the outbox is read without a wake-up: for retries, and for notifications of other nodes and commands.
const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// How many notifications are sent at the same time.
const BATCH: i64 = 16;
/// How long a claim lasts: longer than any transport takes.
const CLAIM_TIME: Duration = Duration::from_mins(1);
/// The wait after the first failure. Each further failure doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// How long delivery is attempted.
const GIVE_UP_AFTER: Duration = Duration::from_hours(72);
/// How often a busy database is asked to store a result. A lost result would send the notification again.
const CLOSING_TRIES: u32 = 5;

/// Sends notifications until `stop` is cancelled, then finishes the messages on their way.
pub async fn dispatch(app: SharedAppState, transports: Transports, stop: CancellationToken) {
    loop {
        let sent = send_due_notifications(&app, &transports).await;
        if stop.is_cancelled() {
            return;
        }
        match sent {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the outbox cannot be read"
            ),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = app.outbox_wake.notified() => {}
            () = tokio::time::sleep(POLL_INTERVAL) => {}
        }
    }
}

/// Sends due notifications. Returns how many this node has claimed.
async fn send_due_notifications(
    app: &SharedAppState,
    transports: &Transports,
) -> Result<usize, StoreError> {
    let now = app.now();
    let mut sending = JoinSet::new();
    for due in outbox::due(&app.store, now, BATCH).await? {
        match outbox::claim(&app.store, &due, now + CLAIM_TIME).await {
            Ok(Some(entry)) => {
                sending.spawn(process_entry(
                    SharedAppState::clone(app),
                    transports.clone(),
                    entry,
                ));
            }
            Ok(None) => {}
            // It stays due. Claimed notifications are sent first.
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "notification could not be claimed; check the database"
                );
                break;
            }
        }
    }
    let claimed = sending.len();
    sending.join_all().await;
    Ok(claimed)
}

async fn process_entry(app: SharedAppState, transports: Transports, entry: OutboxEntry) {
    let result = send(&app, &transports, &entry).await;
    let next = next_step(result, entry.tries, entry.created_at, app.now());
    let (notification, channel) = (entry.id.as_str(), entry.channel.as_str());
    if let Err(error) = close(&app.store, &entry, next, app.now()).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            notification,
            "delivery result could not be stored; the notification may be sent again"
        );
        return;
    }
    match next {
        Next::Done(DeliveryOutcome::GivenUp) => {
            tracing::error!(
                notification,
                channel,
                "notification not delivered within three days; no further attempts"
            );
        }
        Next::Done(outcome) => {
            tracing::info!(
                notification,
                channel,
                outcome = outcome.as_str(),
                "notification finished"
            );
        }
        Next::Retry { due_at } => {
            let retry_in_secs = due_at.secs_after(app.now());
            tracing::info!(
                notification,
                channel,
                tries = entry.tries,
                retry_in_secs,
                "notification delivery failed; retry scheduled"
            );
        }
    }
}

/// Sends a notification once. `None` if its channel is not configured.
async fn send(
    app: &SharedAppState,
    transports: &Transports,
    entry: &OutboxEntry,
) -> Result<Option<()>, Undelivered> {
    let Ok(stored) = StoredNotification::from_json(&entry.notification) else {
        tracing::error!(
            notification = entry.id.as_str(),
            "the outbox holds an unknown notification"
        );
        return Err(Undelivered::Never);
    };
    let text = stored
        .language
        .repeated_notification_text(&stored.notification, entry.repeats);
    match entry.channel {
        Channel::Sms => {
            let Some(transport) = &transports.sms else {
                return Ok(None);
            };
            let number = PhoneNumber::from_e164(&entry.recipient).ok_or(Undelivered::Never)?;
            reserve_message(app, &budget::sms_limits(app, &number)).await?;
            transport.send(&number, &text.sms()).await?;
        }
        Channel::Mail => {
            let Some(transport) = &transports.mail else {
                return Ok(None);
            };
            reserve_message(app, &[app.notification_global_limit(entry.channel)]).await?;
            let url = named_page(app, transports, entry, &stored.notification).await?;
            let mail = Mail {
                id: &entry.id,
                to: &entry.recipient,
                subject: text.subject,
                body: &text.body(&url),
                language: stored.language,
                at: app.now(),
            };
            transport.send(&mail).await?;
        }
    }
    Ok(Some(()))
}

/// The address of the page that the mail names; empty if it names none.
async fn named_page(
    app: &SharedAppState,
    transports: &Transports,
    entry: &OutboxEntry,
    notification: &Notification,
) -> Result<String, Undelivered> {
    let path = match notification.page() {
        None => return Ok(String::new()),
        Some(NotificationPage::SignIn) => routes::LOGIN.to_owned(),
        Some(NotificationPage::ForgotPassword) => routes::FORGOT_PASSWORD.to_owned(),
        Some(NotificationPage::ResetLink) => match reset_link::make(app, entry).await {
            Ok(path) => path.ok_or(Undelivered::Never)?,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the link of a password reset could not be stored; its mail waits"
                );
                return Err(Undelivered::Later { after: None });
            }
        },
    };
    Ok(format!("{}{path}", transports.origin))
}

/// Counts one message in limits over all accounts and nodes.
async fn reserve_message(
    app: &SharedAppState,
    limits: &[(BucketKey, Rule)],
) -> Result<(), Undelivered> {
    let now = app.now();
    match budget::reserve_message(app, limits, now).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(until)) => {
            tracing::warn!("a limit on messages of all accounts is reached; a notification waits");
            let wait = Duration::from_secs(until.secs_after(now));
            Err(Undelivered::Later { after: Some(wait) })
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "message limit could not be checked; the notification is retried"
            );
            Err(Undelivered::Later { after: None })
        }
    }
}

/// What happens to a notification after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Done(DeliveryOutcome),
    Retry { due_at: Timestamp },
}

fn next_step(
    result: Result<Option<()>, Undelivered>,
    tries: i64,
    created_at: Timestamp,
    now: Timestamp,
) -> Next {
    match result {
        Ok(Some(())) => Next::Done(DeliveryOutcome::Sent),
        Ok(None) => Next::Done(DeliveryOutcome::NoChannel),
        Err(Undelivered::Never) => Next::Done(DeliveryOutcome::Refused),
        Err(Undelivered::Later { .. }) if now >= created_at + GIVE_UP_AFTER => {
            Next::Done(DeliveryOutcome::GivenUp)
        }
        Err(Undelivered::Later { after }) => Next::Retry {
            due_at: now + wait_after(tries).max(after.unwrap_or_default()),
        },
    }
}

/// The wait after this many failures.
fn wait_after(tries: i64) -> Duration {
    let doublings = u32::try_from(tries.saturating_sub(1))
        .unwrap_or(u32::MAX)
        .min(16);
    (FIRST_WAIT * 2_u32.pow(doublings)).min(LONGEST_WAIT)
}

/// Stores the result of an attempt. A busy database is asked again, because the claim lasts longer.
async fn close(
    store: &Store,
    entry: &OutboxEntry,
    next: Next,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut tries_left = CLOSING_TRIES;
    loop {
        tries_left -= 1;
        let closed = match next {
            Next::Done(outcome) => outbox::finish(store, entry, outcome, now).await,
            Next::Retry { due_at } => outbox::postpone(store, entry, due_at).await,
        };
        match closed {
            Err(error) if error.is_busy() && tries_left > 0 => {}
            closed => return closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Timestamp = Timestamp::from_millis(1_767_225_600_000);
    const LATER: Result<Option<()>, Undelivered> = Err(Undelivered::Later { after: None });

    #[test]
    fn wait_doubles_from_5_seconds_to_15_minutes() {
        let waits: Vec<u64> = (1..=10).map(|tries| wait_after(tries).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
        assert_eq!(wait_after(i64::MAX), LONGEST_WAIT);
    }

    #[test]
    fn failed_notification_is_retried_for_three_days() {
        let again = |due_at| Next::Retry { due_at };
        assert_eq!(next_step(LATER, 1, T0, T0), again(T0 + FIRST_WAIT));
        let last = T0 + GIVE_UP_AFTER - Duration::from_millis(1);
        assert_eq!(next_step(LATER, 200, T0, last), again(last + LONGEST_WAIT));
        let end = T0 + GIVE_UP_AFTER;
        assert_eq!(
            next_step(LATER, 200, T0, end),
            Next::Done(DeliveryOutcome::GivenUp)
        );
    }

    #[test]
    fn requested_pause_lengthens_the_wait_and_never_shortens_it() {
        for (asked, waited) in [(60, 60), (1, 5)] {
            let after = Some(Duration::from_secs(asked));
            let due_at = T0 + Duration::from_secs(waited);
            assert_eq!(
                next_step(Err(Undelivered::Later { after }), 1, T0, T0),
                Next::Retry { due_at }
            );
        }
    }

    #[test]
    fn sent_and_undeliverable_notifications_are_done() {
        let done = |sent| next_step(sent, 1, T0, T0);
        assert_eq!(done(Ok(Some(()))), Next::Done(DeliveryOutcome::Sent));
        assert_eq!(done(Ok(None)), Next::Done(DeliveryOutcome::NoChannel));
        assert_eq!(
            done(Err(Undelivered::Never)),
            Next::Done(DeliveryOutcome::Refused)
        );
    }
}
