//! Counts a message in every send limit, and removes it again if the provider certainly sent nothing.

use std::time::Duration;

use crate::auth::engine::rate_limit::{self, LimitReached};
use crate::context::{AppState, RequestContext, SendAlarm, record_newly_reached_alarm_thresholds};
use crate::security::rate_limit::RateLimit;
use crate::security::send_limits::{SendLimit, SendLimitKind, Sender, SharedLimit};
use crate::store::accounts;
use crate::store::flows::Flow;
use crate::store::limits::sort_limits_for_locking;
use crate::store::{ReadFrom, StoreError, Tx};
use domain::{Channel, PhoneNumber, Purpose, Timestamp};
use verify::SendFailure;

/// Refusal of a message by a send limit. It determines whether the user sees the waiting time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendRefused {
    /// The user may see this time. The limit depends only on the sender, on a number that the sender has verified, or
    /// on the messages of this flow.
    WithVisibleWait(Timestamp),
    /// A limit that other flows share is reached. Its waiting time would reveal when they sent a message.
    WithHiddenWait,
}

/// A message that every send limit has counted.
pub struct CountedMessage {
    /// The alarms to log after the commit.
    pub alarms: Vec<SendAlarm>,
    /// The earliest time of the next message, if this message was the last one that a limit permits.
    ///
    /// Only limits count whose waiting time the user may see. Limits that many users share do not count, because
    /// messages of other users that fail are removed from them.
    pub next_message_at: Option<Timestamp>,
}

/// A message with a code, with the data by which send limits count it.
#[derive(Clone, Copy, Debug)]
pub struct CodeMessage<'a> {
    pub to: &'a PhoneNumber,
    pub channel: Channel,
    pub flow: &'a Flow,
    pub sender: Sender,
    /// The result of [`is_sign_in_after_password_reset`].
    pub follows_password_reset: bool,
    pub context: &'a RequestContext,
}

/// Returns whether a flow is a sign-in, or the set-up in it, within 24 hours after a password reset of the account.
///
/// Call it without an open transaction.
pub async fn is_sign_in_after_password_reset(
    app: &AppState,
    flow: &Flow,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let signs_in = matches!(flow.purpose, Purpose::SignIn | Purpose::SetUp);
    let Some(account) = flow.account.as_ref().filter(|_| signs_in) else {
        return Ok(false);
    };
    let record = app.bucket_of_completed_password_reset(account);
    let next = rate_limit::check_rate_limit_without_lock(app, &record, now).await?;
    Ok(next.is_err())
}

