//! The second factors of an account: which it has, choosing one, and checking those that need no
//! provider.

use crate::auth::error::FlowError;
use crate::auth::flows::judge::{self, Proof};
use crate::auth::flows::verification::{self, live, record, refused, retire_later, with_entry};
use crate::auth::flows::{Outcome, alarm, authenticator, budget, payment, recovery};
use crate::context::Visitor;
use crate::context::{App, Context};
use crate::notifications;
use crate::security::token::AccountId;
use crate::security::totp::CODE_LENGTH;
use crate::store::accounts::{self, Account};
use crate::store::audit::Event;
use crate::store::flows::{self, Flow};
use crate::store::{StoreError, Tx, recovery_codes};
use crate::verification::{Ending, Refused, State};
use domain::{
    Channel, Field, Method, MethodOption, Notice, OneTimeCode, PhoneNumber, Problem, Purpose,
    Refusal, Step, Timestamp,
};

/// What the account of this flow can be asked for, the last used first.
pub async fn methods(cx: &Context, flow: &Flow) -> Result<Vec<MethodOption>, StoreError> {
    let Some(account) = &flow.account else {
        return Ok(Vec::new());
    };
    let last = accounts::find(&cx.store, account)
        .await?
        .and_then(|account| account.last_method);
    let mut methods = options(cx, account, flow.verification.state.phone(), last).await?;
    if flow.purpose == Purpose::Payment {
        // Those are for getting in, not for paying.
        methods.retain(|option| option.method != Method::Recovery);
    }
    Ok(methods)
}

/// What an account can be asked for when it signs in.
pub async fn of_account(cx: &Context, account: &Account) -> Result<Vec<MethodOption>, StoreError> {
    let phone = account.phone.as_ref().filter(|_| account.mfa);
    options(cx, &account.id, phone, account.last_method).await
}

async fn options(
    cx: &Context,
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
    let totp = option(Method::Totp, authenticator::is_enrolled(cx, account).await?);
    let mut methods = if last == Some(Method::Totp) && totp.enrolled {
        vec![totp, sms]
    } else {
        vec![sms, totp]
    };
    // Kept for the day the phone is lost: only shown to those who have some.
    if recovery_codes::left(&cx.store, account).await? > 0 {
        methods.push(option(Method::Recovery, true));
    }
    Ok(methods)
}

/// Takes the choice of method; SMS sends its code at once.
pub async fn choose(
    cx: &App,
    visitor: &Visitor,
    purpose: Purpose,
    method: &str,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let flow = live(cx, visitor, purpose).await?;
    choose_for(cx, visitor, flow, method, channel).await
}

/// The same for a live flow, however it was found.
pub(super) async fn choose_for(
    cx: &App,
    visitor: &Visitor,
    mut flow: Flow,
    method: &str,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let Some(method) = enrolled(cx, &flow, method).await? else {
        return Err(FlowError::about(Field::Method, Problem::MethodUnavailable));
    };
    let asked_for = match &flow.verification.state {
        State::AwaitingFactor { method, .. } => Some(*method),
        state => state.code().map(|_| Method::Sms),
    };
    let code = flow.verification.state.code();
    let is_gone = code.is_some_and(|code| code.is_expired(cx.now()));
    match asked_for {
        // A second click, an older tab or a repeated call: not a second message (SM-17).
        Some(asked_for) if asked_for == method && !is_gone => return entry_step(cx, &flow),
        Some(asked_for) if asked_for != method => flow = set_aside(cx, flow).await?,
        _ => {}
    }
    if method == Method::Sms {
        return verification::send_for(cx, visitor, flow, channel).await;
    }
    let before = flow.clone();
    let expecting = flow.verification.expect_factor(method);
    flow.verification = expecting.map_err(|refusal| refused(cx, &before, refusal))?;
    let mut tx = cx.store.begin().await?;
    match flows::save(&mut tx, &mut flow, cx.now()).await {
        Ok(()) => {}
        // A second click in the same moment.
        Err(StoreError::Raced) => return Err(refused(cx, &before, Refused::Busy)),
        Err(error) => return Err(error.into()),
    }
    tx.commit().await.map_err(StoreError::from)?;
    entry_step(cx, &flow)
}

fn entry_step(cx: &Context, flow: &Flow) -> Result<Outcome, FlowError> {
    verification::entry_step(cx, flow)
        .map(Outcome::step)
        .ok_or_else(|| FlowError::whole(Problem::FlowEnded))
}

/// The method of this name, if it may be chosen: that is the account's to say, never the form's
/// (LOG-09).
async fn enrolled(cx: &Context, flow: &Flow, method: &str) -> Result<Option<Method>, StoreError> {
    // A number that is still to be proven leaves nothing to choose.
    let choosable = matches!(
        flow.purpose,
        Purpose::SignIn | Purpose::StepUp | Purpose::Payment
    );
    let mut methods = methods(cx, flow).await?;
    methods.retain(|option| option.method.as_str() == method && option.enrolled && choosable);
    Ok(methods.first().map(|option| option.method))
}

/// Asks for a second factor once more, by this method: another message, or a change of method in
/// one go, for callers without a page to choose on.
pub async fn ask_again(
    cx: &App,
    visitor: &Visitor,
    purpose: Purpose,
    method: Method,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let flow = live(cx, visitor, purpose).await?;
    let by_message = !matches!(flow.verification.state, State::AwaitingFactor { .. });
    if method == Method::Sms && by_message {
        return verification::send_for(cx, visitor, flow, channel).await;
    }
    choose_for(cx, visitor, flow, method.as_str(), channel).await
}

