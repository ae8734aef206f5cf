//! Sending a code: reserve and commit, call the provider, commit what came of it (PRV-03).

use std::net::IpAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::auth::error::FlowError;
use crate::auth::flows::budget::{self, Wait};
use crate::auth::flows::payment;
use crate::auth::flows::verification::{record, refused, with_entry};
use crate::context::RequestContext;
use crate::context::{AppState, SharedAppState};
use crate::security::rate_limit::Rule;
use crate::security::token::BucketKey;
use crate::store::audit::Event;
use crate::store::flows::{self, Flow};
use crate::store::{StoreError, Tx, codes};
use crate::verification::{Refused, Rules, SendPlan};
use domain::{Channel, Field, FormErrors, Problem, Timestamp};
use verify::{SendFailure, SendRequest, Sent, ServiceId, Transaction, VerificationId};

/// How long a send waits for other codes to die. With the provider's own timeout after it, it stays
/// within the time a call is under way.
const DYING: Duration = Duration::from_secs(3);

/// A send that was granted and counted.
struct Reserved {
    plan: SendPlan,
    /// Codes for the same number and service, of this flow or another, which must die first.
    dying: Vec<VerificationId>,
    at: Timestamp,
    client_ip: Option<IpAddr>,
}

/// Sends a code for `flow` and answers the flow as it stands afterwards: with the code out, or over
/// where the rules say that it ends with a send that fails.
pub(super) async fn send(
    app: &SharedAppState,
    mut flow: Flow,
    channel: Channel,
    context: &RequestContext,
) -> Result<Flow, FlowError> {
    let transaction = payment::transaction(app, &flow).await?;
    let reserved = reserve(app, &mut flow, channel, context).await?;
    let result = call(app, &flow, &reserved, transaction.as_ref()).await;
    let rules = app.rules(flow.purpose);
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let result = match result {
        Ok(sent) => claimed(&mut tx, &flow, &reserved, sent, now).await?,
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
            verification.not_sent(pause(failure, &rules, now)),
            Event::CodeNotSent,
            "not_sent",
        ),
        Err(_) => (
            Ok(verification.send_unknown(&rules)),
            Event::CodeNotSent,
            "unknown",
        ),
    };
    let verification = verification.map_err(|refusal| refused(app, &flow, refusal))?;
    flow.verification = verification.if_unsent(&rules);

    match flows::save(&mut tx, &mut flow, now).await {
        Ok(()) => {}
        Err(StoreError::Raced) => {
            // Cancelled while the message went out: nobody is waiting for this code, and it is nobody
            // else's either.
            tx.commit().await.map_err(StoreError::from)?;
            if let Ok(sent) = &result {
                retire(app, &sent.service, &sent.verification).await;
            }
            return Err(FlowError::whole(Problem::FlowEnded));
        }
        Err(error) => return Err(error.into()),
    }
    if let Err(failure) = &result {
        for limit in unspent(app, &flow, &reserved.plan, context, failure) {
            budget::refund(&mut tx, &limit, reserved.at).await?;
        }
    }
    record(&mut tx, &flow, event, &context.source, detail, now).await?;
    tx.commit().await.map_err(StoreError::from)?;

    match result {
        Ok(_) => Ok(flow),
        // What it came to is on a page of its own.
        Err(_) if flow.verification.state.is_over() => Ok(flow),
        Err(failure) => {
            let refusal = FormErrors::of(Field::Form, told(&failure));
            Err(FlowError::Refused(with_entry(app, &flow, refusal)))
        }
    }
}

/// Commits the intent: the transition and every counter, before the provider hears of it.
async fn reserve(
    app: &AppState,
    flow: &mut Flow,
    channel: Channel,
    context: &RequestContext,
) -> Result<Reserved, FlowError> {
    if channel == Channel::Call && !app.verifier.can_call(flow.purpose) {
        let refusal = FormErrors::of(Field::Form, Problem::MethodUnavailable);
        return Err(FlowError::Refused(with_entry(app, flow, refusal)));
    }
    let now = app.now();
    let rules = app.rules(flow.purpose);
    let (verification, plan) = flow
        .verification
        .clone()
        .begin_send(channel, &rules, now)
        .map_err(|refusal| refused(app, flow, refusal))?;

    let mut tx = app.store.begin().await?;
    if let Some(account) = &flow.account
        && let Err(wait) = budget::peek(&mut tx, &app.factor_limit(account), now).await?
    {
        return Err(FlowError::whole(Problem::FactorHeld {
            secs: wait.until.secs_after(now),
        }));
    }
    if let Err(wait) = count(app, &mut tx, flow, &plan, context, now).await? {
        let problem = Problem::ResendWait {
            secs: wait.until.secs_after(now),
        };
        return Err(FlowError::Refused(with_entry(
            app,
            flow,
            FormErrors::of(Field::Form, problem),
        )));
    }
    let service = app.verifier.service_for(flow.purpose);
    let mut dying = codes::out_for(&mut tx, &plan.phone, service).await?;
    dying.retain(|code| plan.again.as_ref() != Some(code));
    let unreserved = flow.clone();
    flow.verification = verification;
    match flows::save(&mut tx, flow, now).await {
        Ok(()) => {}
        // A second click in the same moment: the first one's message is on its way (SM-17).
        Err(StoreError::Raced) => return Err(refused(app, &unreserved, Refused::Busy)),
        Err(error) => return Err(error.into()),
    }
    record(
        &mut tx,
        flow,
        Event::CodeRequested,
        &context.source,
        "",
        now,
    )
    .await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Reserved {
        plan,
        dying,
        at: now,
        client_ip: context.ip,
    })
}

