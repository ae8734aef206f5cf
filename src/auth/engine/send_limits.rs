//! Counts a message in every send limit, and removes it again if the provider certainly sent nothing.

use crate::auth::engine::rate_limit::{self, LimitReached};
use crate::context::{AppState, RequestContext};
use crate::security::send_limits::{
    ALARM_TARGET, SendLimit, SendLimitKind, Sender, SharedLimit, alarm_thresholds,
};
use crate::store::accounts;
use crate::store::flows::Flow;
use crate::store::limits::sort_for_locking;
use crate::store::{ReadFrom, StoreError, Tx};
use domain::{PhoneNumber, Timestamp};
use verify::SendFailure;

/// The reason why a message was not reserved. It decides whether the sender may learn the waiting time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendRefused {
    /// A limit that depends only on the sender, or on a number that the sender has proven, is reached until this time.
    WithVisibleWait(Timestamp),
    /// A limit that other flows share is reached. Its waiting time would reveal when they sent a message.
    WithHiddenWait,
}

/// A message with a code that a flow sends to a phone number.
#[derive(Clone, Copy, Debug)]
pub struct CodeMessage<'a> {
    pub to: &'a PhoneNumber,
    pub flow: &'a Flow,
    pub sender: Sender,
    pub context: &'a RequestContext,
}

/// An alarm about a shared limit whose usage has reached a percentage for the first time in its window. Log it after the
/// commit.
#[derive(Debug)]
#[must_use = "an alarm is counted once in its window, so it must be logged"]
pub struct SendAlarm {
    limit: SharedLimit,
    percent: u8,
    sent: usize,
    max: usize,
    window_secs: u64,
}

/// Determines the relation of a flow to the recipient's number: owner, another account, or no account (stranger).
pub async fn determine_sender(
    tx: &mut Tx,
    flow: &Flow,
    to: &PhoneNumber,
) -> Result<Sender, StoreError> {
    let Some(account) = &flow.account else {
        return Ok(Sender::Stranger);
    };
    let stored_number = accounts::find_account(ReadFrom::Transaction(tx), account)
        .await?
        .and_then(|account| account.phone);
    Ok(if stored_number.as_ref() == Some(to) {
        Sender::Owner
    } else {
        Sender::Member
    })
}

/// Counts a message in all its limits, and returns the alarms to log after the commit. After a refusal, the caller must
/// roll back the transaction.
///
/// Evaluates every limit even after a refusal. If the sender may learn the waiting time of one of them, the response
/// does not show that a shared limit is reached too.
pub async fn reserve_message(
    app: &AppState,
    tx: &mut Tx,
    message: &CodeMessage<'_>,
    now: Timestamp,
) -> Result<Result<Vec<SendAlarm>, SendRefused>, StoreError> {
    let mut until = None;
    let mut has_hidden_wait = false;
    let mut alarms = Vec::new();
    for limit in limits_of_message(app, message) {
        match reserve_in_limit(tx, &limit, now).await? {
            Ok(sent) => alarms.extend(reserve_send_alarms(app, tx, &limit, sent, now).await?),
            Err(LimitReached { until: reached }) if message.sender_may_learn_wait(&limit.kind) => {
                until = until.max(Some(reached));
            }
            Err(_) => has_hidden_wait = true,
        }
    }
    Ok(match until {
        Some(until) => Err(SendRefused::WithVisibleWait(until)),
        None if has_hidden_wait => Err(SendRefused::WithHiddenWait),
        None => Ok(alarms),
    })
}

/// Removes a reserved message from its limits after a failed send, as far as [`is_refunded`] permits.
pub async fn refund_message(
    app: &AppState,
    tx: &mut Tx,
    message: &CodeMessage<'_>,
    failure: &SendFailure,
    reserved_at: Timestamp,
) -> Result<(), StoreError> {
    let limits = limits_of_message(app, message);
    let by_source = has_source_limit(message);
    for limit in limits
        .iter()
        .filter(|limit| is_refunded(limit, failure, by_source))
    {
        rate_limit::refund_event(tx, &limit.bucket, reserved_at).await?;
    }
    Ok(())
}

/// Ends the resend gap of a number after a message whose code was entered, because that message has arrived. The message
/// still counts in every limit.
pub async fn end_resend_gap(
    app: &AppState,
    tx: &mut Tx,
    phone: &PhoneNumber,
    sent_at: Timestamp,
) -> Result<(), StoreError> {
    // The gap of a limit is the same for every sender.
    let limits = app.phone_number_limits(phone, Sender::Owner);
    for limit in limits.iter().filter(|limit| !limit.bucket.1.gap.is_zero()) {
        rate_limit::end_gap_after_event(tx, &limit.bucket, sent_at).await?;
    }
    Ok(())
}

