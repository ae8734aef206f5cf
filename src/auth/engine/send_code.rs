//! Sending a code: reserve and commit, call the provider, commit the result.

use std::net::IpAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::auth::engine::background::cancel_code;
use crate::auth::engine::code_entry::{transition_error, with_entry};
use crate::auth::engine::persistence::{record_event, save_flow};
use crate::auth::engine::rate_limit::{self, LimitReached};
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::security::rate_limit::Rule;
use crate::security::token::BucketKey;
use crate::store::audit::Event;
use crate::store::flows::Flow;
use crate::store::{StoreError, Tx, codes};
use crate::verification::{RefusedTransition, Rules, SendPlan};
use domain::{Channel, Field, FormErrors, Problem, Timestamp};
use verify::{SendFailure, SendRequest, Sent, ServiceId, Transaction, VerificationId};

/// How long a send waits for the cancellation of other codes. Together with the provider's timeout it stays
/// below [`IN_FLIGHT_LIMIT`](crate::verification::IN_FLIGHT_LIMIT).
const CANCELLATION_TIMEOUT: Duration = Duration::from_secs(3);

/// A send that was permitted and counted.
struct Reserved {
    plan: SendPlan,
    /// Codes for the same number and service, of this flow or another, which must be cancelled first.
    to_cancel: Vec<VerificationId>,
    at: Timestamp,
    client_ip: Option<IpAddr>,
}

/// Sends a code for `flow` and returns the flow as it is afterwards: with the code sent, or ended if its
/// rules end it after a failed send. `transaction` is what a payment's code is asked for.
pub async fn send_code(
    app: &SharedAppState,
    mut flow: Flow,
    channel: Channel,
    transaction: Option<&Transaction>,
    context: &RequestContext,
) -> Result<Flow, FlowError> {
    let reserved = reserve(app, &mut flow, channel, context).await?;
    let result = call_provider(app, &flow, &reserved, transaction).await;
    let rules = app.rules(flow.purpose);
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let result = match result {
        Ok(sent) => claim(&mut tx, &flow, &reserved, sent, now).await?,
        Err(failure) => Err(failure),
    };
    let verification = flow.verification.clone();
    let (verification, event, detail) = match &result {
        Ok(sent) => (
            verification.sent(sent.clone(), &rules, now),
            Event::CodeSent,
            "sent",
        ),
        Err(failure) if failure.certainly_not_sent() => (
            verification.not_sent(pause_until(failure, &rules, now)),
            Event::CodeNotSent,
            "not_sent",
        ),
        Err(_) => (
            Ok(verification.send_unknown(&rules)),
            Event::CodeNotSent,
            "unknown",
        ),
    };
    let verification = verification.map_err(|refusal| transition_error(app, &flow, refusal))?;
    flow.verification = verification.if_unsent(&rules);

    match save_flow(&mut tx, &mut flow, now).await {
        Ok(()) => {}
        Err(StoreError::Raced) => {
            // The flow was cancelled while the message went out. The claim is committed, so that no other
            // flow takes this code for its own.
            tx.commit().await.map_err(StoreError::from)?;
            if let Ok(sent) = &result {
                cancel_code(app, &sent.service, &sent.verification).await;
            }
            return Err(FlowError::on_form(Problem::FlowEnded));
        }
        Err(error) => return Err(error.into()),
    }
    if let Err(failure) = &result {
        for limit in refundable_limits(app, &flow, &reserved.plan, context, failure) {
            rate_limit::refund(&mut tx, &limit, reserved.at).await?;
        }
    }
    record_event(&mut tx, &flow, event, &context.source, detail, now).await?;
    tx.commit().await.map_err(StoreError::from)?;

    match result {
        Ok(_) => Ok(flow),
        // The page of the payment says that its code could not be sent.
        Err(_) if flow.verification.state.is_over() => Ok(flow),
        Err(failure) => {
            let errors = FormErrors::of(Field::Form, failure_problem(&failure));
            Err(FlowError::Refused(with_entry(app, &flow, errors)))
        }
    }
}

