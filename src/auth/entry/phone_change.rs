//! Changing the phone number: a code to the new number proves it, and the user's confirmation saves it. Until
//! then every message goes to the old number.

use crate::auth::engine::background::{cancel_codes_later, run_detached};
use crate::auth::engine::code_entry::{code_entry, entry_step};
use crate::auth::engine::persistence::{FlowSelection, end_flows, open_flow, record_event};
use crate::auth::engine::position::live_flow;
use crate::auth::engine::send_code::send_code;
use crate::auth::entry::{step_up, verification};
use crate::auth::error::FlowError;
use crate::auth::outcome::{Grant, Outcome};
use crate::auth::purposes::phone_change::save_number;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::security::phone_rules;
use crate::security::token::FlowId;
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::{StoreError, accounts};
use crate::verification::{State, Verification};
use domain::{Channel, Field, Problem, ProtectedArea, Purpose, Step};

const PURPOSE: Purpose = Purpose::PhoneChange;

/// Takes the new number and sends a code to it. A number that the account cannot have is refused before
/// anything is sent.
pub async fn begin(
    app: &SharedAppState,
    context: &RequestContext,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let account = step_up::require(app, context).await?.account;
    let number = phone_rules::parse_phone_number(typed, &app.phone_rules)
        .map_err(|problem| FlowError::on_field(Field::Phone, problem))?;
    let Some(from) = account.phone.clone() else {
        return Err(FlowError::on_form(Problem::MethodUnavailable));
    };
    if from == number {
        return Err(FlowError::on_field(Field::Phone, Problem::PhoneUnchanged));
    }
    let now = app.now();
    if let Some(problem) = app.phone_change_cooldown(&account, now) {
        return Err(FlowError::on_form(problem));
    }
    let flow = Flow::new(
        FlowId::generate(),
        PURPOSE,
        Some(account.id.clone()),
        Verification::start_with_phone(number.clone(), &app.rules(PURPOSE), now),
        FlowData::PhoneChange {
            account: account.id.clone(),
            from: from.as_e164().to_owned(),
        },
    );
    let mut tx = app.store.begin().await?;
    if accounts::count_accounts_by_phone(&mut tx, &number).await? >= app.limits.accounts_per_phone {
        return Err(FlowError::on_field(Field::Phone, Problem::PhoneCrowded));
    }
    // Of several changes only the last one started can finish, whichever browser it is in.
    let others = FlowSelection::OfPurposeExcept(PURPOSE, &flow.id);
    let retired = end_flows(&mut tx, &account.id, others, now).await?;
    let (token, _) = open_flow(&mut tx, &flow, None).await?;
    let event = Event::PhoneChangeBegun;
    record_event(&mut tx, &flow, event, context.audit_origin(), "", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    cancel_codes_later(app, retired);
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    let sent = run_detached(app, async move {
        send_code(&shared, flow, Channel::Sms, None, &context).await
    });
    // If the send fails, the user types a number again, and the flow without a token expires.
    let flow = sent.await??;
    let entry = code_entry(app, &flow)?;
    Ok(Outcome::step(Step::EnterCode(entry)).granting(Grant::FlowToken(PURPOSE, token)))
}

/// Ends the flow and returns to the choice of number.
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

/// The step of a phone change; `None` before its first code.
pub fn step(app: &AppState, flow: &Flow) -> Option<Step> {
    match &flow.verification.state {
        State::Approved { code } => Some(Step::ConfirmPhone {
            hint: code.phone.hint(),
        }),
        _ => entry_step(app, flow),
    }
}

/// Saves the number that was proven.
pub async fn confirm(app: &SharedAppState, context: &RequestContext) -> Result<Outcome, FlowError> {
    let flow = live_flow(app, context, PURPOSE).await?;
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    let saving = async move { save_number(&shared, flow, &context).await };
    run_detached(app, saving).await?
}
