//! The dispatcher: sends the notifications of the outbox, and retries after failures.
//!
//! Every node runs one dispatcher. A conditional update claims a row, and another one closes it; the message is sent
//! between them, outside any transaction. At-least-once delivery: if a node crashes after sending, its claim expires
//! and another node sends again.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::mail_look::MailLook;
use super::message_content::{MessageContent, render_notification_with_link_or_code};
use super::message_limits::{self, CountedMessage};
use super::stored::StoredNotification;
use super::transport::{Mail, SmsTransport, Transports, Undelivered};
use crate::context::{AppState, ChannelHealthChange, DeliveryHealth, SharedAppState};
use crate::store::outbox::{self, Channel, ClaimedNotification, DeliveryOutcome};
use crate::store::{Store, StoreError};
use domain::i18n::LinkOrCode;
use domain::{Notification, PhoneNumber, Timestamp};

/// How often the outbox is read without a wake-up.
///
/// So this node also sends retries, and notifications of other nodes and commands.
const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// Maximum number of notifications that are sent at the same time.
const MAX_CONCURRENT_SENDS: i64 = 16;
/// How long a claim lasts. It exceeds the time limit of every transport.
const CLAIM_TIME: Duration = Duration::from_mins(1);
/// The wait after the first failure. Each further failure doubles it.
const WAIT_AFTER_FIRST_FAILURE: Duration = Duration::from_secs(5);
const LONGEST_WAIT_BEFORE_RETRY: Duration = Duration::from_mins(15);
/// How often a message is sent again soon after the provider has refused it because of the configuration.
///
/// Together with the first attempt, this is the number of failures after which `/readyz` reports `degraded`.
const QUICK_RETRIES_AFTER_REFUSAL: i64 = 4;
/// The wait between further attempts after such refusals.
const WAIT_AFTER_REFUSALS: Duration = Duration::from_hours(1);
/// How long delivery of one notification is attempted.
const MAX_AGE_OF_UNSENT: Duration = Duration::from_hours(72);
/// The attempts that every notification gets, because a daily limit can delay the first one for more than 72 hours.
const MIN_ATTEMPTS: i64 = 5;
/// How often the result is offered to a busy database. A lost result would send the notification again.
const MAX_ATTEMPTS_TO_STORE_RESULT: u32 = 5;

/// Sends notifications from the outbox until `stop` is cancelled, then waits for running sends to finish.
pub async fn run_dispatcher(app: SharedAppState, transports: Transports, stop: CancellationToken) {
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
                "reading due notifications from the outbox failed; retrying"
            ),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = app.outbox_wake.notified() => {}
            () = tokio::time::sleep(POLL_INTERVAL) => {}
        }
    }
}

/// Claims due notifications and sends them. Returns how many notifications this node has claimed.
async fn send_due_notifications(
    app: &SharedAppState,
    transports: &Transports,
) -> Result<usize, StoreError> {
    let now = app.now();
    let mut sending = JoinSet::new();
    for due in outbox::list_due_notifications(&app.store, now, MAX_CONCURRENT_SENDS).await? {
        match outbox::claim_notification(&app.store, &due, now + CLAIM_TIME).await {
            Ok(Some(entry)) => {
                sending.spawn(send_notification_and_store_result(
                    SharedAppState::clone(app),
                    transports.clone(),
                    entry,
                ));
            }
            Ok(None) => {}
            // The notification stays due and is sent after those already claimed.
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "claiming a due notification failed; check the database"
                );
                break;
            }
        }
    }
    let claimed = sending.len();
    sending.join_all().await;
    Ok(claimed)
}