/// Commits the transition and every counter before the provider is called.
async fn reserve(
    app: &AppState,
    flow: &mut Flow,
    channel: Channel,
    context: &RequestContext,
) -> Result<Reserved, FlowError> {
    if channel == Channel::Call && !app.verifier.can_call(flow.purpose) {
        let errors = FormErrors::of(Field::Form, Problem::MethodUnavailable);
        return Err(FlowError::Refused(with_entry(app, flow, errors)));
    }
    let now = app.now();
    let rules = app.rules(flow.purpose);
    let (verification, plan) = flow
        .verification
        .clone()
        .begin_send(channel, &rules, now)
        .map_err(|refusal| transition_error(app, flow, refusal))?;

    let mut tx = app.store.begin().await?;
    if let Some(account) = &flow.account
        && let Err(wait) = rate_limit::peek(&mut tx, &app.factor_limit(account), now).await?
    {
        return Err(FlowError::on_form(Problem::FactorHeld {
            secs: wait.until.secs_after(now),
        }));
    }
    if let Err(wait) = reserve_limits(app, &mut tx, flow, &plan, context, now).await? {
        let secs = wait.until.secs_after(now);
        let errors = FormErrors::of(Field::Form, Problem::ResendWait { secs });
        return Err(FlowError::Refused(with_entry(app, flow, errors)));
    }
    let service = app.verifier.service_for(flow.purpose);
    let mut to_cancel = codes::out_for(&mut tx, &plan.phone, service).await?;
    to_cancel.retain(|code| plan.again.as_ref() != Some(code));
    let unreserved = flow.clone();
    flow.verification = verification;
    match save_flow(&mut tx, flow, now).await {
        Ok(()) => {}
        // A second click at the same moment: the message of the first one is on its way.
        Err(StoreError::Raced) => {
            return Err(transition_error(app, &unreserved, RefusedTransition::Busy));
        }
        Err(error) => return Err(error.into()),
    }
    let event = Event::CodeRequested;
    record_event(&mut tx, flow, event, &context.source, "", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Reserved {
        plan,
        to_cancel,
        at: now,
        client_ip: context.ip,
    })
}

async fn reserve_limits(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    plan: &SendPlan,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    for limit in limits(app, flow, plan, context) {
        if let Err(wait) = rate_limit::reserve(tx, &limit, now).await? {
            return Ok(Err(wait));
        }
    }
    Ok(Ok(()))
}

/// Every bucket that a send is counted in.
fn limits(
    app: &AppState,
    flow: &Flow,
    plan: &SendPlan,
    context: &RequestContext,
) -> Vec<(BucketKey, Rule)> {
    in_order([
        Some(app.number_limit(&plan.phone)),
        source_limit(app, flow, context),
        account_limit(app, flow),
    ])
}

/// The buckets that are refunded because certainly no message was sent.
///
/// If the provider answered, the send still counts for the address, or for the account of a flow that has no
/// address bucket: otherwise a client with a number that the provider refuses could make it answer without
/// limit. A number whose messages are exhausted keeps its count.
fn refundable_limits(
    app: &AppState,
    flow: &Flow,
    plan: &SendPlan,
    context: &RequestContext,
    failure: &SendFailure,
) -> Vec<(BucketKey, Rule)> {
    if !failure.certainly_not_sent() {
        return Vec::new();
    }
    let exhausted = *failure == SendFailure::SendsExhausted;
    let answered = *failure != SendFailure::NotSent;
    let (source, account) = (source_limit(app, flow, context), account_limit(app, flow));
    let account = account.filter(|_| !answered || source.is_some());
    in_order([
        (!exhausted).then(|| app.number_limit(&plan.phone)),
        source.filter(|_| !answered),
        account,
    ])
}

