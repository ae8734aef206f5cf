//! The second factors of an account: which it has, choosing one, and checking those that need no
//! provider.

use crate::auth::error::FlowError;
use crate::auth::flows::judge::{self, Proof};
use crate::auth::flows::verification::{self, live, record, refused, retire_later, with_entry};
use crate::auth::flows::{Outcome, alarm, authenticator, budget, payment, recovery};
use crate::context::RequestContext;
use crate::context::{AppState, SharedAppState};
use crate::notifications;
use crate::security::token::AccountId;
use crate::security::totp::CODE_LENGTH;
use crate::store::accounts::{self, Account};
use crate::store::audit::Event;
use crate::store::flows::{self, Flow};
use crate::store::{StoreError, Tx, recovery_codes};
use crate::verification::{Ending, Refused, State};
use domain::{
    Channel, Field, FormErrors, Method, MethodOption, Notification, OneTimeCode, PhoneNumber,
    Problem, Purpose, Step, Timestamp,
};

/// What the account of this flow can be asked for, the last used first.
pub async fn methods(app: &AppState, flow: &Flow) -> Result<Vec<MethodOption>, StoreError> {
    let Some(account) = &flow.account else {
        return Ok(Vec::new());
    };
    let last = accounts::find(&app.store, account)
        .await?
        .and_then(|account| account.last_method);
    let mut methods = options(app, account, flow.verification.state.phone(), last).await?;
    if flow.purpose == Purpose::Payment {
        // Those are for getting in, not for paying.
        methods.retain(|option| option.method != Method::Recovery);
    }
    Ok(methods)
}

/// What an account can be asked for when it signs in.
pub async fn of_account(
    app: &AppState,
    account: &Account,
) -> Result<Vec<MethodOption>, StoreError> {
    let phone = account.phone.as_ref().filter(|_| account.mfa);
    options(app, &account.id, phone, account.last_method).await
}

async fn options(
    app: &AppState,
    account: &AccountId,
    phone: Option<&PhoneNumber>,
    last: Option<Method>,
) -> Result<Vec<MethodOption>, StoreError> {
    let hint = phone.map(PhoneNumber::hint);
    let option = |method, enrolled| MethodOption {
        method,
        enrolled,
        hint: None,
    };
    let sms = MethodOption {
        hint: hint.clone(),
        ..option(Method::Sms, hint.is_some())
    };
    let totp = option(
        Method::Totp,
        authenticator::is_enrolled(app, account).await?,
    );
    let mut methods = if last == Some(Method::Totp) && totp.enrolled {
        vec![totp, sms]
    } else {
        vec![sms, totp]
    };
    // Kept for the day the phone is lost: only shown to those who have some.
    if recovery_codes::left(&app.store, account).await? > 0 {
        methods.push(option(Method::Recovery, true));
    }
    Ok(methods)
}

/// Takes the choice of method; SMS sends its code at once.
pub async fn choose(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    method: &str,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let flow = live(app, context, purpose).await?;
    choose_for(app, context, flow, method, channel).await
}

/// The same for a live flow, however it was found.
pub(super) async fn choose_for(
    app: &SharedAppState,
    context: &RequestContext,
    mut flow: Flow,
    method: &str,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let Some(method) = enrolled(app, &flow, method).await? else {
        return Err(FlowError::about(Field::Method, Problem::MethodUnavailable));
    };
    let asked_for = match &flow.verification.state {
        State::AwaitingFactor { method, .. } => Some(*method),
        state => state.code().map(|_| Method::Sms),
    };
    let code = flow.verification.state.code();
    let is_gone = code.is_some_and(|code| code.is_expired(app.now()));
    match asked_for {
        // A second click, an older tab or a repeated call: not a second message (SM-17).
        Some(asked_for) if asked_for == method && !is_gone => return entry_step(app, &flow),
        Some(asked_for) if asked_for != method => flow = set_aside(app, flow).await?,
        _ => {}
    }
    if method == Method::Sms {
        return verification::send_for(app, context, flow, channel).await;
    }
    let before = flow.clone();
    let expecting = flow.verification.expect_factor(method);
    flow.verification = expecting.map_err(|refusal| refused(app, &before, refusal))?;
    let mut tx = app.store.begin().await?;
    match flows::save(&mut tx, &mut flow, app.now()).await {
        Ok(()) => {}
        // A second click in the same moment.
        Err(StoreError::Raced) => return Err(refused(app, &before, Refused::Busy)),
        Err(error) => return Err(error.into()),
    }
    tx.commit().await.map_err(StoreError::from)?;
    entry_step(app, &flow)
}

fn entry_step(app: &AppState, flow: &Flow) -> Result<Outcome, FlowError> {
    verification::entry_step(app, flow)
        .map(Outcome::step)
        .ok_or_else(|| FlowError::whole(Problem::FlowEnded))
}

/// The method of this name, if it may be chosen: that is the account's to say, never the form's
/// (LOG-09).
async fn enrolled(app: &AppState, flow: &Flow, method: &str) -> Result<Option<Method>, StoreError> {
    // A number that is still to be proven leaves nothing to choose.
    let choosable = matches!(
        flow.purpose,
        Purpose::SignIn | Purpose::StepUp | Purpose::Payment
    );
    let mut methods = methods(app, flow).await?;
    methods.retain(|option| option.method.as_str() == method && option.enrolled && choosable);
    Ok(methods.first().map(|option| option.method))
}

/// Asks for a second factor once more, by this method: another message, or a change of method in
/// one go, for callers without a page to choose on.
pub async fn ask_again(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    method: Method,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let flow = live(app, context, purpose).await?;
    let by_message = !matches!(flow.verification.state, State::AwaitingFactor { .. });
    if method == Method::Sms && by_message {
        return verification::send_for(app, context, flow, channel).await;
    }
    choose_for(app, context, flow, method.as_str(), channel).await
}

