//! Sends a code: reserves the message and commits, calls the provider, commits the result.

use std::net::IpAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::Instrument as _;

use crate::auth::engine::background::cancel_code_at_provider;
use crate::auth::engine::code_entry::{add_code_form_state_to_errors, refused_transition_error};
use crate::auth::engine::persistence::{record_flow_audit_event, save_flow};
use crate::auth::engine::position::find_flow_by_id;
use crate::auth::engine::send_limits::{self, CodeMessage, SendRefused};
use crate::auth::engine::transition::save_flow_unless_busy;
use crate::auth::engine::unsent::{WAIT_AFTER_EXHAUSTED_SENDS, failed_send_error};
use crate::auth::engine::{neutral_wait, wrong_codes};
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext, SendAlarm, SharedAppState};
use crate::security::send_limits::Sender;
use crate::store::audit::Event;
use crate::store::codes::ActiveCode;
use crate::store::flows::Flow;
use crate::store::{ReadFrom, StoreError, Tx, codes};
use crate::verification::{Rules, SendPlan};
use domain::{Channel, Field, FormErrors, Language, Problem, Timestamp};
use verify::{SendFailure, SendRequest, Sent, ServiceId, Transaction, VerificationId};

/// How long a send waits for the cancellation of earlier codes.
///
/// Together with the timeout of the provider it is shorter than
/// [`IN_FLIGHT_LIMIT`](crate::verification::IN_FLIGHT_LIMIT).
const CANCELLATION_TIMEOUT: Duration = Duration::from_secs(3);

/// A message with a code that is counted in all send limits but not sent yet.
struct ReservedSend {
    plan: SendPlan,
    sender: Sender,
    /// Codes of any flow for the same number and service. They must be cancelled before the send.
    to_cancel: Vec<VerificationId>,
    at: Timestamp,
    client_ip: Option<IpAddr>,
    language: Language,
}

/// Sends a verification code for `flow` through the provider.
///
/// Returns the flow, which now awaits the code or has ended because the send failed. `transaction` is the amount and
/// payee of a payment; `None` for other flows.
pub async fn send_verification_code(
    app: &SharedAppState,
    mut flow: Flow,
    channel: Channel,
    transaction: Option<&Transaction>,
    context: &RequestContext,
) -> Result<Flow, FlowError> {
    let reserved = reserve_code_send(app, &mut flow, channel, context).await?;
    let result = cancel_earlier_codes_and_send_new_code(app, &flow, &reserved, transaction).await;
    let rules = app.verification_rules(flow.purpose);
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let result = match result {
        Ok(sent) => record_sent_code_for_flow(&mut tx, &flow, &reserved, sent, now).await?,
        Err(failure) => Err(failure),
    };
    let verification = flow.verification.clone();
    let (verification, event, detail) = match &result {
        Ok(sent) => (
            verification.record_code_sent(sent.clone(), &rules, now),
            Event::CodeSent,
            "sent",
        ),
        Err(failure) if failure.is_certainly_not_sent() => (
            verification.record_code_not_sent(earliest_send_time_after_provider_limit(
                failure, &rules, now,
            )),
            Event::CodeNotSent,
            "not_sent",
        ),
        Err(_) => (
            Ok(verification.record_unknown_send_result(&rules)),
            Event::CodeNotSent,
            "unknown",
        ),
    };
    let verification =
        verification.map_err(|refusal| refused_transition_error(app, &flow, refusal))?;
    flow.verification = verification.end_verification_if_no_code_sent(&rules);

    // Send limits are locked before the flow, as before the send.
    if let Err(failure) = &result {
        let message = CodeMessage {
            to: &reserved.plan.phone,
            channel: reserved.plan.channel,
            flow: &flow,
            sender: reserved.sender,
            // Does not matter here: the removal uses the same buckets in both cases.
            follows_password_reset: false,
            context,
        };
        send_limits::remove_message_from_send_limits(app, &mut tx, &message, failure, reserved.at)
            .await?;
    }
    match save_flow(&mut tx, &mut flow, now).await {
        Ok(()) => {}
        Err(StoreError::Raced) => {
            // The flow was cancelled during the send. The claim is committed, so that no other flow can claim this
            // code.
            tx.commit().await?;
            if let Ok(sent) = &result {
                cancel_code_at_provider(app, &sent.service, &sent.verification).await;
            }
            return Err(StoreError::Raced.into());
        }
        Err(error) => return Err(error.into()),
    }
    record_flow_audit_event(&mut tx, &flow, event, context.audit_origin(), detail, now).await?;
    tx.commit().await?;

    match result {
        Ok(_) => Ok(flow),
        // The page of the payment shows that its code could not be sent.
        Err(_) if flow.verification.state.is_ended() => Ok(flow),
        Err(failure) => Err(failed_send_error(app, &flow, &failure)),
    }
}