/// Sends a claimed notification, then stores and logs the result.
async fn send_notification_and_store_result(
    app: SharedAppState,
    transports: Transports,
    entry: ClaimedNotification,
) {
    let result = send_notification(&app, &transports, &entry).await;
    let next = decide_retry_of_notification(result, entry.tries, entry.created_at, app.now());
    let (notification, channel) = (entry.id.as_str(), entry.channel.as_str());
    app.metrics
        .messages
        .count_notification(channel, notification_outcome(next));
    if let Err(error) = store_notification_send_result(&app.store, &entry, next, app.now()).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            notification,
            "storing the delivery result of a notification failed; the notification may be sent again"
        );
        return;
    }
    match next {
        NextStep::Done(DeliveryOutcome::GivenUp) => {
            tracing::error!(
                notification,
                channel,
                "notification not delivered within three days; no further attempts"
            );
        }
        NextStep::Done(DeliveryOutcome::Refused) => {
            tracing::warn!(
                notification,
                channel,
                "notification refused: the recipient cannot be reached on this channel; no further attempts"
            );
        }
        NextStep::Done(outcome) => {
            tracing::info!(
                notification,
                channel,
                outcome = outcome.as_str(),
                "notification finished"
            );
        }
        NextStep::Retry { due_at } => {
            let retry_in_secs = due_at.secs_since(app.now());
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

/// Returns the result of an attempt to send a notification, as a label value of the metrics.
const fn notification_outcome(next: NextStep) -> &'static str {
    match next {
        NextStep::Done(DeliveryOutcome::Sent) => "sent",
        NextStep::Done(DeliveryOutcome::Refused) => "refused",
        NextStep::Done(DeliveryOutcome::NoChannel) => "no_channel",
        NextStep::Done(DeliveryOutcome::GivenUp) => "given_up",
        NextStep::Retry { .. } => "retry",
    }
}

/// Makes one attempt to send a notification. Returns `None` if its channel is not configured.
async fn send_notification(
    app: &SharedAppState,
    transports: &Transports,
    entry: &ClaimedNotification,
) -> Result<Option<()>, Undelivered> {
    let Ok(stored) = StoredNotification::from_json(&entry.notification) else {
        tracing::error!(
            notification = entry.id.as_str(),
            "a notification in the outbox cannot be parsed, so it is not sent; a newer release may have written it"
        );
        return Err(Undelivered::Never);
    };
    match entry.channel {
        Channel::Sms => {
            let Some(transport) = &transports.sms else {
                return Ok(None);
            };
            let number = PhoneNumber::from_e164(&entry.recipient).ok_or(Undelivered::Never)?;
            let counted =
                count_message_in_limits(app, entry, &stored.notification, Some(&number)).await?;
            let transport = transport.as_ref();
            let sent = send_text_message(app, transports, transport, entry, stored, &number).await;
            if let Err(failure) = sent {
                let id = &entry.id;
                message_limits::update_limits_after_failed_attempt(app, id, &counted, failure)
                    .await;
            }
            sent?;
        }
        Channel::Mail => {
            let Some(transport) = &transports.mail else {
                return Ok(None);
            };
            count_message_in_limits(app, entry, &stored.notification, None).await?;
            let language = stored.language;
            let MessageContent { text, links } =
                render_notification_with_link_or_code(app, transports, entry, stored).await?;
            let mail = Mail {
                id: &entry.id,
                to: &entry.recipient,
                text: &text,
                links: &links,
                look: &MailLook::from_brand_config(&app.brand),
                language,
                at: app.now(),
            };
            let sent = transport.send_mail(&mail).await;
            record_send_attempt_over_channel(app, entry.channel, sent.is_ok());
            sent?;
        }
    }
    Ok(Some(()))
}

/// Renders a notification and makes one attempt to send it as a text message.
async fn send_text_message(
    app: &SharedAppState,
    transports: &Transports,
    transport: &dyn SmsTransport,
    entry: &ClaimedNotification,
    stored: StoredNotification,
    number: &PhoneNumber,
) -> Result<(), Undelivered> {
    let MessageContent { text, links } =
        render_notification_with_link_or_code(app, transports, entry, stored).await?;
    let sender = &app.brand.sms_name;
    let text = match &links.link_or_code {
        Some(LinkOrCode::Link { url }) => text.sms_text_with_link(sender, url),
        Some(LinkOrCode::Code { .. }) | None => text.sms_text(sender),
    };
    let sent = transport.send_sms(number, &text).await;
    record_send_attempt_over_channel(app, entry.channel, sent.is_ok());
    sent
}

/// Records whether an attempt to send over a channel succeeded. Logs an error when the channel starts to fail.
fn record_send_attempt_over_channel(app: &AppState, channel: Channel, delivered: bool) {
    let channel_name = channel.as_str();
    match app.delivery_health.record_send_attempt(channel, delivered) {
        Some(ChannelHealthChange::Failing) => tracing::error!(
            channel = channel_name,
            attempts = DeliveryHealth::FAILING_THRESHOLD,
            "notifications are not delivered: all of the last attempts were refused or failed; the warnings before \
             this line name the cause"
        ),
        Some(ChannelHealthChange::Recovered) => {
            tracing::info!(
                channel = channel_name,
                "notifications are delivered again on this channel"
            );
        }
        None => {}
    }
}

/// Counts one message in the limits on messages. Fails if a limit that all accounts and nodes share is reached.
///
/// `number` is the recipient of a text message.
async fn count_message_in_limits(
    app: &SharedAppState,
    entry: &ClaimedNotification,
    notification: &Notification,
    number: Option<&PhoneNumber>,
) -> Result<CountedMessage, Undelivered> {
    let now = app.now();
    let counted =
        message_limits::count_message_if_limits_allow(app, entry, notification, number, now).await;
    match counted {
        Ok(Ok(counted)) => Ok(counted),
        Ok(Err(until)) => {
            let wait = Duration::from_secs(until.secs_since(now));
            Err(Undelivered::NotSent { after: Some(wait) })
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "checking the message limits of a notification failed; the notification is retried later"
            );
            Err(Undelivered::NotSent { after: None })
        }
    }
}

