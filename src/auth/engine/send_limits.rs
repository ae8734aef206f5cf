//! Reserving a message in every limit that counts it, and returning it if certainly no message was sent.

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

/// Why a message was not reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendRefused {
    /// A limit of the sender itself is reached until this time, or of a number that the sender has proven.
    Until(Timestamp),
    /// A limit is reached that other flows use too. Its time would reveal when they sent a message.
    ByOtherFlows,
}

/// One message: to which number, by which flow, and who asked for it.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    pub to: &'a PhoneNumber,
    pub flow: &'a Flow,
    pub sender: Sender,
    pub context: &'a RequestContext,
}

/// A shared limit that has reached a percentage for the first time in its window. Log it after the commit.
#[derive(Debug)]
#[must_use = "an alarm is reserved once in its window"]
pub struct SendAlarm {
    limit: SharedLimit,
    percent: u8,
    sent: usize,
    max: usize,
    window_secs: u64,
}

/// The relation of a flow to the number that its message goes to.
pub async fn sender(tx: &mut Tx, flow: &Flow, to: &PhoneNumber) -> Result<Sender, StoreError> {
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

/// Reserves a message in all its limits, or in none: drop the transaction after a refusal.
///
/// Every limit is evaluated, so that the wait of a limit that the sender may know hides all others.
pub async fn reserve(
    app: &AppState,
    tx: &mut Tx,
    message: &Message<'_>,
    now: Timestamp,
) -> Result<Result<Vec<SendAlarm>, SendRefused>, StoreError> {
    let mut until = None;
    let mut by_other_flows = false;
    let mut alarms = Vec::new();
    for limit in limits(app, message) {
        match reserve_one(tx, &limit, now).await? {
            Ok(sent) => alarms.extend(reserve_alarms(app, tx, &limit, sent, now).await?),
            Err(LimitReached { until: reached }) if message.may_know(&limit.kind) => {
                until = until.max(Some(reached));
            }
            Err(_) => by_other_flows = true,
        }
    }
    Ok(match until {
        Some(until) => Err(SendRefused::Until(until)),
        None if by_other_flows => Err(SendRefused::ByOtherFlows),
        None => Ok(alarms),
    })
}

/// Returns a reserved message to its limits after a failed send.
pub async fn refund(
    app: &AppState,
    tx: &mut Tx,
    message: &Message<'_>,
    failure: &SendFailure,
    reserved_at: Timestamp,
) -> Result<(), StoreError> {
    let limits = limits(app, message);
    let by_source = has_source_limit(message);
    for limit in limits
        .iter()
        .filter(|limit| is_refunded(limit, failure, by_source))
    {
        rate_limit::refund(tx, &limit.bucket, reserved_at).await?;
    }
    Ok(())
}

/// Ends the gap after a message whose code was entered: the message has arrived, so the next one need not wait for it.
/// The message still counts in every limit.
pub async fn release_gap(
    app: &AppState,
    tx: &mut Tx,
    phone: &PhoneNumber,
    sent_at: Timestamp,
) -> Result<(), StoreError> {
    // The gap of a limit does not depend on the sender, so the owner stands for every sender.
    let limits = app.number_limits(phone, Sender::Owner);
    for limit in limits.iter().filter(|limit| !limit.bucket.1.gap.is_zero()) {
        rate_limit::release_gap(tx, &limit.bucket, sent_at).await?;
    }
    Ok(())
}

impl Message<'_> {
    /// Whether the sender may learn until when a limit is reached. An owner sees every wait; others see only waits
    /// that depend on their own source and account.
    const fn may_know(&self, limit: &SendLimitKind) -> bool {
        self.sender.is_owner() || matches!(limit, SendLimitKind::Source | SendLimitKind::Account)
    }
}

/// Every limit that a message is counted in, in the order of their locks.
fn limits(app: &AppState, message: &Message<'_>) -> Vec<SendLimit> {
    let Message {
        to,
        flow,
        sender,
        context,
    } = *message;
    let mut limits = app.number_limits(to, sender);
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

/// Flows of signed-in users count by account only, because many users may share one address.
const fn has_source_limit(message: &Message<'_>) -> bool {
    !message.flow.purpose.needs_session()
}

/// Reserves one message if the sender's part is not used up. Returns the messages in the window, with this one.
async fn reserve_one(
    tx: &mut Tx,
    limit: &SendLimit,
    now: Timestamp,
) -> Result<Result<usize, LimitReached>, StoreError> {
    let (_, rule) = &limit.bucket;
    let sent = rate_limit::count(tx, &limit.bucket, now).await?;
    if sent >= limit.allowance && sent < rule.max {
        // The longest possible wait. A sender that may use only part of a limit is not shown the exact time.
        let until = now + rule.window;
        return Ok(Err(LimitReached { until }));
    }
    let reserved = rate_limit::reserve(tx, &limit.bucket, now).await?;
    Ok(reserved.map(|()| sent + 1))
}

/// The percentages that a shared limit has reached for the first time in its window.
async fn reserve_alarms(
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
        if sent >= threshold && rate_limit::reserve(tx, &once, now).await?.is_ok() {
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
    /// Writes the log event: an error at 100 %, a warning below.
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

/// Whether a limit is returned because certainly no message was sent.
///
/// If the provider answered, the send still counts for the address and its network, or for the account of a flow that
/// has no address limit. Otherwise a client with a number that the provider refuses could make it answer without limit.
/// A number whose messages are exhausted keeps its count.
fn is_refunded(limit: &SendLimit, failure: &SendFailure, by_source: bool) -> bool {
    let answered = *failure != SendFailure::NotSent;
    failure.certainly_not_sent()
        && match &limit.kind {
            SendLimitKind::Number => *failure != SendFailure::SendsExhausted,
            SendLimitKind::Source | SendLimitKind::Shared(SharedLimit::Network(_)) => !answered,
            SendLimitKind::Account => !answered || by_source,
            SendLimitKind::Shared(_) => true,
        }
}