/// Counts a message in all send limits, saves the verification flow and commits, before the provider is called.
///
/// Fails if a limit is reached, if code entry is blocked for the account, or if another send of this flow is running.
async fn reserve_code_send(
    app: &AppState,
    flow: &mut Flow,
    channel: Channel,
    context: &RequestContext,
) -> Result<ReservedSend, FlowError> {
    if channel == Channel::Call && !is_voice_call_permitted(app, flow) {
        let errors = FormErrors::for_field(Field::Form, Problem::MethodUnavailable);
        return Err(FlowError::Refused(add_code_form_state_to_errors(
            app, flow, errors,
        )));
    }
    let now = app.now();
    let rules = app.verification_rules(flow.purpose);
    let (verification, plan) = flow
        .verification
        .clone()
        .begin_code_send(channel, &rules, now)
        .map_err(|refusal| refused_transition_error(app, flow, refusal))?;

    let follows_password_reset =
        send_limits::is_sign_in_after_password_reset(app, flow, now).await?;
    let mut tx = app.store.begin().await?;
    let limits = wrong_codes::find_limits_of_wrong_codes(app, flow);
    if let Err(wait) = wrong_codes::lock_and_check_limits(&mut tx, &limits, now).await? {
        let held = Problem::factor_held(flow.purpose, wait.until.secs_since(now));
        return Err(FlowError::from_form_problem(held));
    }
    let message = CodeMessage {
        to: &plan.phone,
        channel: plan.channel,
        flow: &*flow,
        sender: send_limits::classify_code_sender_by_phone_ownership(&mut tx, flow, &plan.phone)
            .await?,
        follows_password_reset,
        context,
    };
    let counted = match send_limits::count_message_in_send_limits(app, &mut tx, &message, now)
        .await?
    {
        Ok(counted) => counted,
        Err(SendRefused::WithVisibleWait(until)) => {
            drop(tx);
            return Err(
                neutral_wait::refuse_code_sends_until(app, flow.clone(), until, now).await?,
            );
        }
        Err(SendRefused::WithHiddenWait) => {
            drop(tx);
            return Err(
                neutral_wait::refuse_send_without_revealing_limit(app, flow.clone(), now).await?,
            );
        }
    };
    let Some(to_cancel) = find_codes_to_cancel(app, &mut tx, &message, &plan, now).await? else {
        drop(tx);
        return Err(
            neutral_wait::refuse_send_without_revealing_limit(app, flow.clone(), now).await?,
        );
    };
    let sender = message.sender;
    let unreserved = flow.clone();
    // A send that certainly fails removes the waiting time again.
    flow.verification = match counted.next_message_at {
        Some(until) => verification.block_sends_until(until),
        None => verification,
    };
    // Only one send of a flow runs at a time.
    save_flow_unless_busy(app, &mut tx, &unreserved, flow, now).await?;
    let event = Event::CodeRequested;
    record_flow_audit_event(&mut tx, flow, event, context.audit_origin(), "", now).await?;
    tx.commit().await?;
    counted.alarms.iter().for_each(SendAlarm::log_alarm);
    Ok(ReservedSend {
        plan,
        sender,
        to_cancel,
        at: now,
        client_ip: context.ip,
        language: context.language,
    })
}

/// Returns whether the code of this flow may be sent by a voice call.
///
/// A registration needs a text message first, sent or failed. Otherwise strangers could cause calls to expensive
/// numbers at once.
fn is_voice_call_permitted(app: &AppState, flow: &Flow) -> bool {
    app.verifier.supports_voice_calls(flow.purpose)
        && (flow.account.is_some() || flow.verification.has_tried_text_message())
}

/// Lists the codes of a phone number that must be cancelled before a new code is sent.
///
/// Returns `None` if this flow may not cancel one of them, for example a sign-in code of the number's owner.
async fn find_codes_to_cancel(
    app: &AppState,
    tx: &mut Tx,
    message: &CodeMessage<'_>,
    plan: &SendPlan,
    now: Timestamp,
) -> Result<Option<Vec<VerificationId>>, StoreError> {
    let service = app.verifier.service_for_purpose(message.flow.purpose);
    let mut active_codes = codes::list_active_verification_codes(tx, &plan.phone, service).await?;
    active_codes.retain(|code| plan.resend_of.as_ref() != Some(&code.verification));
    for code in &active_codes {
        if is_cancellation_of_code_forbidden(app, tx, message, code, now).await? {
            return Ok(None);
        }
    }
    let ids = active_codes.into_iter().map(|code| code.verification);
    Ok(Some(ids.collect()))
}

