//! Finds the caller's flow by its flow token, and determines whether it is live.

use crate::auth::error::FlowError;
use crate::auth::session;
use crate::context::{AppState, RequestContext};
use crate::security::token::FlowId;
use crate::store::flows::{self, Flow};
use crate::store::{ReadFrom, StoreError};
use crate::verification::{Ending, State};
use domain::{Problem, Purpose};

/// Result of looking up the verification flow of a request, for example its sign-in.
#[derive(Clone, Debug)]
pub enum CallerFlow {
    /// The caller has no flow of this purpose.
    Missing,
    /// The flow can continue.
    Live(Box<Flow>),
    /// The flow has ended for this reason.
    Ended(Ending),
    /// The page that sent the request shows an earlier flow. Another tab has replaced the flow token since.
    Replaced,
}

/// Finds the verification flow of one purpose, for example sign-in, by the flow token in the request.
///
/// An expired flow counts as ended, even if the database still contains it. Returns [`CallerFlow::Replaced`] if the
/// request comes from the page of another flow: the user acts on what that page shows, for example another payment.
pub async fn find_flow_by_request_token(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<CallerFlow, StoreError> {
    let Some(flow) = find_flow_of_token(app, context, purpose).await? else {
        return Ok(CallerFlow::Missing);
    };
    if context.page_flow.as_ref().is_some_and(|id| *id != flow.id) {
        return Ok(CallerFlow::Replaced);
    }
    match flow.verification.state {
        State::Ended { how } => Ok(CallerFlow::Ended(how)),
        _ => Ok(CallerFlow::Live(Box::new(flow))),
    }
}

/// Finds the completed verification flow of one purpose by the flow token in the request.
///
/// The answer to the correct code removes the flow token, so the client has not received that answer.
pub async fn find_completed_flow(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Option<Flow>, StoreError> {
    let completed = State::Ended {
        how: Ending::Completed,
    };
    let flow = find_flow_of_token(app, context, purpose).await?;
    Ok(flow.filter(|flow| flow.verification.state == completed))
}

/// Finds the verification flow of one purpose by the flow token alone, in any state.
///
/// Returns `None` if the flow belongs to another session.
async fn find_flow_of_token(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Option<Flow>, StoreError> {
    let Some(token) = context.flow_token(purpose) else {
        return Ok(None);
    };
    let Some(flow) = flows::find_flow(ReadFrom::Store(&app.store), purpose, &token.hash()).await?
    else {
        return Ok(None);
    };
    if purpose.is_flow_bound_to_session()
        && !does_flow_belong_to_session(app, context, &flow).await?
    {
        return Ok(None);
    }
    Ok(Some(apply_elapsed_timeouts(app, flow)))
}

/// Finds a verification flow by its ID, in any state and of any session.
///
/// An expired flow has ended, even if the database still contains it as live.
pub async fn find_flow_by_id(
    app: &AppState,
    database: ReadFrom<'_>,
    id: &FlowId,
) -> Result<Option<Flow>, StoreError> {
    let flow = flows::find_flow_by_id(database, id).await?;
    Ok(flow.map(|flow| apply_elapsed_timeouts(app, flow)))
}

/// Returns a stored verification flow in its present state.
///
/// Elapsed timeouts have ended the flow, or the send or check of a code whose result was lost.
pub fn apply_elapsed_timeouts(app: &AppState, mut flow: Flow) -> Flow {
    let rules = app.verification_rules(flow.purpose);
    flow.verification = flow.verification.apply_elapsed_timeouts(&rules, app.now());
    flow
}

/// Returns whether the verification flow belongs to the signed-in account and session.
///
/// Callers reject other flows, because another user of the same browser may have begun them.
pub async fn does_flow_belong_to_session(
    app: &AppState,
    context: &RequestContext,
    flow: &Flow,
) -> Result<bool, StoreError> {
    let signed_in = session::find_signed_in_user(app, context).await?;
    Ok(signed_in.is_some_and(|signed_in| {
        Some(&signed_in.account.id) == flow.account.as_ref()
            && flow
                .data
                .may_session_continue_flow(&signed_in.session.token)
    }))
}

/// Returns the error for a request whose verification flow of this purpose is missing.
///
/// If the flow needs a session and the request has none, returns the error for the missing session.
pub async fn missing_flow_error(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<FlowError, StoreError> {
    let is_session_missing = purpose.is_flow_bound_to_session()
        && session::find_signed_in_user(app, context).await?.is_none();
    if is_session_missing {
        return session::missing_session_error(app, context).await;
    }
    Ok(FlowError::from_form_problem(Problem::FlowEnded))
}

/// Finds the verification flow in progress that a new flow of the same purpose will replace.
///
/// The page that sent the request may show any flow. Call it before the write transaction begins. Inside the transaction
/// it would request a second connection while the first holds the write lock, which can deadlock the connection pool.
pub async fn find_flow_to_replace(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Option<Flow>, StoreError> {
    let flow = find_flow_of_token(app, context, purpose).await?;
    Ok(flow.filter(|flow| !flow.verification.state.is_ended()))
}
