//! Checking a code: reserve a try and commit, ask the provider, commit what came of it.

use crate::auth::error::FlowError;
use crate::auth::flows::verification::{record, refused, retire_later, with_entry};
use crate::auth::flows::{Outcome, alarm, budget, payment, registration, set_up, sign_in, step_up};
use crate::context::RequestContext;
use crate::context::{AppState, SharedAppState};
use crate::store::audit::Event;
use crate::store::flows::{self, Flow};
use crate::store::{StoreError, Tx, codes};
use crate::verification::{CheckPlan, Ending, Judgement, SentCode, State};
use domain::{
    Field, FormErrors, Method, OneTimeCode, PaymentId, PhoneNumber, Problem, Purpose, Step,
    Timestamp,
};
use verify::{CheckFailure, CheckRequest, Transaction, Verdict, VerificationId};

/// Checks `code` for `flow`; approval carries out the purpose in the same commit (SM-05).
pub(super) async fn check(
    app: &SharedAppState,
    mut flow: Flow,
    code: &OneTimeCode,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let transaction = payment::transaction(app, &flow).await?;
    let (plan, reserved_at) = reserve(app, &mut flow).await?;
    let judgement = ask(app, &plan, code, transaction.as_ref()).await;
    let now = app.now();
    flow.verification = flow
        .verification
        .judged(judgement, &app.rules(flow.purpose), now);

    let mut tx = app.store.begin().await?;
    if judgement != Judgement::Wrong
        && let Some(account) = &flow.account
    {
        budget::refund(&mut tx, &app.factor_limit(account), reserved_at).await?;
    }
    if judgement == Judgement::Approved {
        let carried = approved(app, tx, flow.clone(), context, now).await;
        if let Err(FlowError::Refused(_) | FlowError::Store(StoreError::Raced)) = &carried {
            right_in_vain(app, &flow, reserved_at, context, now).await?;
        }
        return carried;
    }
    flows::save(&mut tx, &mut flow, now).await?;
    if judgement == Judgement::Wrong
        && let Some(account) = &flow.account
    {
        alarm::after_wrong_code(app, &mut tx, account, &context.source, now).await?;
    }
    record(
        &mut tx,
        &flow,
        event(&flow, judgement),
        &context.source,
        word(judgement),
        now,
    )
    .await?;
    tx.commit().await.map_err(StoreError::from)?;
    // Perhaps nobody was told of anything; looking costs one read.
    app.notices.notify_one();
    if flow.verification.state.is_over() {
        // Locked at the provider too, it would keep the number from any new code until it ends.
        retire_later(app, Some(plan.code));
    }

    let refusal = FormErrors::of(Field::Code, told(app, &flow, judgement));
    Err(FlowError::Refused(with_entry(app, &flow, refusal)))
}

