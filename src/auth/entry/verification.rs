//! Requests about the caller's pending verification: send, check, cancel, and the current code entry.

use std::time::Duration;

pub use crate::auth::engine::code_entry::ended_problem;
pub use crate::auth::engine::position::{Position, position};

use crate::auth::engine::background::{cancel_codes_later, run_detached};
use crate::auth::engine::check_code::{
    Approved, Proof, check_code as check_message_code, commit_approval,
};
use crate::auth::engine::check_factor::check_factor;
use crate::auth::engine::code_entry::{code_entry, with_entry};
use crate::auth::engine::persistence::{record_event, save_flow};
use crate::auth::engine::rate_limit;
use crate::auth::engine::send_code::send_code as send_message_code;
use crate::auth::engine::unsent::end_if_unsendable;
use crate::auth::entry::payment::refusals;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Grant, Outcome};
use crate::auth::purposes::completion::Completion;
use crate::auth::purposes::{self, payment};
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::security::token::AccountId;
use crate::store::audit::Event;
use crate::store::flows::{self, Flow};
use crate::store::{StoreError, Tx};
use crate::verification::{Ending, State};
use domain::{
    Channel, Field, FormErrors, OneTimeCode, PaymentId, Problem, Purpose, Step, Timestamp,
};

/// The caller's live flow, or the problem to show if there is none.
pub async fn live_flow(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Flow, FlowError> {
    match position(app, context, purpose).await? {
        Position::At(flow) => Ok(*flow),
        Position::Over(_) if purpose == Purpose::Payment => Err(FlowError::on_form(
            refusals::settled_problem(app, context).await?,
        )),
        Position::Over(how) => Err(FlowError::on_form(ended_problem(purpose, how))),
        Position::Nowhere => Err(FlowError::on_form(Problem::FlowEnded)),
    }
}

/// Why the account of a live flow may not enter codes for now: too many wrong ones were entered, in any flow. `None` for
/// flows that need no more code.
pub async fn held_problem(app: &AppState, flow: &Flow) -> Result<Option<Problem>, StoreError> {
    if let State::Approved { .. } | State::Checking { .. } = flow.verification.state {
        return Ok(None);
    }
    match &flow.account {
        Some(account) => account_held_problem(app, account).await,
        None => Ok(None),
    }
}

/// Why an account may not enter codes for now.
pub async fn account_held_problem(
    app: &AppState,
    account: &AccountId,
) -> Result<Option<Problem>, StoreError> {
    let now = app.now();
    let reached = rate_limit::read(app, &app.factor_limit(account), now).await?;
    Ok(reached.err().map(|reached| Problem::FactorHeld {
        secs: reached.until.secs_after(now),
    }))
}

/// Sends a code for the caller's flow, or sends it again.
pub async fn send_code(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let flow = live_flow(app, context, purpose).await?;
    send_code_for(app, context, flow, channel).await
}

/// Sends a code for a live flow.
pub(super) async fn send_code_for(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    let flow = run_detached(app, async move {
        let transaction = payment::transaction(&shared, &flow).await?;
        let (unsent, transaction) = (flow.clone(), transaction.as_ref());
        match send_message_code(&shared, flow, channel, transaction, &context).await {
            Err(error) => end_if_unsendable(&shared, unsent, error, &context).await,
            sent => sent,
        }
    })
    .await??;
    match payment_page(&flow).filter(|_| flow.verification.state.is_over()) {
        Some(page) => Ok(Outcome::step(page)),
        None => code_entry(app, &flow).map(|entry| Outcome::step(Step::EnterCode(entry))),
    }
}

/// Checks what was typed for the caller's flow. A right code carries out the purpose.
pub async fn check_code(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let checked = match live_flow(app, context, purpose).await {
        Ok(flow) => check_code_for(app, context, flow, typed).await,
        Err(error) => Err(error),
    };
    match checked {
        Err(error) if purpose == Purpose::Payment => {
            Err(refusals::record_failed_confirmation(app, context, error).await)
        }
        checked => checked,
    }
}

/// Checks what was typed for a live flow.
pub(super) async fn check_code_for(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let live = flow.clone();
    match check_live_code(app, context, flow, typed).await {
        Err(error) if error.is_held() => {
            end_held_payment(app, context, live).await?;
            Err(error)
        }
        checked => checked,
    }
}

/// Ends a payment whose account may not enter codes for now: it expires before they are accepted again.
async fn end_held_payment(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
) -> Result<(), FlowError> {
    if flow.purpose != Purpose::Payment {
        return Ok(());
    }
    let (how, event) = (Ending::Exhausted, Event::TriesExhausted);
    end_flow(app, context, flow, how, event, "held").await
}

async fn check_live_code(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    if let State::AwaitingFactor { method, .. } = flow.verification.state {
        let typed = typed.to_owned();
        return run_detached(app, async move {
            let approved = check_factor(&shared, flow, method, &typed, &context).await?;
            complete(&shared, approved, &context).await
        })
        .await?;
    }
    let length = app.limits.code_length;
    let Some(code) = OneTimeCode::parse(typed, length) else {
        let digits = u8::try_from(length.digits()).unwrap_or(u8::MAX);
        let errors = FormErrors::for_field(Field::Code, Problem::MalformedCode { digits });
        return Err(FlowError::Refused(with_entry(app, &flow, errors)));
    };
    run_detached(app, async move {
        let transaction = payment::transaction(&shared, &flow).await?;
        let transaction = transaction.as_ref();
        let approved = check_message_code(&shared, flow, &code, transaction, &context).await?;
        complete(&shared, approved, &context).await
    })
    .await?
}

/// Carries out the purpose of an approved code and commits both together.
async fn complete(
    app: &SharedAppState,
    approved: Approved,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let Approved {
        tx,
        flow,
        proof,
        now,
        late_approval,
    } = approved;
    let completed = commit_completion(app, tx, flow, &proof, context, now).await;
    if let Err(FlowError::Refused(_) | FlowError::Store(StoreError::Raced)) = &completed
        && let Some(late_approval) = late_approval
    {
        late_approval.store(app, context, now).await?;
    }
    let (outcome, payment) = completed?;
    if let Some(payment) = &payment {
        payment::settle::execute(app, payment).await;
    }
    Ok(outcome)
}

/// Takes the transaction by value, so that a failure has rolled it back when this returns.
async fn commit_completion(
    app: &SharedAppState,
    mut tx: Tx,
    flow: Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<(Outcome, Option<PaymentId>), FlowError> {
    let Completion {
        outcome,
        retired,
        payment,
    } = purposes::complete(app, &mut tx, flow, proof, context, now).await?;
    commit_approval(app, tx, retired).await?;
    Ok((outcome, payment))
}

/// Cancels the caller's flow: in the database at once, at the provider in the background. Succeeds also if
/// the flow has ended or there is none.
pub async fn cancel(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Outcome, FlowError> {
    let mut outcome = Outcome::step(match purpose {
        Purpose::Registration => Step::Details,
        Purpose::SignIn | Purpose::SetUp | Purpose::PasswordReset => Step::SignIn,
        Purpose::PhoneChange | Purpose::StepUp | Purpose::Payment => Step::Profile,
    });
    if let Position::At(flow) = position(app, context, purpose).await? {
        if let Some(page) = payment_page(&flow) {
            outcome.step = page;
        }
        cancel_flow(app, context, *flow).await?;
    }
    // The page of a cancelled payment still shows its result, and finds it by this token.
    if purpose == Purpose::Payment {
        return Ok(outcome);
    }
    Ok(outcome.granting(Grant::NoFlowToken(purpose)))
}

async fn cancel_flow(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
) -> Result<(), FlowError> {
    let (how, event) = (Ending::Cancelled, Event::FlowCancelled);
    end_flow(app, context, flow, how, event, "").await
}

/// Ends a flow, records the event, and invalidates the code that is out. A flow that a concurrent request has moved stays
/// as that request left it.
async fn end_flow(
    app: &SharedAppState,
    context: &RequestContext,
    mut flow: Flow,
    how: Ending,
    event: Event,
    detail: &str,
) -> Result<(), FlowError> {
    let code = flow.verification.state.code().cloned();
    flow.verification = flow.verification.end(how);
    let now = app.now();
    let mut tx = app.store.begin().await?;
    match save_flow(&mut tx, &mut flow, now).await {
        Ok(()) => {}
        Err(StoreError::Raced) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    record_event(&mut tx, &flow, event, context.audit_origin(), detail, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    cancel_codes_later(app, code);
    Ok(())
}

/// How long a page that was left may take to return: a reload, also on a slow phone.
const RETURN_TIME: Duration = Duration::from_secs(8);

/// Cancels the caller's flow unless its page returns within [`RETURN_TIME`] or the flow moves. A browser reports the
/// leaving of a page in the same way for a reload, so only the return of the page distinguishes the two.
pub async fn leave(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<(), FlowError> {
    let Position::At(flow) = position(app, context, purpose).await? else {
        return Ok(());
    };
    let (shared, context, left_at) = (SharedAppState::clone(app), context.clone(), app.now());
    // Not one of `app.tasks`, so a shutdown does not wait for it. The flow then expires by itself.
    tokio::spawn(async move {
        tokio::time::sleep(RETURN_TIME).await;
        if let Err(error) = cancel_unless_returned(&shared, &context, *flow, left_at).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a verification whose page was left could not be cancelled; it expires"
            );
        }
    });
    Ok(())
}

async fn cancel_unless_returned(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
    left_at: Timestamp,
) -> Result<(), FlowError> {
    if flows::has_page_returned_since(&app.store, &flow.id, left_at).await? {
        return Ok(());
    }
    // The flow as it was when its page was left: if it has moved since, this changes nothing.
    cancel_flow(app, context, flow).await
}

/// Reports that a page of the caller's flow has returned.
pub async fn return_to(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<(), FlowError> {
    if let Position::At(flow) = position(app, context, purpose).await? {
        flows::record_page_return(&app.store, &flow.id, app.now()).await?;
    }
    Ok(())
}

/// The current code entry of the caller's flow.
pub async fn current_code_entry(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Outcome, FlowError> {
    let flow = live_flow(app, context, purpose).await?;
    code_entry(app, &flow).map(|entry| Outcome::step(Step::EnterCode(entry)))
}

/// The page of the payment that the flow is for.
fn payment_page(flow: &Flow) -> Option<Step> {
    let id = flow.data.payment_id()?.clone();
    Some(Step::Payment { id })
}