async fn count(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    plan: &SendPlan,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Result<(), Wait>, StoreError> {
    for limit in limits(app, flow, plan, context) {
        if let Err(wait) = budget::reserve(tx, &limit, now).await? {
            return Ok(Err(wait));
        }
    }
    Ok(Ok(()))
}

/// Every bucket a send counts in.
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

/// The buckets a send that failed counts in no more, if it certainly was none. An answer of the
/// provider's costs the address its share all the same, or the account where it stands for the address,
/// or whoever has a number it refuses could make it answer without end; and a number that had its
/// messages goes on counting them.
fn unspent(
    app: &AppState,
    flow: &Flow,
    plan: &SendPlan,
    context: &RequestContext,
    failure: &SendFailure,
) -> Vec<(BucketKey, Rule)> {
    if !failure.certainly_not_sent() {
        return Vec::new();
    }
    let had_its_messages = *failure == SendFailure::SendsExhausted;
    let answered = *failure != SendFailure::NotSent;
    let (source, account) = (source_limit(app, flow, context), account_limit(app, flow));
    let account = account.filter(|_| !answered || source.is_some());
    in_order([
        (!had_its_messages).then(|| app.number_limit(&plan.phone)),
        source.filter(|_| !answered),
        account,
    ])
}

/// Behind the address of a back end there are many who are signed in: their accounts count.
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

/// One order everywhere, so that no two senders deadlock.
fn in_order(limits: [Option<(BucketKey, Rule)>; 3]) -> Vec<(BucketKey, Rule)> {
    let mut limits: Vec<_> = limits.into_iter().flatten().collect();
    limits.sort_by(|a, b| a.0.cmp(&b.0));
    limits
}

/// Makes sure that a new code is another one, and has it sent. While one that had to die is alive,
/// nothing is sent: the message would carry that one (OTP-02, PAY-02).
async fn call(
    app: &SharedAppState,
    flow: &Flow,
    reserved: &Reserved,
    transaction: Option<&Transaction>,
) -> Result<Sent, SendFailure> {
    let service = app.verifier.service_for(flow.purpose);
    if !all_die(app, service, &reserved.dying).await {
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

/// What was sent, if its code is this flow's alone: a new one, or the one that was to be sent again.
/// One that was made for another flow, or was to be dead, is not taken.
async fn claimed(
    tx: &mut Tx,
    flow: &Flow,
    reserved: &Reserved,
    sent: Sent,
    now: Timestamp,
) -> Result<Result<Sent, SendFailure>, StoreError> {
    let Reserved { plan, dying, .. } = reserved;
    let new = codes::claim(tx, &sent, &plan.phone, &flow.id, now).await?
        && !dying.contains(&sent.verification);
    if new || plan.again.as_ref() == Some(&sent.verification) {
        return Ok(Ok(sent));
    }
    tracing::warn!(
        flow.id = flow.id.as_str(),
        "the provider sent a code that is not this flow's"
    );
    Ok(Err(SendFailure::Unknown))
}

/// Cancels codes at the provider, all at once; whether every one of them is dead there now.
async fn all_die(app: &SharedAppState, service: &ServiceId, codes: &[VerificationId]) -> bool {
    let mut dying = JoinSet::new();
    for code in codes {
        let (app, service, code) = (SharedAppState::clone(app), service.clone(), code.clone());
        dying.spawn(async move { retire(&app, &service, &code).await });
    }
    let every_one = async {
        let mut dead = true;
        while let Some(died) = dying.join_next().await {
            dead &= died.unwrap_or(false);
        }
        dead
    };
    timeout(DYING, every_one).await.unwrap_or(false)
}

/// Cancels a code at the provider; whether it is dead there now.
pub(super) async fn retire(
    app: &AppState,
    service: &ServiceId,
    verification: &VerificationId,
) -> bool {
    if let Err(error) = app.verifier.cancel(service, verification).await {
        tracing::warn!(%error, "a code could not be cancelled at the provider");
        return false;
    }
    if let Err(error) = codes::dead(&app.store, verification).await {
        // The next send to its number finds it, and cancels it once more.
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "a code that is dead could not be forgotten"
        );
    }
    true
}

/// Until when the provider wants no other send, if it said so (PRV-05).
fn pause(failure: &SendFailure, rules: &Rules, now: Timestamp) -> Option<Timestamp> {
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

/// A failed send in words. Which limit or rule of the provider's it was stays with us (RES-07).
const fn told(failure: &SendFailure) -> Problem {
    match failure {
        SendFailure::BadDestination | SendFailure::Blocked => Problem::PhoneUnreachable,
        SendFailure::SendsExhausted => Problem::ResendWait { secs: 600 },
        SendFailure::Throttled { .. }
        | SendFailure::Configuration
        | SendFailure::NotSent
        | SendFailure::Unknown => Problem::CouldNotVerify,
    }
}
