//! Setting up the second factor of an account that has none: a number is proven, and flag,
//! number and session come in one commit (ENR-03).
//!
//! A number on file that was verified once is a second factor already, so a different number
//! needs a code to the old one first and then one to the new (treatment a of security.md, A6).
//! One that was never verified binds nobody: the new number alone does (treatment e).

use crate::auth::error::FlowError;
use crate::auth::flows::judge::{Carried, Proof};
use crate::auth::flows::verification::{self, live, record, refused, retire_later};
use crate::auth::flows::{Grant, Outcome};
use crate::auth::session;
use crate::context::RequestContext;
use crate::context::{AppState, SharedAppState};
use crate::notifications;
use crate::security::phone_rules;
use crate::store::accounts::{self, Account};
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow, Void};
use crate::store::{StoreError, Tx};
use crate::verification::State;
use domain::{Channel, Field, Notification, PhoneNumber, Problem, Purpose, Step, Timestamp};

const PURPOSE: Purpose = Purpose::SetUp;

/// What the flow of this account starts with.
pub fn subject(account: &Account) -> FlowData {
    FlowData::SetUp {
        account: account.id.clone(),
        next: None,
        on_file_proven: false,
    }
}

/// The step a set-up is at.
pub fn step(app: &AppState, flow: &Flow, account: &Account) -> Step {
    let on_file = account.phone.as_ref().map(PhoneNumber::hint);
    match &flow.verification.state {
        State::Ready { phone, .. } if is_on_file_proven(flow) => Step::SendCode {
            purpose: PURPOSE,
            hint: phone.hint(),
        },
        State::Ended { .. } => Step::SignIn,
        _ => verification::entry_step(app, flow).unwrap_or(Step::SetUp { on_file }),
    }
}

/// The step this browser's set-up is at.
pub async fn current_step(app: &AppState, flow: &Flow) -> Result<Step, FlowError> {
    let account = owner(app, flow).await?;
    Ok(step(app, flow, &account))
}

/// The number on file of the account being set up.
pub async fn on_file(app: &AppState, flow: &Flow) -> Result<Option<PhoneNumber>, FlowError> {
    Ok(owner(app, flow).await?.phone)
}

