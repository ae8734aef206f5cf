//! Checking a code: reserve a try and commit, ask the provider, commit what came of it.

use crate::domain::{Field, OneTimeCode, Problem, Purpose, Refusal, Timestamp};
use crate::server::context::{App, Context};
use crate::server::error::FlowError;
use crate::server::flows::verification::{record, refused, retire_later, with_entry};
use crate::server::flows::{Outcome, budget, registration, sign_in};
use crate::server::store::StoreError;
use crate::server::store::Tx;
use crate::server::store::audit::Event;
use crate::server::store::flows::{self, Flow};
use crate::server::verification::{CheckPlan, Ending, Judgement, State};
use crate::server::verify::{CheckFailure, CheckRequest, Verdict};
use crate::server::visitor::Visitor;

/// Checks `code` for `flow`; approval carries out the purpose in the same commit (SM-05).
pub(super) async fn check(
    cx: &App,
    mut flow: Flow,
    code: &OneTimeCode,
    visitor: &Visitor,
) -> Result<Outcome, FlowError> {
    let (plan, reserved_at) = reserve(cx, &mut flow).await?;
    let judgement = ask(cx, &plan, code).await;
    let now = cx.now();
    flow.verification = flow
        .verification
        .judged(judgement, &cx.rules(flow.purpose), now);

    let mut tx = cx.store.begin().await?;
    if judgement != Judgement::Wrong
        && let Some(account) = &flow.account
    {
        budget::refund(&mut tx, &cx.factor_limit(account), reserved_at).await?;
    }
    if judgement == Judgement::Approved {
        return complete(cx, tx, flow, visitor, now).await;
    }
    flows::save(&mut tx, &mut flow).await?;
    record(
        &mut tx,
        &flow,
        event(&flow, judgement),
        &visitor.source,
        word(judgement),
        now,
    )
    .await?;
    tx.commit().await.map_err(StoreError::from)?;
    if flow.verification.state.is_over() {
        // Locked at the provider too, it would keep the number from any new code until it ends.
        retire_later(cx, Some(plan.code));
    }

    let refusal = Refusal::of(Field::Code, told(cx, &flow, judgement));
    Err(FlowError::Refused(with_entry(cx, &flow, refusal)))
}

/// Commits the try and the account's failure before the provider is asked (LOG-06, OTP-09).
async fn reserve(cx: &Context, flow: &mut Flow) -> Result<(CheckPlan, Timestamp), FlowError> {
    let now = cx.now();
    let (verification, plan) = flow
        .verification
        .clone()
        .begin_check(&cx.rules(flow.purpose), now)
        .map_err(|refusal| refused(cx, flow, refusal))?;
    let mut tx = cx.store.begin().await?;
    if let Some(account) = &flow.account
        && let Err(wait) = budget::reserve(&mut tx, &cx.factor_limit(account), now).await?
    {
        let problem = Problem::FactorHeld {
            secs: wait.until.secs_after(now),
        };
        return Err(FlowError::Refused(with_entry(
            cx,
            flow,
            Refusal::of(Field::Code, problem),
        )));
    }
    let unreserved = flow.clone();
    flow.verification = verification;
    match flows::save(&mut tx, flow).await {
        Ok(()) => {}
        // Another check of this flow was reserved in the same moment: one at a time.
        Err(StoreError::Raced) => {
            let refusal = Refusal::of(Field::Code, Problem::Busy);
            return Err(FlowError::Refused(with_entry(cx, &unreserved, refusal)));
        }
        Err(error) => return Err(error.into()),
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok((plan, now))
}

async fn ask(cx: &Context, plan: &CheckPlan, code: &OneTimeCode) -> Judgement {
    let request = CheckRequest {
        service: &plan.code.service,
        verification: &plan.code.verification,
        to: &plan.code.phone,
        code,
        transaction: None,
    };
    match cx.verifier.check(request).await {
        Ok(Verdict::Approved) => Judgement::Approved,
        Ok(Verdict::Wrong) => Judgement::Wrong,
        Ok(Verdict::NoLiveVerification) => Judgement::Gone,
        Ok(Verdict::ChecksExhausted) => Judgement::Exhausted,
        Err(
            CheckFailure::Throttled { .. }
            | CheckFailure::Configuration
            | CheckFailure::Unavailable
            | CheckFailure::Unknown,
        ) => Judgement::Unknown,
    }
}

/// Consumes the flow and carries out its purpose in one commit. Whoever loses the conditional
/// update loses everything that would have come with it.
async fn complete(
    cx: &Context,
    mut tx: Tx,
    mut flow: Flow,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Outcome, FlowError> {
    let approved = flow.verification.clone();
    flow.verification = approved
        .clone()
        .complete()
        .map_err(|refusal| refused(cx, &flow, refusal))?;
    flows::save(&mut tx, &mut flow).await?;
    record(
        &mut tx,
        &flow,
        Event::CodeApproved,
        &visitor.source,
        "",
        now,
    )
    .await?;
    let outcome = match flow.purpose {
        Purpose::Registration => {
            registration::complete(cx, &mut tx, &flow, &approved, visitor, now).await?
        }
        Purpose::SignIn => sign_in::complete(cx, &mut tx, &flow, visitor, now).await?,
        // No flow of these purposes is ever opened, so none can be completed.
        Purpose::SetUp | Purpose::PhoneChange | Purpose::Payment => {
            return Err(FlowError::whole(Problem::FlowEnded));
        }
    };
    tx.commit().await.map_err(StoreError::from)?;
    Ok(outcome)
}

fn told(cx: &Context, flow: &Flow, judgement: Judgement) -> Problem {
    match (&flow.verification.state, judgement) {
        (State::Ended { .. }, _) => Problem::TooManyAttempts,
        (_, Judgement::Gone) => Problem::CodeExpired,
        (State::AwaitingCode { code }, Judgement::Wrong) => {
            let attempts_remaining = code.tries_left(&cx.rules(flow.purpose));
            Problem::InvalidCode { attempts_remaining }
        }
        _ => Problem::CouldNotVerify,
    }
}

const fn event(flow: &Flow, judgement: Judgement) -> Event {
    match (&flow.verification.state, judgement) {
        (
            State::Ended {
                how: Ending::Exhausted,
            },
            _,
        ) => Event::TriesExhausted,
        _ => Event::CodeRefused,
    }
}

const fn word(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Approved => "approved",
        Judgement::Wrong => "wrong",
        Judgement::Gone => "gone",
        Judgement::Exhausted => "exhausted",
        Judgement::Unknown => "unknown",
    }
}