/// Flows of signed-in users count by account only, because many users may share one address.
fn source_limit(
    app: &AppState,
    flow: &Flow,
    context: &RequestContext,
) -> Option<(BucketKey, Rule)> {
    (!flow.purpose.needs_session()).then(|| app.send_source_limit(context))
}

fn account_limit(app: &AppState, flow: &Flow) -> Option<(BucketKey, Rule)> {
    let account = flow.account.as_ref();
    account.map(|account| app.send_account_limit(account))
}

/// Sorted by key: two concurrent sends lock their buckets in the same order and cannot deadlock.
fn in_order(limits: [Option<(BucketKey, Rule)>; 3]) -> Vec<(BucketKey, Rule)> {
    let mut limits: Vec<_> = limits.into_iter().flatten().collect();
    limits.sort_by(|a, b| a.0.cmp(&b.0));
    limits
}

/// Cancels the earlier codes, then sends a new one. If a cancellation fails, nothing is sent: the provider
/// would send the earlier code once more.
async fn call_provider(
    app: &SharedAppState,
    flow: &Flow,
    reserved: &Reserved,
    transaction: Option<&Transaction>,
) -> Result<Sent, SendFailure> {
    let service = app.verifier.service_for(flow.purpose);
    if !cancel_all(app, service, &reserved.to_cancel).await {
        return Err(SendFailure::NotSent);
    }
    let request = SendRequest {
        service,
        to: &reserved.plan.phone,
        channel: reserved.plan.channel,
        client_ip: reserved.client_ip,
        transaction,
    };
    app.verifier.send(request).await
}

/// Records that the sent code belongs to this flow alone: a new code, or the one that was to be sent again.
/// A code of another flow, or one that should have been cancelled, is rejected.
async fn claim(
    tx: &mut Tx,
    flow: &Flow,
    reserved: &Reserved,
    sent: Sent,
    now: Timestamp,
) -> Result<Result<Sent, SendFailure>, StoreError> {
    let Reserved {
        plan, to_cancel, ..
    } = reserved;
    let new = codes::claim(tx, &sent, &plan.phone, &flow.id, now).await?
        && !to_cancel.contains(&sent.verification);
    if new || plan.again.as_ref() == Some(&sent.verification) {
        return Ok(Ok(sent));
    }
    tracing::warn!(
        flow.id = flow.id.as_str(),
        "the provider sent a code that belongs to another flow or should have been cancelled"
    );
    Ok(Err(SendFailure::Unknown))
}

/// Cancels codes at the provider in parallel. Returns whether the provider accepts none of them any more.
async fn cancel_all(app: &SharedAppState, service: &ServiceId, codes: &[VerificationId]) -> bool {
    let mut cancellations = JoinSet::new();
    for code in codes {
        let (app, service, code) = (SharedAppState::clone(app), service.clone(), code.clone());
        cancellations.spawn(async move { cancel_code(&app, &service, &code).await });
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

/// Until when the provider accepts no other send, if it throttled this one.
fn pause_until(failure: &SendFailure, rules: &Rules, now: Timestamp) -> Option<Timestamp> {
    match failure {
        SendFailure::Throttled { retry_after } => {
            Some(now + retry_after.unwrap_or(rules.resend_gap))
        }
        SendFailure::BadDestination
        | SendFailure::Blocked
        | SendFailure::SendsExhausted
        | SendFailure::Configuration
        | SendFailure::NotSent
        | SendFailure::Unknown => None,
    }
}

/// The problem to show for a failed send. It does not reveal which limit or rule of the provider applied.
const fn failure_problem(failure: &SendFailure) -> Problem {
    match failure {
        SendFailure::BadDestination | SendFailure::Blocked => Problem::PhoneUnreachable,
        SendFailure::SendsExhausted => Problem::ResendWait { secs: 600 },
        SendFailure::Throttled { .. }
        | SendFailure::Configuration
        | SendFailure::NotSent
        | SendFailure::Unknown => Problem::CouldNotVerify,
    }
}