/// Commits the try and the account's failure before the provider is asked (LOG-06, OTP-09).
async fn reserve(app: &AppState, flow: &mut Flow) -> Result<(CheckPlan, Timestamp), FlowError> {
    let now = app.now();
    let (verification, plan) = flow
        .verification
        .clone()
        .begin_check(&app.rules(flow.purpose), now)
        .map_err(|refusal| refused(app, flow, refusal))?;
    let mut tx = app.store.begin().await?;
    if let Some(account) = &flow.account
        && let Err(wait) = budget::reserve(&mut tx, &app.factor_limit(account), now).await?
    {
        let problem = Problem::FactorHeld {
            secs: wait.until.secs_after(now),
        };
        return Err(FlowError::Refused(with_entry(
            app,
            flow,
            FormErrors::of(Field::Code, problem),
        )));
    }
    let unreserved = flow.clone();
    flow.verification = verification;
    match flows::save(&mut tx, flow, now).await {
        Ok(()) => {}
        // Another check of this flow was reserved in the same moment: one at a time.
        Err(StoreError::Raced) => {
            let refusal = FormErrors::of(Field::Code, Problem::Busy);
            return Err(FlowError::Refused(with_entry(app, &unreserved, refusal)));
        }
        Err(error) => return Err(error.into()),
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok((plan, now))
}

async fn ask(
    app: &AppState,
    plan: &CheckPlan,
    code: &OneTimeCode,
    transaction: Option<&Transaction>,
) -> Judgement {
    let request = CheckRequest {
        service: &plan.code.service,
        verification: &plan.code.verification,
        to: &plan.code.phone,
        code,
        transaction,
    };
    match app.verifier.check(request).await {
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

/// The provider said yes: what that means is the purpose's to say, in the same commit. Whoever
/// loses the conditional update loses everything that would have come with it.
async fn approved(
    app: &SharedAppState,
    mut tx: Tx,
    mut flow: Flow,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Outcome, FlowError> {
    let phone = flow.verification.state.phone().cloned();
    let code = flow.verification.state.code();
    let provider = code.map(|code| code.verification.clone());
    if let Some(code) = &provider {
        codes::used(&mut tx, code).await?;
    }
    let event = Event::CodeApproved;
    record(&mut tx, &flow, event, &context.source, "", now).await?;
    let carried = match set_up::number_after(&flow) {
        Some(next) => {
            let verification = flow.verification.clone().then_prove(next.clone());
            flow.verification = verification.map_err(|refusal| refused(app, &flow, refusal))?;
            set_up::on_file_proven(&mut flow);
            flows::save(&mut tx, &mut flow, now).await?;
            Carried::from(Outcome::step(Step::SendCode {
                purpose: flow.purpose,
                hint: next.hint(),
            }))
        }
        // Saved by "Confirm" and not before (PHN-02).
        None if flow.purpose == Purpose::PhoneChange => {
            flows::save(&mut tx, &mut flow, now).await?;
            let hint = phone.as_ref().map(PhoneNumber::hint).ok_or(ODD_STATE)?;
            Carried::from(Outcome::step(Step::ConfirmPhone { hint }))
        }
        None => {
            let verification = flow.verification.clone().complete();
            flow.verification = verification.map_err(|refusal| refused(app, &flow, refusal))?;
            flows::save(&mut tx, &mut flow, now).await?;
            let proof = Proof {
                method: Method::Sms,
                phone: phone.ok_or(ODD_STATE)?,
                provider,
            };
            carry_out(app, &mut tx, &flow, &proof, context, now).await?
        }
    };
    finish(app, tx, carried).await
}

/// A right code came too late to carry anything out, and its transaction is gone: what is true of the
/// code itself is written down all the same. It was right, and no failure of the account's.
async fn right_in_vain(
    app: &AppState,
    flow: &Flow,
    reserved_at: Timestamp,
    context: &RequestContext,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut tx = app.store.begin().await?;
    if let Some(account) = &flow.account {
        budget::refund(&mut tx, &app.factor_limit(account), reserved_at).await?;
    }
    if let Some(code) = flow.verification.state.code() {
        codes::used(&mut tx, &code.verification).await?;
    }
    let event = Event::CodeApproved;
    record(&mut tx, flow, event, &context.source, "", now).await?;
    tx.commit().await.map_err(StoreError::from)
}

/// Commits what was carried out, and does what may only be done once that is certain.
pub(super) async fn finish(
    app: &SharedAppState,
    tx: Tx,
    carried: Carried,
) -> Result<Outcome, FlowError> {
    tx.commit().await.map_err(StoreError::from)?;
    app.notices.notify_one();
    for code in carried.retired {
        retire_later(app, Some(code));
    }
    if let Some(payment) = &carried.payment {
        payment::settle_soon(app, payment).await;
    }
    Ok(carried.outcome)
}

const ODD_STATE: StoreError = StoreError::Inconsistent {
    table: "flows",
    column: "verification",
};

/// What was proven, and how.
pub(super) struct Proof {
    pub method: Method,
    /// The number the flow is about.
    pub phone: PhoneNumber,
    /// The provider's name of the verification, where it judged the code.
    pub provider: Option<VerificationId>,
}

/// What came of carrying out a purpose.
pub(super) struct Carried {
    pub outcome: Outcome,
    /// Codes of other flows that ended with it, to be cancelled after the commit.
    pub retired: Vec<SentCode>,
    /// A payment that is to be carried out after the commit.
    pub payment: Option<PaymentId>,
}

impl From<Outcome> for Carried {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            retired: Vec::new(),
            payment: None,
        }
    }
}

/// Carries out the purpose of a flow that was consumed in this transaction.
pub(super) async fn carry_out(
    app: &SharedAppState,
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Carried, FlowError> {
    match flow.purpose {
        Purpose::Registration => registration::complete(app, tx, flow, proof, context, now)
            .await
            .map(Carried::from),
        Purpose::SignIn => sign_in::complete(app, tx, flow, proof, context, now)
            .await
            .map(Carried::from),
        Purpose::SetUp => set_up::complete(app, tx, flow, proof, context, now).await,
        Purpose::StepUp => step_up::complete(tx, flow, proof, context, now)
            .await
            .map(Carried::from),
        Purpose::Payment => payment::complete(tx, flow, proof, context, now).await,
        // A phone change waits for "Confirm".
        Purpose::PhoneChange => Err(FlowError::whole(Problem::FlowEnded)),
    }
}

fn told(app: &AppState, flow: &Flow, judgement: Judgement) -> Problem {
    match (&flow.verification.state, judgement) {
        (State::Ended { .. }, _) => Problem::TooManyAttempts,
        (_, Judgement::Gone) => Problem::CodeExpired,
        (State::AwaitingCode { .. }, Judgement::Wrong) => Problem::InvalidCode {
            attempts_remaining: flow.verification.tries_left(&app.rules(flow.purpose)),
        },
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