/// Takes a number, the one on file or another, and sends the first code.
pub async fn send(
    app: &SharedAppState,
    context: &RequestContext,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let mut flow = live(app, context, PURPOSE).await?;
    let account = owner(app, &flow).await?;
    let number = read(app, typed)?;
    if flow.verification.state.code().is_some() {
        return Err(FlowError::whole(Problem::FlowEnded));
    }
    let (first, next) = match &account.phone {
        Some(on_file)
            if account.phone_verified && *on_file != number && !is_on_file_proven(&flow) =>
        {
            (on_file.clone(), Some(number.clone()))
        }
        _ => (number.clone(), None),
    };
    let verification = flow.verification.clone().recollect();
    flow.verification = verification
        .and_then(|verification| verification.supply(first))
        .map_err(|refusal| refused(app, &flow, refusal))?;
    if let FlowData::SetUp { next: kept, .. } = &mut flow.subject {
        *kept = next.map(|next| next.as_e164().to_owned());
    }
    let mut tx = app.store.begin().await?;
    if account.phone.as_ref() != Some(&number)
        && accounts::count_by_phone(&mut tx, &number).await? >= app.limits.accounts_per_phone
    {
        return Err(FlowError::about(Field::Phone, Problem::PhoneCrowded));
    }
    flows::save(&mut tx, &mut flow, app.now()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    verification::send(app, context, PURPOSE, Channel::Sms).await
}

/// The same, whether or not a code is out, for callers without a page to go back on: the number
/// that was asked for before gets its code again, and any other takes its place.
pub async fn ask(
    app: &SharedAppState,
    context: &RequestContext,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let flow = live(app, context, PURPOSE).await?;
    if let Some(code) = flow.verification.state.code() {
        let asked_for = number_after(&flow).unwrap_or_else(|| code.phone.clone());
        if read(app, typed)? == asked_for {
            return verification::send_for(app, context, flow, Channel::Sms).await;
        }
        another_number(app, context).await?;
    }
    send(app, context, typed).await
}

fn read(app: &AppState, typed: &str) -> Result<PhoneNumber, FlowError> {
    phone_rules::parse(typed, &app.phone_rules)
        .map_err(|problem| FlowError::about(Field::Phone, problem))
}

/// Back to the choice of number: the code that is out dies.
pub async fn another_number(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let mut flow = live(app, context, PURPOSE).await?;
    let account = owner(app, &flow).await?;
    let code = flow.verification.state.code().cloned();
    let verification = flow.verification.clone().recollect();
    flow.verification = verification.map_err(|refusal| refused(app, &flow, refusal))?;
    let mut tx = app.store.begin().await?;
    flows::save(&mut tx, &mut flow, app.now()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    retire_later(app, code);
    Ok(Outcome::step(step(app, &flow, &account)))
}

/// The number that has to be proven after the one that was just approved.
pub(super) fn number_after(flow: &Flow) -> Option<PhoneNumber> {
    match &flow.subject {
        FlowData::SetUp {
            next: Some(next), ..
        } => PhoneNumber::from_e164(next),
        _ => None,
    }
}

/// Remembers that the number on file was proven: from here on the new one is.
pub(super) fn on_file_proven(flow: &mut Flow) {
    if let FlowData::SetUp {
        next,
        on_file_proven,
        ..
    } = &mut flow.subject
    {
        *next = None;
        *on_file_proven = true;
    }
}

const fn is_on_file_proven(flow: &Flow) -> bool {
    matches!(
        flow.subject,
        FlowData::SetUp {
            on_file_proven: true,
            ..
        }
    )
}

/// Enrols the number and opens the session, in the commit that consumed the flow. Of two set-ups
/// of one account the first to finish wins, and the other ends with it (ENR-06).
pub(super) async fn complete(
    app: &SharedAppState,
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Carried, FlowError> {
    let FlowData::SetUp {
        account,
        on_file_proven,
        ..
    } = &flow.subject
    else {
        return Err(ODD_SUBJECT.into());
    };
    let Some(before) = accounts::read(tx, account).await? else {
        return Err(FlowError::whole(Problem::FlowEnded));
    };
    // The number on file may have been verified since this flow asked (ENR-02).
    let bound = before.phone_verified && before.phone.as_ref() != Some(&proof.phone);
    if bound && !on_file_proven {
        return Err(FlowError::whole(Problem::FlowEnded));
    }
    accounts::enrol(tx, account, &proof.phone, now).await?;
    let retired = flows::void(tx, account, Void::Others(&flow.id), now).await?;
    // The number on file before, which may be another: whoever holds it is told (A6).
    let phone = proof.phone.hint();
    // The language of this first visit: nothing else is known yet.
    let before = Account {
        language: context.language,
        ..before
    };
    notifications::tell_holder(tx, &before, &Notification::TwoFactorSetUp { phone }, now).await?;
    let token = session::open(app, tx, account, Some(proof.method), context, now).await?;
    let source = &context.source;
    record(tx, flow, Event::TwoFactorSetUp, source, "", now).await?;
    let (event, method) = (Event::SessionStarted, proof.method.as_str());
    record(tx, flow, event, source, method, now).await?;
    let outcome = Outcome::step(Step::Dashboard)
        .granting(Grant::NoHandle(PURPOSE))
        .granting(Grant::Session(token));
    Ok(Carried {
        retired,
        ..Carried::from(outcome)
    })
}

const ODD_SUBJECT: StoreError = StoreError::Inconsistent {
    table: "flows",
    column: "subject",
};

/// The account being set up, as it is now; one that was set up or disabled meanwhile is not.
async fn owner(app: &AppState, flow: &Flow) -> Result<Account, FlowError> {
    let FlowData::SetUp { account, .. } = &flow.subject else {
        return Err(ODD_SUBJECT.into());
    };
    accounts::find(&app.store, account)
        .await?
        .filter(|account| !account.mfa && !account.disabled)
        .ok_or_else(|| FlowError::whole(Problem::FlowEnded))
}