impl CodeMessage<'_> {
    /// Whether the sender may learn the waiting time of a limit. The owner of the number may learn all of them. Other
    /// senders may learn only those of their source and their account.
    const fn sender_may_learn_wait(&self, limit: &SendLimitKind) -> bool {
        self.sender.is_owner() || matches!(limit, SendLimitKind::Source | SendLimitKind::Account)
    }
}

/// Returns all limits that count a message, sorted by bucket, so that parallel transactions lock them in the same order.
fn limits_of_message(app: &AppState, message: &CodeMessage<'_>) -> Vec<SendLimit> {
    let CodeMessage {
        to,
        flow,
        sender,
        context,
    } = *message;
    let mut limits = app.phone_number_limits(to, sender);
    limits.extend(app.shared_send_limits(to, sender));
    limits.extend(app.network_send_limit(context, sender));
    if has_source_limit(message) {
        limits.push(app.send_source_limit(context));
    }
    if let Some(account) = &flow.account {
        limits.push(app.send_account_limit(account));
    }
    sort_for_locking(&mut limits, |limit| &limit.bucket.0);
    limits
}

/// Whether a message is counted for its source address. Messages of signed-in users are counted by account only, because
/// many users may share one address.
const fn has_source_limit(message: &CodeMessage<'_>) -> bool {
    !message.flow.purpose.needs_session()
}

/// Counts one message in one limit, if the sender's part of it is not used up. Returns the number of messages in the
/// window, including this one.
async fn reserve_in_limit(
    tx: &mut Tx,
    limit: &SendLimit,
    now: Timestamp,
) -> Result<Result<usize, LimitReached>, StoreError> {
    let (_, rule) = &limit.bucket;
    let sent = rate_limit::count_events(tx, &limit.bucket, now).await?;
    if sent >= limit.allowance && sent < rule.max {
        // The longest possible waiting time. The exact time would reveal the messages of other senders.
        let until = now + rule.window;
        return Ok(Err(LimitReached { until }));
    }
    let reserved = rate_limit::reserve_event(tx, &limit.bucket, now).await?;
    Ok(reserved.map(|()| sent + 1))
}

/// Returns an alarm for each percentage that a shared limit has reached for the first time in its window, and records
/// them.
async fn reserve_send_alarms(
    app: &AppState,
    tx: &mut Tx,
    limit: &SendLimit,
    sent: usize,
    now: Timestamp,
) -> Result<Vec<SendAlarm>, StoreError> {
    let SendLimitKind::Shared(shared) = &limit.kind else {
        return Ok(Vec::new());
    };
    let (_, rule) = &limit.bucket;
    let mut alarms = Vec::new();
    for (percent, threshold) in alarm_thresholds(rule.max) {
        let once = app.send_alarm_limit(shared, percent, rule.window);
        if sent >= threshold && rate_limit::reserve_event(tx, &once, now).await?.is_ok() {
            alarms.push(SendAlarm {
                limit: shared.clone(),
                percent,
                sent,
                max: rule.max,
                window_secs: rule.window.as_secs(),
            });
        }
    }
    Ok(alarms)
}

impl SendAlarm {
    /// Logs the alarm: as an error at 100 %, as a warning below.
    pub fn log(&self) {
        let Self {
            limit,
            percent,
            sent,
            max,
            window_secs,
        } = self;
        let (setting, scope) = (limit.setting_name(), limit.scope_name());
        if *percent >= 100 {
            tracing::error!(
                target: ALARM_TARGET,
                setting, scope, percent, sent, max, window_secs,
                "a limit on messages is reached: further messages are refused"
            );
        } else {
            tracing::warn!(
                target: ALARM_TARGET,
                setting, scope, percent, sent, max, window_secs,
                "messages have reached {percent} % of a limit; registrations are refused from 80 % on"
            );
        }
    }
}

/// Whether a failed send is removed from a limit. The provider must certainly have sent no message.
///
/// If the provider responded, the send still counts for the source address and its network, or for the account of a flow
/// that has no source limit. Otherwise a client could call the provider without limit by using a number that it refuses.
/// If the provider has exhausted the messages to a number, the send still counts for that number.
fn is_refunded(limit: &SendLimit, failure: &SendFailure, by_source: bool) -> bool {
    let answered = *failure != SendFailure::NotSent;
    failure.is_certainly_not_sent()
        && match &limit.kind {
            SendLimitKind::Number => *failure != SendFailure::SendsExhausted,
            SendLimitKind::Source | SendLimitKind::Shared(SharedLimit::Network(_)) => !answered,
            SendLimitKind::Account => !answered || by_source,
            SendLimitKind::Shared(_) => true,
        }
}