/// Returns whether this verification flow may not cancel a valid code.
///
/// For example, a registration may not cancel a sign-in code of the number's owner.
async fn is_cancellation_of_code_forbidden(
    app: &AppState,
    tx: &mut Tx,
    message: &CodeMessage<'_>,
    code: &ActiveCode,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if message.sender.is_owner_of_phone_number() {
        return Ok(false);
    }
    let Some(other) = find_flow_by_id(app, ReadFrom::Transaction(tx), &code.flow).await? else {
        return Ok(false);
    };
    let sent = other.verification.state.sent_code();
    let valid =
        sent.is_some_and(|sent| sent.verification == code.verification && !sent.is_expired(now));
    if !valid || (other.account.is_some() && other.account == message.flow.account) {
        return Ok(false);
    }
    let owner =
        send_limits::classify_code_sender_by_phone_ownership(tx, &other, message.to).await?;
    Ok(message.sender.must_not_invalidate_code_requested_by(owner))
}

/// Cancels the earlier codes at the provider, then sends a new code.
///
/// Sends nothing if a cancellation fails, because the provider would then repeat the earlier code.
async fn cancel_earlier_codes_and_send_new_code(
    app: &SharedAppState,
    flow: &Flow,
    reserved: &ReservedSend,
    transaction: Option<&Transaction>,
) -> Result<Sent, SendFailure> {
    let service = app.verifier.service_for_purpose(flow.purpose);
    if !cancel_codes_at_provider(app, service, &reserved.to_cancel).await {
        return Err(SendFailure::NotSent);
    }
    let request = SendRequest {
        service,
        to: &reserved.plan.phone,
        channel: reserved.plan.channel,
        language: reserved.language,
        client_ip: reserved.client_ip,
        transaction,
    };
    app.verifier.send_code(request).await
}

/// Records that the sent code belongs to this verification flow.
///
/// Fails if the provider has repeated an earlier code in place of a new one, and the repeated code belongs to another
/// flow or was cancelled just before this send.
async fn record_sent_code_for_flow(
    tx: &mut Tx,
    flow: &Flow,
    reserved: &ReservedSend,
    sent: Sent,
    now: Timestamp,
) -> Result<Result<Sent, SendFailure>, StoreError> {
    let ReservedSend {
        plan, to_cancel, ..
    } = reserved;
    let new = codes::insert_sent_code_of_flow(tx, &sent, &plan.phone, &flow.id, now).await?
        && !to_cancel.contains(&sent.verification);
    if new || plan.resend_of.as_ref() == Some(&sent.verification) {
        return Ok(Ok(sent));
    }
    tracing::warn!(
        flow.id = flow.id.as_str(),
        "the provider sent a code that belongs to another flow or should have been cancelled; the code is rejected"
    );
    Ok(Err(SendFailure::Unknown))
}

/// Cancels codes at the provider in parallel.
///
/// Returns whether all cancellations succeeded within [`CANCELLATION_TIMEOUT`].
async fn cancel_codes_at_provider(
    app: &SharedAppState,
    service: &ServiceId,
    codes: &[VerificationId],
) -> bool {
    let mut cancellations = JoinSet::new();
    for code in codes {
        let (app, service, code) = (SharedAppState::clone(app), service.clone(), code.clone());
        let cancellation = async move { cancel_code_at_provider(&app, &service, &code).await };
        cancellations.spawn(cancellation.in_current_span());
    }
    let all_cancelled = async {
        let mut all = true;
        while let Some(cancelled) = cancellations.join_next().await {
            all &= cancelled.unwrap_or(false);
        }
        all
    };
    timeout(CANCELLATION_TIMEOUT, all_cancelled)
        .await
        .unwrap_or(false)
}

/// Returns when the provider accepts the next send, if one of its limits has rejected this one.
///
/// Returns `None` for other failures.
fn earliest_send_time_after_provider_limit(
    failure: &SendFailure,
    rules: &Rules,
    now: Timestamp,
) -> Option<Timestamp> {
    match failure {
        SendFailure::Throttled { retry_after } => {
            Some(now + retry_after.unwrap_or(rules.resend_gap))
        }
        SendFailure::SendsExhausted => Some(now + WAIT_AFTER_EXHAUSTED_SENDS),
        SendFailure::BadDestination
        | SendFailure::Blocked
        | SendFailure::Configuration
        | SendFailure::NotSent
        | SendFailure::Unknown => None,
    }
}
