//! Sending a code: reserve and commit, call the provider, commit what came of it (PRV-03).

use std::net::IpAddr;

use crate::domain::{Channel, Field, Problem, Refusal, Timestamp};
use crate::server::context::{App, Context};
use crate::server::error::FlowError;
use crate::server::flows::budget::{self, Wait};
use crate::server::flows::payment;
use crate::server::flows::verification::{record, refused, with_entry};
use crate::server::limits::Rule;
use crate::server::store::audit::Event;
use crate::server::store::flows::{self, Flow};
use crate::server::store::{StoreError, Tx};
use crate::server::token::BucketKey;
use crate::server::verification::{Refused, SendPlan};
use crate::server::verify::{
    SendFailure, SendRequest, Sent, ServiceId, Transaction, VerificationId,
};
use crate::server::visitor::Visitor;

/// A send that was granted and counted.
struct Reserved {
    plan: SendPlan,
    /// Codes of other flows for the same number and service, which must die first.
    others: Vec<VerificationId>,
    at: Timestamp,
    client_ip: Option<IpAddr>,
}

/// Sends a code for `flow` and answers the flow as it stands afterwards: with the code out, or over
/// where the rules say that it ends with a send that fails.
pub(super) async fn send(
    cx: &App,
    mut flow: Flow,
    channel: Channel,
    visitor: &Visitor,
) -> Result<Flow, FlowError> {
    let transaction = payment::transaction(cx, &flow).await?;
    let reserved = reserve(cx, &mut flow, channel, visitor).await?;
    let result = call(cx, &flow, &reserved, transaction.as_ref()).await;
    let rules = cx.rules(flow.purpose);
    let now = cx.now();
    let verification = flow.verification.clone();
    let (verification, event, detail) = match &result {
        Ok(sent) => (
            verification.sent(sent.clone(), &rules, now),
            Event::CodeSent,
            "sent",
        ),
        Err(failure) if failure.certainly_not_sent() => {
            (verification.not_sent(), Event::CodeNotSent, "not_sent")
        }
        Err(_) => (
            Ok(verification.send_unknown(&rules)),
            Event::CodeNotSent,
            "unknown",
        ),
    };
    let verification = verification.map_err(|refusal| refused(cx, &flow, refusal))?;
    flow.verification = verification.if_unsent(&rules);

    let mut tx = cx.store.begin().await?;
    match flows::save(&mut tx, &mut flow).await {
        Ok(()) => {}
        Err(StoreError::Raced) => {
            // Cancelled while the message went out: nobody is waiting for this code.
            if let Ok(sent) = &result {
                retire(cx, &sent.service, &sent.verification).await;
            }
            return Err(FlowError::whole(Problem::FlowEnded));
        }
        Err(error) => return Err(error.into()),
    }
    if result.as_ref().is_err_and(SendFailure::certainly_not_sent) {
        for limit in limits(cx, &flow, &reserved.plan, visitor) {
            budget::refund(&mut tx, &limit, reserved.at).await?;
        }
    }
    record(&mut tx, &flow, event, &visitor.source, detail, now).await?;
    tx.commit().await.map_err(StoreError::from)?;

    match result {
        Ok(_) => Ok(flow),
        // What it came to is on a page of its own.
        Err(_) if flow.verification.state.is_over() => Ok(flow),
        Err(failure) => {
            let refusal = Refusal::of(Field::Form, told(&failure));
            Err(FlowError::Refused(with_entry(cx, &flow, refusal)))
        }
    }
}

/// Commits the intent: the transition and every counter, before the provider hears of it.
async fn reserve(
    cx: &Context,
    flow: &mut Flow,
    channel: Channel,
    visitor: &Visitor,
) -> Result<Reserved, FlowError> {
    if channel == Channel::Call && !cx.verifier.can_call(flow.purpose) {
        let refusal = Refusal::of(Field::Form, Problem::MethodUnavailable);
        return Err(FlowError::Refused(with_entry(cx, flow, refusal)));
    }
    let now = cx.now();
    let rules = cx.rules(flow.purpose);
    let (verification, plan) = flow
        .verification
        .clone()
        .begin_send(channel, &rules, now)
        .map_err(|refusal| refused(cx, flow, refusal))?;

    let mut tx = cx.store.begin().await?;
    if let Some(account) = &flow.account
        && let Err(wait) = budget::peek(&mut tx, &cx.factor_limit(account), now).await?
    {
        return Err(FlowError::whole(Problem::FactorHeld {
            secs: wait.until.secs_after(now),
        }));
    }
    if let Err(wait) = count(cx, &mut tx, flow, &plan, visitor, now).await? {
        let problem = Problem::ResendWait {
            secs: wait.until.secs_after(now),
        };
        return Err(FlowError::Refused(with_entry(
            cx,
            flow,
            Refusal::of(Field::Form, problem),
        )));
    }
    let service = cx.verifier.service_for(flow.purpose);
    let others = flows::codes_out_for(&mut tx, &plan.phone, service, &flow.id).await?;
    let unreserved = flow.clone();
    flow.verification = verification;
    match flows::save(&mut tx, flow).await {
        Ok(()) => {}
        // A second click in the same moment: the first one's message is on its way (SM-17).
        Err(StoreError::Raced) => return Err(refused(cx, &unreserved, Refused::Busy)),
        Err(error) => return Err(error.into()),
    }
    record(
        &mut tx,
        flow,
        Event::CodeRequested,
        &visitor.source,
        "",
        now,
    )
    .await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Reserved {
        plan,
        others,
        at: now,
        client_ip: visitor.ip,
    })
}

async fn count(
    cx: &Context,
    tx: &mut Tx,
    flow: &Flow,
    plan: &SendPlan,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Result<(), Wait>, StoreError> {
    for limit in limits(cx, flow, plan, visitor) {
        if let Err(wait) = budget::reserve(tx, &limit, now).await? {
            return Ok(Err(wait));
        }
    }
    Ok(Ok(()))
}

/// Every bucket a send counts in, in one order everywhere so that no two senders deadlock.
fn limits(cx: &Context, flow: &Flow, plan: &SendPlan, visitor: &Visitor) -> Vec<(BucketKey, Rule)> {
    let mut limits = vec![cx.number_limit(&plan.phone)];
    // Behind the address of a back end there are many who are signed in: their accounts count.
    limits.extend((!flow.purpose.needs_session()).then(|| cx.send_source_limit(visitor)));
    limits.extend(
        flow.account
            .as_ref()
            .map(|account| cx.send_account_limit(account)),
    );
    limits.sort_by(|a, b| a.0.cmp(&b.0));
    limits
}

async fn call(
    cx: &Context,
    flow: &Flow,
    reserved: &Reserved,
    transaction: Option<&Transaction>,
) -> Result<Sent, SendFailure> {
    let service = cx.verifier.service_for(flow.purpose);
    let retired = reserved.plan.retire.iter().map(|code| &code.verification);
    for verification in retired.chain(&reserved.others) {
        retire(cx, service, verification).await;
    }
    let request = SendRequest {
        service,
        to: &reserved.plan.phone,
        channel: reserved.plan.channel,
        client_ip: reserved.client_ip,
        transaction,
    };
    cx.verifier.send(request).await
}

/// Cancels a code at the provider, best effort.
pub(super) async fn retire(cx: &Context, service: &ServiceId, verification: &VerificationId) {
    if let Err(error) = cx.verifier.cancel(service, verification).await {
        tracing::warn!(%error, "a code could not be cancelled at the provider");
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
