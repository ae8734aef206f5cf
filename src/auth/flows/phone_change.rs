//! Changing the phone number: a code to the new one proves it, "Confirm" saves it, and until then
//! everything still goes to the old one (PHN-02).

use crate::auth::error::FlowError;
use crate::auth::flows::verification::{self, live, open, record, refused, retire_later};
use crate::auth::flows::{Grant, Outcome, deliver, detached, step_up};
use crate::auth::session;
use crate::context::RequestContext;
use crate::context::{AppState, SharedAppState};
use crate::notifications;
use crate::security::phone_rules;
use crate::security::token::FlowId;
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow, Void};
use crate::store::{StoreError, accounts};
use crate::verification::{State, Verification};
use domain::{Channel, Field, Notification, PhoneNumber, Problem, ProtectedArea, Purpose, Step};

const PURPOSE: Purpose = Purpose::PhoneChange;

/// Takes the new number. What cannot become the account's number is refused before anything is
/// sent (PHN-06).
pub async fn begin(
    app: &SharedAppState,
    context: &RequestContext,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let account = step_up::require(app, context).await?.account;
    let number = phone_rules::parse(typed, &app.phone_rules)
        .map_err(|problem| FlowError::about(Field::Phone, problem))?;
    let Some(from) = account.phone.clone() else {
        return Err(FlowError::whole(Problem::MethodUnavailable));
    };
    if from == number {
        return Err(FlowError::about(Field::Phone, Problem::PhoneUnchanged));
    }
    let now = app.now();
    if let Some(problem) = app.cooling(&account, now) {
        return Err(FlowError::whole(problem));
    }
    let flow = Flow::new(
        FlowId::generate(),
        PURPOSE,
        Some(account.id.clone()),
        Verification::ready(number.clone(), &app.rules(PURPOSE), now),
        FlowData::PhoneChange {
            account: account.id.clone(),
            from: from.as_e164().to_owned(),
        },
    );
    let mut tx = app.store.begin().await?;
    if accounts::count_by_phone(&mut tx, &number).await? >= app.limits.accounts_per_phone {
        return Err(FlowError::about(Field::Phone, Problem::PhoneCrowded));
    }
    // Of several changes only the last one started can finish, whichever browser it is in
    // (PHN-03).
    let retired = flows::void(&mut tx, &account.id, Void::OthersOf(PURPOSE, &flow.id), now).await?;
    let (handle, _) = open(&mut tx, &flow, None).await?;
    let event = Event::PhoneChangeBegun;
    record(&mut tx, &flow, event, &context.source, "", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    for code in retired {
        retire_later(app, Some(code));
    }
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    let sent = detached(app, async move {
        deliver::send(&shared, flow, Channel::Sms, &context).await
    });
    // A number no code could be sent to is typed again: its flow is nobody's and runs out.
    let flow = sent.await??;
    let entry = verification::entry(app, &flow)?;
    Ok(Outcome::step(Step::EnterCode(entry)).granting(Grant::Handle(PURPOSE, handle)))
}

/// Back to the number: the flow ends, and the page asks again.
pub async fn another_number(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let cancelled = verification::cancel(app, context, PURPOSE).await?;
    Ok(Outcome {
        step: Step::Opened {
            area: ProtectedArea::Phone,
        },
        ..cancelled
    })
}

/// The step a change is at; `None` before its first code.
pub fn step(app: &AppState, flow: &Flow) -> Option<Step> {
    match &flow.verification.state {
        State::Approved { code } => Some(Step::ConfirmPhone {
            hint: code.phone.hint(),
        }),
        _ => verification::entry_step(app, flow),
    }
}

/// Saves the verified number. In the same commit every other session and flow of the account
/// ends and this session gets a new token (PHN-04).
pub async fn confirm(app: &SharedAppState, context: &RequestContext) -> Result<Outcome, FlowError> {
    let flow = live(app, context, PURPOSE).await?;
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    detached(app, async move { save(&shared, flow, &context).await }).await?
}

async fn save(
    app: &SharedAppState,
    mut flow: Flow,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let signed_in = session::current(app, context)
        .await?
        .ok_or_else(|| FlowError::whole(Problem::FlowEnded))?;
    let now = app.now();
    let new = flow.verification.state.phone().cloned();
    let verification = flow.verification.clone().complete();
    flow.verification = verification.map_err(|refusal| refused(app, &flow, refusal))?;
    let (FlowData::PhoneChange { account, from }, Some(new)) = (flow.subject.clone(), new) else {
        return Err(FlowError::whole(Problem::FlowEnded));
    };
    let Some(old) = PhoneNumber::from_e164(&from) else {
        return Err(StoreError::Inconsistent {
            table: "flows",
            column: "subject",
        }
        .into());
    };
    let mut tx = app.store.begin().await?;
    flows::save(&mut tx, &mut flow, now).await?;
    let holder = accounts::read(&mut tx, &account).await?;
    accounts::change_phone(&mut tx, &account, &old, &new, now).await?;
    if let Some(holder) = holder {
        // As it was read: the old number and the e-mail (PHN-04).
        let phone = new.hint();
        notifications::tell_holder(&mut tx, &holder, &Notification::PhoneChanged { phone }, now)
            .await?;
    }
    let token = session::renew_alone(&mut tx, context, &signed_in).await?;
    let retired = flows::void(&mut tx, &account, Void::Others(&flow.id), now).await?;
    let event = Event::PhoneChanged;
    record(&mut tx, &flow, event, &context.source, "", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.notices.notify_one();
    for code in retired {
        retire_later(app, Some(code));
    }
    Ok(Outcome::step(Step::PhoneChanged)
        .granting(Grant::NoHandle(PURPOSE))
        .granting(Grant::Session(token)))
}