/// Determines the relation of the sender of a code to the phone number.
///
/// The sender is the account that owns the number, another account, or a user without account.
pub async fn classify_code_sender_by_phone_ownership(
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

/// Counts a message in every send limit that applies to it.
///
/// If a limit refuses the message, the caller rolls the transaction back.
pub async fn count_message_in_send_limits(
    app: &AppState,
    tx: &mut Tx,
    message: &CodeMessage<'_>,
    now: Timestamp,
) -> Result<Result<CountedMessage, SendRefused>, StoreError> {
    // Evaluates all limits even after a refusal, so that a visible waiting time does not reveal whether a shared limit
    // is reached too.
    let mut until = None;
    let mut has_hidden_wait = false;
    let mut alarms = Vec::new();
    let mut next_message_at = None;
    let earlier = message.count_earlier_messages_of_flow();
    for limit in list_send_limits_of_message(app, message) {
        match count_message_in_one_send_limit(tx, &limit, now).await? {
            Ok(sent) => {
                alarms.extend(
                    record_newly_reached_alarm_thresholds(app, tx, &limit, sent, now).await?,
                );
                if sent >= limit.allowance
                    && message.shows_wait_after_last_message(&limit, earlier + 1)
                {
                    let next = find_next_message_time_of_reached_limit(tx, &limit, now).await?;
                    next_message_at = next_message_at.max(next);
                }
            }
            Err(LimitReached { until: reached })
                if message.may_reveal_waiting_time(&limit, earlier) =>
            {
                until = until.max(Some(reached));
            }
            Err(_) => has_hidden_wait = true,
        }
    }
    Ok(match until {
        Some(until) => Err(SendRefused::WithVisibleWait(until)),
        None if has_hidden_wait => Err(SendRefused::WithHiddenWait),
        None => Ok(CountedMessage {
            alarms,
            next_message_at,
        }),
    })
}

/// Finds when the owner of a phone number may request the next text message, if a send limit is reached.
///
/// Considers only limits whose waiting time the code form shows after the last message. Counts and locks nothing, so the
/// result is for display only.
pub async fn find_next_message_time_of_owner(
    app: &AppState,
    flow: &Flow,
    to: &PhoneNumber,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let message = CodeMessage {
        to,
        channel: Channel::Sms,
        flow,
        sender: Sender::Owner,
        follows_password_reset: is_sign_in_after_password_reset(app, flow, now).await?,
        context,
    };
    let mut next = None;
    for limit in list_send_limits_of_message(app, &message) {
        if message.shows_wait_after_last_message(&limit, 0) {
            let found =
                rate_limit::check_rate_limit_without_lock(app, &limit.rate_limit, now).await?;
            next = next.max(found.err().map(|LimitReached { until }| until));
        }
    }
    Ok(next)
}

/// Removes a message that could not be sent from the send limits.
///
/// [`is_failed_message_removed_from_limit`] decides for each limit.
pub async fn remove_message_from_send_limits(
    app: &AppState,
    tx: &mut Tx,
    message: &CodeMessage<'_>,
    failure: &SendFailure,
    reserved_at: Timestamp,
) -> Result<(), StoreError> {
    let limits = list_send_limits_of_message(app, message);
    // Only the source address limits the failed messages of an account to its own number before a sign-in.
    let by_account = is_sent_in_session(message) || !message.sender.is_owner_of_phone_number();
    for limit in limits
        .iter()
        .filter(|limit| is_failed_message_removed_from_limit(limit, failure, by_account))
    {
        rate_limit::remove_event_from_rate_limit(tx, &limit.rate_limit, reserved_at).await?;
    }
    Ok(())
}

/// Ends the resend cooldown of a phone number early, after the user has entered the code.
///
/// The correct code proves that the message has arrived. The message still counts in every send limit.
pub async fn lift_resend_cooldown_of_number(
    app: &AppState,
    tx: &mut Tx,
    phone: &PhoneNumber,
    sent_at: Timestamp,
) -> Result<(), StoreError> {
    // The gap of a limit is the same for every sender.
    let limits = app.message_limits_per_phone_number(phone, Sender::Owner);
    for limit in limits
        .iter()
        .filter(|limit| !limit.rate_limit.rule.gap.is_zero())
    {
        rate_limit::skip_minimum_interval(tx, &limit.rate_limit, sent_at).await?;
    }
    Ok(())
}

impl CodeMessage<'_> {
    /// Counts the messages that the flow has sent to the phone number before this one.
    ///
    /// All of them are within the windows of the limits, because a flow is shorter.
    fn count_earlier_messages_of_flow(&self) -> usize {
        let code = self.flow.verification.state.sent_code();
        let code = code.filter(|code| code.phone == *self.to);
        code.map_or(0, |code| usize::try_from(code.sends).unwrap_or(usize::MAX))
    }

    /// Returns whether the user may see the waiting time of this send limit.
    ///
    /// The owner of the phone number may see it for every limit. Other users may see it only for the limits on their
    /// source address and account, and for a limit on the number that the `sent_by_flow` messages of this flow reach
    /// alone.
    fn may_reveal_waiting_time(&self, limit: &SendLimit, sent_by_flow: usize) -> bool {
        self.sender.is_owner_of_phone_number()
            || match limit.kind {
                SendLimitKind::Source
                | SendLimitKind::Account
                | SendLimitKind::NewNumbersOfAccount => true,
                // With a reserve for the owner, the wait would show whether the owner has used it.
                SendLimitKind::Number => sent_by_flow >= limit.rate_limit.rule.max,
                SendLimitKind::Shared(_) => false,
            }
    }

    /// Returns whether the code form shows the waiting time of this send limit as soon as its last message is sent.
    fn shows_wait_after_last_message(&self, limit: &SendLimit, sent_by_flow: usize) -> bool {
        self.may_reveal_waiting_time(limit, sent_by_flow)
            && !matches!(limit.kind, SendLimitKind::Shared(_))
    }
}