/// Back to the choice of method.
pub async fn another_method(
    cx: &App,
    visitor: &Visitor,
    purpose: Purpose,
) -> Result<Outcome, FlowError> {
    let flow = live(cx, visitor, purpose).await?;
    let flow = set_aside(cx, flow).await?;
    step(cx, &flow).await.map(Outcome::step)
}

/// Asks for nothing any more: the code that is out dies, its number stays.
async fn set_aside(cx: &App, mut flow: Flow) -> Result<Flow, FlowError> {
    let code = flow.verification.state.code().cloned();
    let set_aside = flow.verification.clone().set_aside(&cx.rules(flow.purpose));
    flow.verification = set_aside.map_err(|refusal| refused(cx, &flow, refusal))?;
    let mut tx = cx.store.begin().await?;
    flows::save(&mut tx, &mut flow, cx.now()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    retire_later(cx, code);
    Ok(flow)
}

/// The step a sign-in or a step-up is at.
pub async fn step(cx: &Context, flow: &Flow) -> Result<Step, FlowError> {
    match &flow.verification.state {
        State::Ready { .. } | State::Sending { earlier: None, .. } => Ok(Step::ChooseMethod {
            purpose: flow.purpose,
            methods: methods(cx, flow).await?,
        }),
        State::Sending { .. }
        | State::AwaitingCode { .. }
        | State::AwaitingFactor { .. }
        | State::Checking { .. }
        | State::Approved { .. } => entry_step(cx, flow).map(|outcome| outcome.step),
        State::Collecting | State::Ended { .. } => Ok(payment::page(flow).unwrap_or(Step::SignIn)),
    }
}

/// Checks a code that needs no provider: one transaction counts the try, judges it and, if it is
/// right, carries out the purpose (TOTP-01, TOTP-04).
pub(super) async fn check(
    cx: &App,
    mut flow: Flow,
    method: Method,
    typed: &str,
    visitor: &Visitor,
) -> Result<Outcome, FlowError> {
    if method == Method::Totp && OneTimeCode::parse(typed, CODE_LENGTH).is_none() {
        let refusal = Refusal::of(Field::Code, Problem::MalformedCode { digits: 6 });
        return Err(FlowError::Refused(with_entry(cx, &flow, refusal)));
    }
    let (Some(account), Some(phone)) = (
        flow.account.clone(),
        flow.verification.state.phone().cloned(),
    ) else {
        return Err(refused(cx, &flow, Refused::OutOfOrder));
    };
    let now = cx.now();
    let limit = cx.factor_limit(&account);
    let before = flow.clone();
    let mut tx = cx.store.begin().await?;
    if let Err(wait) = budget::reserve(&mut tx, &limit, now).await? {
        let secs = wait.until.secs_after(now);
        let refusal = Refusal::of(Field::Code, Problem::FactorHeld { secs });
        return Err(FlowError::Refused(with_entry(cx, &flow, refusal)));
    }
    let right = is_right(cx, &mut tx, &account, method, typed, now).await?;
    if right {
        budget::refund(&mut tx, &limit, now).await?;
    }
    let judged = flow
        .verification
        .clone()
        .factor_judged(right, &cx.rules(flow.purpose));
    flow.verification = judged.map_err(|refusal| refused(cx, &before, refusal))?;
    match flows::save(&mut tx, &mut flow, now).await {
        Ok(()) => {}
        Err(StoreError::Raced) => return Err(refused(cx, &before, Refused::Busy)),
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
    record(&mut tx, &flow, event, &visitor.source, method.as_str(), now).await?;
    if !right {
        alarm::after_wrong_code(cx, &mut tx, &account, &visitor.source, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        cx.notices.notify_one();
        let refusal = Refusal::of(Field::Code, told(cx, &flow, method));
        return Err(FlowError::Refused(with_entry(cx, &flow, refusal)));
    }
    let proof = Proof {
        method,
        phone,
        provider: None,
    };
    let carried = judge::carry_out(cx, &mut tx, &flow, &proof, visitor, now).await?;
    judge::finish(cx, tx, carried).await
}

fn told(cx: &Context, flow: &Flow, method: Method) -> Problem {
    match (&flow.verification.state, method) {
        (State::AwaitingFactor { .. }, Method::Recovery) => Problem::RecoveryCodeWrong,
        (State::AwaitingFactor { .. }, _) => Problem::InvalidCode {
            attempts_remaining: flow.verification.tries_left(&cx.rules(flow.purpose)),
        },
        _ => Problem::TooManyAttempts,
    }
}

/// Whether the code is right; a right one is used up in this transaction.
async fn is_right(
    cx: &Context,
    tx: &mut Tx,
    account: &AccountId,
    method: Method,
    typed: &str,
    now: Timestamp,
) -> Result<bool, FlowError> {
    match method {
        Method::Totp => match OneTimeCode::parse(typed, CODE_LENGTH) {
            Some(code) => authenticator::check(cx, tx, account, &code, now).await,
            None => Ok(false),
        },
        Method::Recovery => {
            let Some(left) = recovery::check(tx, account, typed, now).await? else {
                return Ok(false);
            };
            if let Some(holder) = accounts::read(tx, account).await? {
                let notice = Notice::RecoveryCodeUsed { left };
                notifications::tell_holder(tx, &holder, &notice, now).await?;
            }
            Ok(true)
        }
        // A message's code is the provider's to judge.
        Method::Sms => Ok(false),
    }
}
