//! Chooses the method of the second factor in a sign-in, step-up, payment or password reset.

pub use crate::auth::engine::factors::{
    list_second_factor_methods_of_account, list_second_factor_methods_of_flow,
};

use crate::auth::engine::background::cancel_sent_codes_in_background;
use crate::auth::engine::code_entry;
use crate::auth::engine::factors::find_offered_second_factor_method;
use crate::auth::engine::send_limits;
use crate::auth::engine::transition::change_and_save_flow;
use crate::auth::entry::verification::{require_live_flow, send_code_for_flow};
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::store::flows::Flow;
use crate::verification::{State, Verification};
use domain::{
    Channel, Field, FormErrors, MAX_SEND_WAIT_SECS, Method, MethodOption, Problem, Purpose, Step,
};

/// Returns the current step of a second-factor check: the choice of the method, or the code entry.
pub async fn find_second_factor_step(app: &AppState, flow: &Flow) -> Result<Step, FlowError> {
    match &flow.verification.state {
        State::Ready { .. } | State::Sending { earlier: None, .. } => Ok(Step::ChooseMethod {
            purpose: flow.purpose,
            methods: list_second_factor_methods_of_flow(app, flow).await?,
        }),
        State::Sending { .. }
        | State::AwaitingCode { .. }
        | State::AwaitingFactor { .. }
        | State::Checking { .. }
        | State::Approved { .. } => require_code_entry_step(app, flow),
        State::Collecting | State::Ended { .. } => Ok(match flow.data.payment_id() {
            Some(id) => Step::Payment { id: id.clone() },
            None => Step::SignIn,
        }),
    }
}

/// Returns the wait for the next text message as an error of the choice of method, if a limit on messages is reached.
///
/// Returns no error if another method is preselected in `methods`, or if the form can wait and send the message itself.
pub async fn find_wait_for_text_message(
    app: &AppState,
    context: &RequestContext,
    flow: &Flow,
    methods: &[MethodOption],
) -> Result<FormErrors, FlowError> {
    let preselected = methods.iter().find(|option| option.enrolled);
    let is_sms = preselected.is_some_and(|option| option.method == Method::Sms);
    let State::Ready { phone, .. } = &flow.verification.state else {
        return Ok(FormErrors::default());
    };
    if !is_sms {
        return Ok(FormErrors::default());
    }
    let now = app.now();
    let next = send_limits::find_next_message_time_of_owner(app, flow, phone, context, now).await?;
    let secs = next.map_or(0, |next| next.secs_since(now));
    Ok(if secs > MAX_SEND_WAIT_SECS {
        FormErrors::for_form(Problem::ResendWait { secs })
    } else {
        FormErrors::default()
    })
}

/// Saves the second-factor method that the user has chosen by name for the verification flow of the request.
///
/// For SMS, sends the code at once.
pub async fn choose_factor_method(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    method: &str,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let flow = require_live_flow(app, context, purpose).await?;
    choose_second_factor_method_for_flow(app, context, flow, method, channel).await
}

/// Saves the second-factor method that the user has chosen by name for a live verification flow.
///
/// For SMS, sends the code at once. A repeated choice of SMS sends no second message.
pub(super) async fn choose_second_factor_method_for_flow(
    app: &SharedAppState,
    context: &RequestContext,
    mut flow: Flow,
    method: &str,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let Some(method) = find_offered_second_factor_method(app, &flow, method).await? else {
        return Err(FlowError::from_field_problem(
            Field::Method,
            Problem::MethodUnavailable,
        ));
    };
    let awaited = match &flow.verification.state {
        State::AwaitingFactor { method, .. } => Some(*method),
        state => state.sent_code().map(|_| Method::Sms),
    };
    let code = flow.verification.state.sent_code();
    let is_expired = code.is_some_and(|code| code.is_expired(app.now()));
    match awaited {
        // A second click, another tab or a repeated call.
        Some(awaited) if awaited == method && !is_expired => {
            return require_code_entry_step(app, &flow).map(Outcome::from_step);
        }
        Some(awaited) if awaited != method => {
            flow = discard_pending_code_of_flow(app, flow).await?;
        }
        _ => {}
    }
    if method == Method::Sms {
        return send_code_for_flow(app, context, flow, channel).await;
    }
    save_flow_awaiting_factor_code(app, flow, method).await
}

/// Saves that the verification flow awaits a code of an authenticator app or a recovery code.
async fn save_flow_awaiting_factor_code(
    app: &AppState,
    flow: Flow,
    method: Method,
) -> Result<Outcome, FlowError> {
    let change = |verification: Verification| verification.begin_factor_code_entry(method);
    let flow = change_and_save_flow(app, flow, change).await?;
    require_code_entry_step(app, &flow).map(Outcome::from_step)
}

/// Saves the second-factor method of a verification flow, for API clients.
///
/// If `method` is SMS and the flow already awaits an SMS code, sends another message.
pub async fn choose_second_factor_method_or_resend(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    method: Method,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let flow = require_live_flow(app, context, purpose).await?;
    let by_message = !matches!(flow.verification.state, State::AwaitingFactor { .. });
    if method == Method::Sms && by_message {
        return send_code_for_flow(app, context, flow, channel).await;
    }
    choose_second_factor_method_for_flow(app, context, flow, method.as_str(), channel).await
}

/// Invalidates the pending code of the request's verification flow and returns to the choice of the second-factor
/// method.
pub async fn return_to_second_factor_choice(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Outcome, FlowError> {
    let flow = require_live_flow(app, context, purpose).await?;
    let flow = discard_pending_code_of_flow(app, flow).await?;
    find_second_factor_step(app, &flow)
        .await
        .map(Outcome::from_step)
}

/// Invalidates the pending code of a verification flow. The flow keeps its phone number and resend cooldown.
async fn discard_pending_code_of_flow(app: &SharedAppState, flow: Flow) -> Result<Flow, FlowError> {
    let code = flow.verification.state.sent_code().cloned();
    let rules = app.verification_rules(flow.purpose);
    let change = |verification: Verification| verification.discard_pending_code(&rules);
    let flow = change_and_save_flow(app, flow, change).await?;
    cancel_sent_codes_in_background(app, code);
    Ok(flow)
}

/// Returns the step in which the user enters a code. Fails if the flow awaits no code.
fn require_code_entry_step(app: &AppState, flow: &Flow) -> Result<Step, FlowError> {
    code_entry::find_code_entry_step(app, flow)
        .ok_or_else(|| FlowError::from_form_problem(Problem::FlowEnded))
}