/// Lists all send limits that count a message, in the order in which they are locked.
///
/// All transactions lock them in the order of their database keys, so that they do not deadlock.
fn list_send_limits_of_message(app: &AppState, message: &CodeMessage<'_>) -> Vec<SendLimit> {
    let CodeMessage {
        to,
        channel,
        flow,
        sender,
        follows_password_reset,
        context,
    } = *message;
    let mut limits = app.message_limits_per_phone_number(to, sender);
    limits.extend(app.message_limits_across_all_users(to, sender));
    limits.extend(app.message_limit_to_new_numbers_per_network(context, sender));
    if channel == Channel::Call && !sender.is_owner_of_phone_number() {
        limits.extend(app.call_limits_to_new_numbers(to));
    }
    if !is_sent_in_session(message) || !sender.is_owner_of_phone_number() {
        limits.push(app.message_limit_per_source(context));
    }
    if let Some(account) = &flow.account {
        limits.extend(app.message_limits_per_account(account, sender));
    }
    if flow.purpose == Purpose::PasswordReset {
        let limits_of_reset = limits.into_iter();
        limits = limits_of_reset
            .map(SendLimit::with_messages_for_password_resets)
            .collect();
    }
    if follows_password_reset {
        let limits_of_sign_in = limits.into_iter();
        limits = limits_of_sign_in
            .map(|limit| with_messages_after_password_reset(limit, sender))
            .collect();
    }
    sort_limits_for_locking(&mut limits, |limit| &limit.rate_limit.key);
    limits
}

/// Returns this limit for a sign-in after a password reset, which may exceed some limits by four messages.
///
/// These are the same limits as in a password reset, which may use two of the four. An attacker who knew the old
/// password may have used up the ordinary messages, and cannot use the additional ones. The limit of a number that is
/// not the one of the account does not change.
fn with_messages_after_password_reset(limit: SendLimit, sender: Sender) -> SendLimit {
    if limit.kind == SendLimitKind::Number && !sender.is_owner_of_phone_number() {
        return limit;
    }
    limit
        .with_messages_for_password_resets()
        .with_messages_for_password_resets()
}

/// Returns whether a signed-in user has requested a message.
///
/// Such messages to the user's own number count by account only, because many users may share a source address.
const fn is_sent_in_session(message: &CodeMessage<'_>) -> bool {
    message.flow.purpose.is_flow_bound_to_session()
}

/// Counts a message in one send limit. Returns the number of messages in the window, including this one.
///
/// Fails if the limit is reached, or if the remaining messages are reserved for other users, such as the owner of the
/// phone number.
async fn count_message_in_one_send_limit(
    tx: &mut Tx,
    limit: &SendLimit,
    now: Timestamp,
) -> Result<Result<usize, LimitReached>, StoreError> {
    let RateLimit { rule, .. } = &limit.rate_limit;
    let sent = rate_limit::count_events_in_window(tx, &limit.rate_limit, now).await?;
    if sent >= limit.allowance && sent < rule.max {
        // The longest possible waiting time. The exact time would reveal the messages of other senders.
        let until = now + rule.window;
        return Ok(Err(LimitReached { until }));
    }
    let reserved = rate_limit::count_event_within_limit(tx, &limit.rate_limit, now).await?;
    Ok(reserved.map(|()| sent + 1))
}

/// Returns when a send limit that is reached permits the next message. Ignores the resend cooldown.
async fn find_next_message_time_of_reached_limit(
    tx: &mut Tx,
    limit: &SendLimit,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let RateLimit { key, rule } = &limit.rate_limit;
    let rule = rule.with_minimum_time_between_events(Duration::ZERO);
    let window_only = RateLimit::new(key.clone(), rule);
    let checked = rate_limit::lock_and_check_rate_limit(tx, &window_only, now).await?;
    Ok(checked.err().map(|LimitReached { until }| until))
}

/// Returns whether a failed message is removed from this send limit.
///
/// A message is removed only if the provider has certainly not sent it. After a response of the provider, the limits on
/// the client's IP address and network still count the message. The limit on the account then counts it too if
/// `by_account` is true.
fn is_failed_message_removed_from_limit(
    limit: &SendLimit,
    failure: &SendFailure,
    by_account: bool,
) -> bool {
    // Without these exceptions a client could call the provider without limit, by using a number that the
    // provider refuses.
    let answered = *failure != SendFailure::NotSent;
    failure.is_certainly_not_sent()
        && match &limit.kind {
            SendLimitKind::Number => *failure != SendFailure::SendsExhausted,
            SendLimitKind::Source | SendLimitKind::Shared(SharedLimit::Network(_)) => !answered,
            SendLimitKind::Account | SendLimitKind::NewNumbersOfAccount => !answered || !by_account,
            SendLimitKind::Shared(_) => true,
        }
}