/// Back to the choice of method.
pub async fn another_method(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Outcome, FlowError> {
    let flow = live(app, context, purpose).await?;
    let flow = set_aside(app, flow).await?;
    step(app, &flow).await.map(Outcome::step)
}

/// Asks for nothing any more: the code that is out dies, its number stays.
async fn set_aside(app: &SharedAppState, mut flow: Flow) -> Result<Flow, FlowError> {
    let code = flow.verification.state.code().cloned();
    let set_aside = flow
        .verification
        .clone()
        .set_aside(&app.rules(flow.purpose));
    flow.verification = set_aside.map_err(|refusal| refused(app, &flow, refusal))?;
    let mut tx = app.store.begin().await?;
    flows::save(&mut tx, &mut flow, app.now()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    retire_later(app, code);
    Ok(flow)
}

/// The step a sign-in or a step-up is at.
pub async fn step(app: &AppState, flow: &Flow) -> Result<Step, FlowError> {
    match &flow.verification.state {
        State::Ready { .. } | State::Sending { earlier: None, .. } => Ok(Step::ChooseMethod {
            purpose: flow.purpose,
            methods: methods(app, flow).await?,
        }),
        State::Sending { .. }
        | State::AwaitingCode { .. }
        | State::AwaitingFactor { .. }
        | State::Checking { .. }
        | State::Approved { .. } => entry_step(app, flow).map(|outcome| outcome.step),
        State::Collecting | State::Ended { .. } => Ok(payment::page(flow).unwrap_or(Step::SignIn)),
    }
}

/// Checks a code that needs no provider: one transaction counts the try, judges it and, if it is
/// right, carries out the purpose (TOTP-01, TOTP-04).
pub(super) async fn check(
    app: &SharedAppState,
    mut flow: Flow,
    method: Method,
    typed: &str,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    if method == Method::Totp && OneTimeCode::parse(typed, CODE_LENGTH).is_none() {
        let refusal = FormErrors::of(Field::Code, Problem::MalformedCode { digits: 6 });
        return Err(FlowError::Refused(with_entry(app, &flow, refusal)));
    }
    let (Some(account), Some(phone)) = (
        flow.account.clone(),
        flow.verification.state.phone().cloned(),
    ) else {
        return Err(refused(app, &flow, Refused::OutOfOrder));
    };
    let now = app.now();
    let limit = app.factor_limit(&account);
    let before = flow.clone();
    let mut tx = app.store.begin().await?;
    if let Err(wait) = budget::reserve(&mut tx, &limit, now).await? {
        let secs = wait.until.secs_after(now);
        let refusal = FormErrors::of(Field::Code, Problem::FactorHeld { secs });
        return Err(FlowError::Refused(with_entry(app, &flow, refusal)));
    }
    let right = is_right(app, &mut tx, &account, method, typed, now).await?;
    if right {
        budget::refund(&mut tx, &limit, now).await?;
    }
    let judged = flow
        .verification
        .clone()
        .factor_judged(right, &app.rules(flow.purpose));
    flow.verification = judged.map_err(|refusal| refused(app, &before, refusal))?;
    match flows::save(&mut tx, &mut flow, now).await {
        Ok(()) => {}
        Err(StoreError::Raced) => return Err(refused(app, &before, Refused::Busy)),
        Err(error) => return Err(error.into()),
    }
    let exhausted = flow.verification.state
        == State::Ended {
            how: Ending::Exhausted,
        };
    let event = match (right, exhausted) {
        (true, _) => Event::CodeApproved,
        (false, true) => Event::TriesExhausted,
        (false, false) => Event::CodeRefused,
    };
    record(&mut tx, &flow, event, &context.source, method.as_str(), now).await?;
    if !right {
        alarm::after_wrong_code(app, &mut tx, &account, &context.source, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        app.notices.notify_one();
        let refusal = FormErrors::of(Field::Code, told(app, &flow, method));
        return Err(FlowError::Refused(with_entry(app, &flow, refusal)));
    }
    let proof = Proof {
        method,
        phone,
        provider: None,
    };
    let carried = judge::carry_out(app, &mut tx, &flow, &proof, context, now).await?;
    judge::finish(app, tx, carried).await
}

fn told(app: &AppState, flow: &Flow, method: Method) -> Problem {
    match (&flow.verification.state, method) {
        (State::AwaitingFactor { .. }, Method::Recovery) => Problem::RecoveryCodeWrong,
        (State::AwaitingFactor { .. }, _) => Problem::InvalidCode {
            attempts_remaining: flow.verification.tries_left(&app.rules(flow.purpose)),
        },
        _ => Problem::TooManyAttempts,
    }
}

/// Whether the code is right; a right one is used up in this transaction.
async fn is_right(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    method: Method,
    typed: &str,
    now: Timestamp,
) -> Result<bool, FlowError> {
    match method {
        Method::Totp => match OneTimeCode::parse(typed, CODE_LENGTH) {
            Some(code) => authenticator::check(app, tx, account, &code, now).await,
            None => Ok(false),
        },
        Method::Recovery => {
            let Some(left) = recovery::check(tx, account, typed, now).await? else {
                return Ok(false);
            };
            if let Some(holder) = accounts::read(tx, account).await? {
                let notice = Notification::RecoveryCodeUsed { left };
                notifications::tell_holder(tx, &holder, &notice, now).await?;
            }
            Ok(true)
        }
        // A message's code is the provider's to judge.
        Method::Sms => Ok(false),
    }
}
