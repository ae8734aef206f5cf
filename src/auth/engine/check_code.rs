//! Checking a code that the provider sent: reserve an attempt and commit, ask the provider, commit the
//! result.

use crate::auth::engine::background::cancel_codes_later;
use crate::auth::engine::code_entry::{transition_error, with_entry};
use crate::auth::engine::persistence::{record_event, save_flow};
use crate::auth::engine::{rate_limit, security_alerts, send_limits};
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::security::refused_code::RefusedCode;
use crate::store::audit::Event;
use crate::store::flows::Flow;
use crate::store::{StoreError, Tx, codes};
use crate::verification::{CheckOutcome, CheckPlan, Ending, SentCode, State};
use domain::{Field, FormErrors, Method, OneTimeCode, PhoneNumber, Problem, Timestamp};
use verify::{CheckFailure, CheckRequest, Transaction, Verdict, VerificationId};

/// A right code, with its transaction still open.
///
/// The transaction contains everything that is true of the code itself. The purpose adds what the code
/// opens, and [`commit_approval`] commits both: either all of it happens or nothing.
#[must_use = "an approved code has no effect until its transaction is committed"]
pub struct Approved {
    pub tx: Tx,
    pub flow: Flow,
    pub proof: Proof,
    pub now: Timestamp,
    /// For a code that the provider has used up, however the transaction ends.
    pub late_approval: Option<LateApproval>,
}

/// What a right code has proven.
pub struct Proof {
    pub method: Method,
    /// The phone number that the flow verifies.
    pub phone: PhoneNumber,
    /// The provider's id of the verification; `None` for a code that needs no provider.
    pub provider: Option<VerificationId>,
}

impl Approved {
    pub(super) const fn by_factor(tx: Tx, flow: Flow, proof: Proof, now: Timestamp) -> Self {
        Self {
            tx,
            flow,
            proof,
            now,
            late_approval: None,
        }
    }
}