/// The next step for a notification after an attempt to send it: finish or retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextStep {
    Done(DeliveryOutcome),
    Retry { due_at: Timestamp },
}

/// Decides from the result of a send attempt whether the notification is sent again, and when.
fn decide_retry_of_notification(
    result: Result<Option<()>, Undelivered>,
    tries: i64,
    created_at: Timestamp,
    now: Timestamp,
) -> NextStep {
    match result {
        Ok(Some(())) => NextStep::Done(DeliveryOutcome::Sent),
        Ok(None) => NextStep::Done(DeliveryOutcome::NoChannel),
        Err(Undelivered::Never) => NextStep::Done(DeliveryOutcome::Refused),
        Err(_) if tries >= MIN_ATTEMPTS && now >= created_at + MAX_AGE_OF_UNSENT => {
            NextStep::Done(DeliveryOutcome::GivenUp)
        }
        Err(Undelivered::Later { after } | Undelivered::NotSent { after }) => NextStep::Retry {
            due_at: now + delay_after_failed_attempts(tries).max(after.unwrap_or_default()),
        },
        Err(Undelivered::Misconfigured) => NextStep::Retry {
            due_at: now + delay_after_refused_attempts(tries),
        },
    }
}

/// Returns the delay before a notification is sent again that the provider has refused because of the configuration.
fn delay_after_refused_attempts(failed_attempts: i64) -> Duration {
    if failed_attempts <= QUICK_RETRIES_AFTER_REFUSAL {
        delay_after_failed_attempts(failed_attempts)
    } else {
        WAIT_AFTER_REFUSALS
    }
}

/// Returns the delay before a notification is sent again after this number of failed attempts.
fn delay_after_failed_attempts(failed_attempts: i64) -> Duration {
    let doublings = u32::try_from(failed_attempts.saturating_sub(1))
        .unwrap_or(u32::MAX)
        .min(16);
    (WAIT_AFTER_FIRST_FAILURE * 2_u32.pow(doublings)).min(LONGEST_WAIT_BEFORE_RETRY)
}

/// Stores the result of an attempt to send a notification. Retries while the database is busy.
async fn store_notification_send_result(
    store: &Store,
    entry: &ClaimedNotification,
    next: NextStep,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut tries_left = MAX_ATTEMPTS_TO_STORE_RESULT;
    loop {
        tries_left -= 1;
        let closed = match next {
            NextStep::Done(outcome) => {
                outbox::mark_notification_finished(store, entry, outcome, now).await
            }
            NextStep::Retry { due_at } => outbox::postpone_notification(store, entry, due_at).await,
        };
        match closed {
            Err(error) if error.is_busy() && tries_left > 0 => {}
            closed => return closed,
        }
    }
}

#[cfg(test)]
mod tests;
