//! Choosing the second factor of a sign-in, a step-up or a payment.

pub use crate::auth::engine::factors::{methods, methods_of_account};

use crate::auth::engine::background::cancel_codes_later;
use crate::auth::engine::code_entry::{self, transition_error};
use crate::auth::engine::factors::choosable_method;
use crate::auth::engine::persistence::save_flow;
use crate::auth::entry::verification::{live_flow, send_code_for};
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::store::StoreError;
use crate::store::flows::Flow;
use crate::verification::{RefusedTransition, State};
use domain::{Channel, Field, Method, Problem, Purpose, Step};

/// The step of a sign-in, step-up or payment.
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
        | State::Approved { .. } => entry_step(app, flow),
        State::Collecting | State::Ended { .. } => Ok(match flow.data.payment_id() {
            Some(id) => Step::Payment { id: id.clone() },
            None => Step::SignIn,
        }),
    }
}

/// Takes the chosen method for the caller's flow. For SMS, the code is sent at once.
pub async fn choose(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    method: &str,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let flow = live_flow(app, context, purpose).await?;
    choose_for(app, context, flow, method, channel).await
}

/// Takes the chosen method for a live flow.
pub(super) async fn choose_for(
    app: &SharedAppState,
    context: &RequestContext,
    mut flow: Flow,
    method: &str,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let Some(method) = choosable_method(app, &flow, method).await? else {
        return Err(FlowError::on_field(
            Field::Method,
            Problem::MethodUnavailable,
        ));
    };
    let awaited = match &flow.verification.state {
        State::AwaitingFactor { method, .. } => Some(*method),
        state => state.code().map(|_| Method::Sms),
    };
    let code = flow.verification.state.code();
    let is_expired = code.is_some_and(|code| code.is_expired(app.now()));
    match awaited {
        // A second click, an older tab or a repeated call sends no second message.
        Some(awaited) if awaited == method && !is_expired => {
            return entry_step(app, &flow).map(Outcome::step);
        }
        Some(awaited) if awaited != method => flow = discard_code(app, flow).await?,
        _ => {}
    }
    if method == Method::Sms {
        return send_code_for(app, context, flow, channel).await;
    }
    await_factor_code(app, flow, method).await
}

async fn await_factor_code(
    app: &AppState,
    mut flow: Flow,
    method: Method,
) -> Result<Outcome, FlowError> {
    let before = flow.clone();
    let expecting = flow.verification.await_factor_code(method);
    flow.verification = expecting.map_err(|refusal| transition_error(app, &before, refusal))?;
    let mut tx = app.store.begin().await?;
    match save_flow(&mut tx, &mut flow, app.now()).await {
        Ok(()) => {}
        // A concurrent request, such as a second click, has changed the flow.
        Err(StoreError::Raced) => {
            return Err(transition_error(app, &before, RefusedTransition::Busy));
        }
        Err(error) => return Err(error.into()),
    }
    tx.commit().await.map_err(StoreError::from)?;
    entry_step(app, &flow).map(Outcome::step)
}

/// Sends another message, or changes the method in one call: for API clients, which have no page to choose
/// on.
pub async fn choose_or_resend(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    method: Method,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let flow = live_flow(app, context, purpose).await?;
    let by_message = !matches!(flow.verification.state, State::AwaitingFactor { .. });
    if method == Method::Sms && by_message {
        return send_code_for(app, context, flow, channel).await;
    }
    choose_for(app, context, flow, method.as_str(), channel).await
}

/// Returns to the choice of method.
pub async fn choose_again(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Outcome, FlowError> {
    let flow = live_flow(app, context, purpose).await?;
    let flow = discard_code(app, flow).await?;
    step(app, &flow).await.map(Outcome::step)
}

/// Invalidates the code that is out. Number and resend cooldown stay.
async fn discard_code(app: &SharedAppState, mut flow: Flow) -> Result<Flow, FlowError> {
    let code = flow.verification.state.code().cloned();
    let discard_code = flow
        .verification
        .clone()
        .discard_code(&app.rules(flow.purpose));
    flow.verification = discard_code.map_err(|refusal| transition_error(app, &flow, refusal))?;
    let mut tx = app.store.begin().await?;
    save_flow(&mut tx, &mut flow, app.now()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    cancel_codes_later(app, code);
    Ok(flow)
}

fn entry_step(app: &AppState, flow: &Flow) -> Result<Step, FlowError> {
    code_entry::entry_step(app, flow).ok_or_else(|| FlowError::on_form(Problem::FlowEnded))
}
