//! Changing the phone number: a code to the new one proves it, "Confirm" saves it, and until then
//! everything still goes to the old one (PHN-02).

use crate::auth::error::FlowError;
use crate::auth::flows::verification::{self, live, open, record, refused, retire_later};
use crate::auth::flows::{Grant, Outcome, deliver, detached, step_up};
use crate::auth::session;
use crate::context::Visitor;
use crate::context::{App, Context};
use crate::notifications;
use crate::security::phone_rules;
use crate::security::token::FlowId;
use crate::store::audit::Event;
use crate::store::flow_data::Subject;
use crate::store::flows::{self, Flow, Void};
use crate::store::{StoreError, accounts};
use crate::verification::{State, Verification};
use domain::{Area, Channel, Field, Notice, PhoneNumber, Problem, Purpose, Step};

const PURPOSE: Purpose = Purpose::PhoneChange;

/// Takes the new number. What cannot become the account's number is refused before anything is
/// sent (PHN-06).
pub async fn begin(cx: &App, visitor: &Visitor, typed: &str) -> Result<Outcome, FlowError> {
    let account = step_up::require(cx, visitor).await?.account;
    let number = phone_rules::parse(typed, &cx.phone_rules)
        .map_err(|problem| FlowError::about(Field::Phone, problem))?;
    let Some(from) = account.phone.clone() else {
        return Err(FlowError::whole(Problem::MethodUnavailable));
    };
    if from == number {
        return Err(FlowError::about(Field::Phone, Problem::PhoneUnchanged));
    }
    let now = cx.now();
    if let Some(problem) = cx.cooling(&account, now) {
        return Err(FlowError::whole(problem));
    }
    let flow = Flow::new(
        FlowId::generate(),
        PURPOSE,
        Some(account.id.clone()),
        Verification::ready(number.clone(), &cx.rules(PURPOSE), now),
        Subject::PhoneChange {
            account: account.id.clone(),
            from: from.as_e164().to_owned(),
        },
    );
    let mut tx = cx.store.begin().await?;
    if accounts::count_by_phone(&mut tx, &number).await? >= cx.limits.accounts_per_phone {
        return Err(FlowError::about(Field::Phone, Problem::PhoneCrowded));
    }
    // Of several changes only the last one started can finish, whichever browser it is in
    // (PHN-03).
    let retired = flows::void(&mut tx, &account.id, Void::OthersOf(PURPOSE, &flow.id), now).await?;
    let (handle, _) = open(&mut tx, &flow, None).await?;
    let event = Event::PhoneChangeBegun;
    record(&mut tx, &flow, event, &visitor.source, "", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    for code in retired {
        retire_later(cx, Some(code));
    }
    let (app, visitor) = (App::clone(cx), visitor.clone());
    let sent = detached(cx, async move {
        deliver::send(&app, flow, Channel::Sms, &visitor).await
    });
    // A number no code could be sent to is typed again: its flow is nobody's and runs out.
    let flow = sent.await??;
    let entry = verification::entry(cx, &flow)?;
    Ok(Outcome::step(Step::EnterCode(entry)).granting(Grant::Handle(PURPOSE, handle)))
}

/// Back to the number: the flow ends, and the page asks again.
pub async fn another_number(cx: &App, visitor: &Visitor) -> Result<Outcome, FlowError> {
    let cancelled = verification::cancel(cx, visitor, PURPOSE).await?;
    Ok(Outcome {
        step: Step::Opened { area: Area::Phone },
        ..cancelled
    })
}

/// The step a change is at; `None` before its first code.
pub fn step(cx: &Context, flow: &Flow) -> Option<Step> {
    match &flow.verification.state {
        State::Approved { code } => Some(Step::ConfirmPhone {
            hint: code.phone.hint(),
        }),
        _ => verification::entry_step(cx, flow),
    }
}

/// Saves the verified number. In the same commit every other session and flow of the account
/// ends and this session gets a new token (PHN-04).
pub async fn confirm(cx: &App, visitor: &Visitor) -> Result<Outcome, FlowError> {
    let flow = live(cx, visitor, PURPOSE).await?;
    let (app, visitor) = (App::clone(cx), visitor.clone());
    detached(cx, async move { save(&app, flow, &visitor).await }).await?
}

async fn save(cx: &App, mut flow: Flow, visitor: &Visitor) -> Result<Outcome, FlowError> {
    let signed_in = session::current(cx, visitor)
        .await?
        .ok_or_else(|| FlowError::whole(Problem::FlowEnded))?;
    let now = cx.now();
    let new = flow.verification.state.phone().cloned();
    let verification = flow.verification.clone().complete();
    flow.verification = verification.map_err(|refusal| refused(cx, &flow, refusal))?;
    let (Subject::PhoneChange { account, from }, Some(new)) = (flow.subject.clone(), new) else {
        return Err(FlowError::whole(Problem::FlowEnded));
    };
    let Some(old) = PhoneNumber::from_e164(&from) else {
        return Err(StoreError::Inconsistent {
            table: "flows",
            column: "subject",
        }
        .into());
    };
    let mut tx = cx.store.begin().await?;
    flows::save(&mut tx, &mut flow, now).await?;
    let holder = accounts::read(&mut tx, &account).await?;
    accounts::change_phone(&mut tx, &account, &old, &new, now).await?;
    if let Some(holder) = holder {
        // As it was read: the old number and the e-mail (PHN-04).
        let phone = new.hint();
        notifications::tell_holder(&mut tx, &holder, &Notice::PhoneChanged { phone }, now).await?;
    }
    let token = session::renew_alone(&mut tx, visitor, &signed_in).await?;
    let retired = flows::void(&mut tx, &account, Void::Others(&flow.id), now).await?;
    let event = Event::PhoneChanged;
    record(&mut tx, &flow, event, &visitor.source, "", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    cx.notices.notify_one();
    for code in retired {
        retire_later(cx, Some(code));
    }
    Ok(Outcome::step(Step::PhoneChanged)
        .granting(Grant::NoHandle(PURPOSE))
        .granting(Grant::Session(token)))
}
