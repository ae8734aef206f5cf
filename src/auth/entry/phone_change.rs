//! Changes the phone number of the signed-in user. A code proves the new number, and the user's confirmation saves it.
//! Until then, messages go to the old number.

use crate::auth::engine::background::{cancel_sent_codes_in_background, run_in_detached_task};
use crate::auth::engine::code_entry::{describe_code_entry, find_code_entry_step};
use crate::auth::engine::persistence::{
    FlowSelection, end_selected_flows_of_account, open_verification_flow, record_flow_audit_event,
};
use crate::auth::engine::position::{CallerFlow, find_flow_by_request_token};
use crate::auth::engine::rate_limit;
use crate::auth::engine::send_code::send_verification_code;
use crate::auth::entry::{step_up, verification};
use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::purposes::phone_change::save_new_phone_number;
use crate::auth::session;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::security::token::FlowId;
use crate::security::typed_number::TypedNumber;
use crate::store::accounts;
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::verification::{State, Verification};
use domain::{Channel, Field, Problem, ProtectedArea, Purpose, Step};

const PURPOSE: Purpose = Purpose::PhoneChange;

/// Begins a change of phone number by sending a code to the new number.
///
/// Permits 20 changes an hour. Refuses the current number of the account, and a number that already has the maximum
/// number of accounts.
pub async fn begin_phone_change(
    app: &SharedAppState,
    context: &RequestContext,
    typed: TypedNumber<'_>,
) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require_recent_step_up(app, context).await?;
    let account = &signed_in.account;
    let number = typed
        .parse(&app.phone_rules)
        .map_err(|problem| FlowError::from_field_problem(Field::Phone, problem))?;
    let Some(from) = account.phone.clone() else {
        return Err(FlowError::from_form_problem(Problem::MethodUnavailable));
    };
    if from == number {
        return Err(FlowError::from_field_problem(
            Field::Phone,
            Problem::PhoneUnchanged,
        ));
    }
    let now = app.now();
    if let Some(problem) = app.find_cooldown_problem_after_phone_change(account, now) {
        return Err(FlowError::from_form_problem(problem));
    }
    let flow = Flow::new(
        FlowId::generate(),
        PURPOSE,
        Some(account.id.clone()),
        Verification::start_verification_of_phone(
            number.clone(),
            &app.verification_rules(PURPOSE),
            now,
        ),
        FlowData::PhoneChange {
            account: account.id.clone(),
            from: from.as_e164().to_owned(),
        },
    );
    let mut tx = app.store.begin().await?;
    // The limits on messages come too late: each change stores a flow and an audit event before its message.
    let limit = app.phone_change_limit(&account.id);
    if let Err(reached) = rate_limit::count_event_within_limit(&mut tx, &limit, now).await? {
        let secs = reached.until.secs_since(now);
        return Err(FlowError::from_form_problem(Problem::LimitReached { secs }));
    }
    if accounts::count_accounts_by_phone(&mut tx, &number).await? >= app.limits.accounts_per_phone {
        // The answer reveals something about the number, so the question counts.
        tx.commit().await?;
        return Err(FlowError::from_field_problem(
            Field::Phone,
            Problem::PhoneUnavailable,
        ));
    }
    // Of several phone changes of one account, only the last one can finish.
    let others = FlowSelection::OfPurposeExcept(PURPOSE, &flow.id);
    let retired = end_selected_flows_of_account(&mut tx, &account.id, others, now).await?;
    session::lock_account_of_signed_in_user(&mut tx, &signed_in).await?;
    let (token, _) = open_verification_flow(&mut tx, &flow, None).await?;
    let event = Event::PhoneChangeBegun;
    record_flow_audit_event(&mut tx, &flow, event, context.audit_origin(), "", now).await?;
    tx.commit().await?;
    cancel_sent_codes_in_background(app, retired);
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    let sent = run_in_detached_task(app, async move {
        send_verification_code(&shared, flow, Channel::Sms, None, &context).await
    });
    // If the send fails, the user types a number again, and the flow without a token expires.
    let flow = sent.await??;
    let entry = describe_code_entry(app, &flow)?;
    Ok(Outcome::from_step(Step::EnterCode(entry))
        .with_token_change(TokenChange::SetFlowToken(PURPOSE, token)))
}

/// Cancels the change of phone number and returns to the form for a new number, which contains the typed number.
pub async fn choose_another_phone_number(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let typed = match find_flow_by_request_token(app, context, PURPOSE).await? {
        CallerFlow::Live(flow) => flow.verification.state.phone().cloned(),
        CallerFlow::Ended(_) | CallerFlow::Replaced | CallerFlow::Missing => None,
    };
    let cancelled = verification::cancel_verification(app, context, PURPOSE, None).await?;
    let outcome = Outcome {
        step: Step::ProtectedAreaOpened {
            area: ProtectedArea::Phone,
        },
        ..cancelled
    };
    Ok(outcome.with_typed_phone_number(typed.as_ref()))
}

/// Returns the current step of a phone number change; `None` before the first code is sent.
pub fn find_phone_change_step(app: &AppState, flow: &Flow) -> Option<Step> {
    match &flow.verification.state {
        State::Approved { code } => Some(Step::ConfirmPhone {
            hint: code.phone.masked_hint(),
        }),
        _ => find_code_entry_step(app, flow),
    }
}

/// Saves the new phone number after the user has entered the code and confirmed the change.
pub async fn confirm_phone_change(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let flow = verification::require_live_flow(app, context, PURPOSE).await?;
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    let saving = async move { save_new_phone_number(&shared, flow, &context).await };
    run_in_detached_task(app, saving).await?
}