/// Checks `code` for `flow`. A right code returns [`Approved`]; every other result is committed here and
/// returned as an error. `transaction` is what a payment's code was asked for.
pub async fn check_code(
    app: &SharedAppState,
    mut flow: Flow,
    code: &OneTimeCode,
    transaction: Option<&Transaction>,
    context: &RequestContext,
) -> Result<Approved, FlowError> {
    let (plan, reserved_at) = reserve(app, &mut flow, code).await?;
    let (outcome, certainty) = ask_provider(app, &plan, code, transaction).await;
    let now = app.now();
    flow.verification = flow
        .verification
        .record_check(outcome, &app.rules(flow.purpose), now);

    let mut tx = app.store.begin().await?;
    if outcome != CheckOutcome::Wrong
        && let Some(account) = &flow.account
    {
        rate_limit::refund(&mut tx, &app.factor_limit(account), reserved_at).await?;
    }
    if outcome == CheckOutcome::Approved {
        return approve(app, tx, flow, reserved_at, context, now).await;
    }
    if outcome == CheckOutcome::Wrong && certainty == Certainty::Certain {
        flow.verification.refused = Some(refused_code(app, &plan, code));
    }
    save_flow(&mut tx, &mut flow, now).await?;
    if outcome == CheckOutcome::Wrong
        && let Some(account) = &flow.account
    {
        security_alerts::after_wrong_code(app, &mut tx, account, context.audit_origin(), now)
            .await?;
    }
    let (event, origin) = (event(&flow), context.audit_origin());
    record_event(&mut tx, &flow, event, origin, audit_detail(outcome), now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    if flow.verification.state.is_over() {
        // A code without attempts left blocks new codes to the same number until it is cancelled at the provider.
        cancel_codes_later(app, [plan.code]);
    }

    let errors = FormErrors::for_field(Field::Code, failure_problem(app, &flow, outcome));
    Err(FlowError::Refused(with_entry(app, &flow, errors)))
}

fn refused_code(app: &AppState, plan: &CheckPlan, code: &OneTimeCode) -> RefusedCode {
    app.refused_code(plan.code.verification.as_str(), code.expose())
}

/// Commits the attempt and the account's failure before the provider is asked. The code that was refused last is
/// refused again without an attempt: browsers send a code when its last digit is typed, and users press the button too.
async fn reserve(
    app: &AppState,
    flow: &mut Flow,
    code: &OneTimeCode,
) -> Result<(CheckPlan, Timestamp), FlowError> {
    let now = app.now();
    let (verification, plan) = flow
        .verification
        .clone()
        .begin_check(&app.rules(flow.purpose), now)
        .map_err(|refusal| transition_error(app, flow, refusal))?;
    if flow
        .verification
        .was_refused(&refused_code(app, &plan, code))
    {
        let problem = failure_problem(app, flow, CheckOutcome::Wrong);
        let errors = FormErrors::for_field(Field::Code, problem);
        return Err(FlowError::Refused(with_entry(app, flow, errors)));
    }
    let mut tx = app.store.begin().await?;
    if let Some(account) = &flow.account
        && let Err(wait) = rate_limit::reserve(&mut tx, &app.factor_limit(account), now).await?
    {
        let secs = wait.until.secs_after(now);
        let errors = FormErrors::for_field(Field::Code, Problem::FactorHeld { secs });
        return Err(FlowError::Refused(with_entry(app, flow, errors)));
    }
    let unreserved = flow.clone();
    flow.verification = verification;
    match save_flow(&mut tx, flow, now).await {
        Ok(()) => {}
        // Another check of this flow was reserved at the same moment; only one runs at a time.
        Err(StoreError::Raced) => {
            let errors = FormErrors::for_field(Field::Code, Problem::Busy);
            return Err(FlowError::Refused(with_entry(app, &unreserved, errors)));
        }
        Err(error) => return Err(error.into()),
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok((plan, now))
}

/// Whether the provider would refuse the same code again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Certainty {
    Certain,
    /// The provider contradicted itself, so the code must be checked again.
    Uncertain,
}

async fn ask_provider(
    app: &AppState,
    plan: &CheckPlan,
    code: &OneTimeCode,
    transaction: Option<&Transaction>,
) -> (CheckOutcome, Certainty) {
    let request = CheckRequest {
        service: &plan.code.service,
        verification: &plan.code.verification,
        to: &plan.code.phone,
        code,
        transaction,
    };
    let checked = app.verifier.check_code(request).await;
    let certainty = match checked {
        Ok(Verdict::Contradictory) => Certainty::Uncertain,
        _ => Certainty::Certain,
    };
    let outcome = match checked {
        Ok(Verdict::Approved) => CheckOutcome::Approved,
        Ok(Verdict::Wrong | Verdict::Contradictory) => CheckOutcome::Wrong,
        Ok(Verdict::NoLiveVerification) => CheckOutcome::Gone,
        Ok(Verdict::ChecksExhausted) => CheckOutcome::Exhausted,
        Err(
            CheckFailure::Throttled { .. }
            | CheckFailure::Configuration
            | CheckFailure::Unavailable
            | CheckFailure::Unknown,
        ) => CheckOutcome::Unknown,
    };
    (outcome, certainty)
}

/// Writes what the provider's approval means for the code itself.
async fn approve(
    app: &AppState,
    mut tx: Tx,
    flow: Flow,
    reserved_at: Timestamp,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Approved, FlowError> {
    let State::Approved { code } = &flow.verification.state else {
        return Err(UNEXPECTED_STATE.into());
    };
    let proof = Proof {
        method: Method::Sms,
        phone: code.phone.clone(),
        provider: Some(code.verification.clone()),
    };
    codes::delete_used_code(&mut tx, &code.verification).await?;
    send_limits::release_gap(app, &mut tx, &code.phone, code.sent_at).await?;
    let event = Event::CodeApproved;
    record_event(&mut tx, &flow, event, context.audit_origin(), "", now).await?;
    let late_approval = LateApproval {
        flow: flow.clone(),
        reserved_at,
    };
    Ok(Approved {
        tx,
        flow,
        proof,
        now,
        late_approval: Some(late_approval),
    })
}

const UNEXPECTED_STATE: StoreError = StoreError::Inconsistent {
    table: "flows",
    column: "verification",
};

/// Uses up the approval: the flow ends as completed. A flow that [`check_factor`] approved has ended
/// already. Of two concurrent requests only one gets past the conditional update.
///
/// [`check_factor`]: super::check_factor::check_factor
pub async fn consume_approval(
    app: &AppState,
    tx: &mut Tx,
    flow: &mut Flow,
    now: Timestamp,
) -> Result<(), FlowError> {
    if flow.verification.state
        == (State::Ended {
            how: Ending::Completed,
        })
    {
        return Ok(());
    }
    let completed = flow.verification.clone().complete();
    flow.verification = completed.map_err(|refusal| transition_error(app, flow, refusal))?;
    save_flow(tx, flow, now).await?;
    Ok(())
}

/// Commits an approved code together with what it opened. Then cancels `retired`, the codes of other flows
/// that ended in the same transaction.
pub async fn commit_approval(
    app: &SharedAppState,
    tx: Tx,
    retired: Vec<SentCode>,
) -> Result<(), FlowError> {
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    cancel_codes_later(app, retired);
    Ok(())
}

/// A right code whose transaction was rolled back, because its purpose could no longer be completed.
pub struct LateApproval {
    flow: Flow,
    reserved_at: Timestamp,
}

impl LateApproval {
    /// Commits what is true of the code all the same: the provider has used it up, and it is no failure of
    /// the account.
    pub async fn store(
        self,
        app: &AppState,
        context: &RequestContext,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Self { flow, reserved_at } = self;
        let mut tx = app.store.begin().await?;
        if let Some(account) = &flow.account {
            rate_limit::refund(&mut tx, &app.factor_limit(account), reserved_at).await?;
        }
        if let Some(code) = flow.verification.state.code() {
            codes::delete_used_code(&mut tx, &code.verification).await?;
        }
        let event = Event::CodeApproved;
        record_event(&mut tx, &flow, event, context.audit_origin(), "", now).await?;
        tx.commit().await.map_err(StoreError::from)
    }
}

fn failure_problem(app: &AppState, flow: &Flow, outcome: CheckOutcome) -> Problem {
    match (&flow.verification.state, outcome) {
        (State::Ended { .. }, _) => Problem::too_many_attempts(flow.purpose),
        (_, CheckOutcome::Gone) => Problem::CodeExpired,
        (State::AwaitingCode { .. }, CheckOutcome::Wrong) => Problem::InvalidCode {
            attempts_remaining: flow.verification.tries_left(&app.rules(flow.purpose)),
        },
        _ => Problem::CouldNotVerify,
    }
}

const fn event(flow: &Flow) -> Event {
    match flow.verification.state {
        State::Ended {
            how: Ending::Exhausted,
        } => Event::TriesExhausted,
        _ => Event::CodeRefused,
    }
}

const fn audit_detail(outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::Approved => "approved",
        CheckOutcome::Wrong => "wrong",
        CheckOutcome::Gone => "gone",
        CheckOutcome::Exhausted => "exhausted",
        CheckOutcome::Unknown => "unknown",
    }
}
