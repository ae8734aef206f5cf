//! Finds the caller's flow by its flow token, and determines whether it is live.

use crate::auth::engine::code_entry::ended_flow_problem;
use crate::auth::error::FlowError;
use crate::auth::session;
use crate::context::{AppState, RequestContext};
use crate::store::flows::{self, Flow};
use crate::store::{ReadFrom, StoreError};
use crate::verification::{Ending, State};
use domain::{Problem, Purpose};

/// The flow of one purpose that the caller's flow token identifies.
#[derive(Clone, Debug)]
pub enum CallerFlow {
    /// The caller has no flow of this purpose.
    Missing,
    /// The flow can continue.
    Live(Box<Flow>),
    /// The flow has ended for this reason.
    Ended(Ending),
}

/// Finds the caller's flow of a purpose. A flow whose lifetime is over counts as ended, even if its row is not cleaned up
/// yet.
pub async fn find_caller_flow(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<CallerFlow, StoreError> {
    let Some(token) = context.flow_token(purpose) else {
        return Ok(CallerFlow::Missing);
    };
    let Some(mut flow) =
        flows::find_flow(ReadFrom::Store(&app.store), purpose, &token.hash()).await?
    else {
        return Ok(CallerFlow::Missing);
    };
    if purpose.needs_session() && !belongs_to_session(app, context, &flow).await? {
        return Ok(CallerFlow::Missing);
    }
    flow.verification = flow
        .verification
        .advance_to_now(&app.verification_rules(purpose), app.now());
    match flow.verification.state {
        State::Ended { how } => Ok(CallerFlow::Ended(how)),
        _ => Ok(CallerFlow::Live(Box::new(flow))),
    }
}

/// Whether the flow belongs to the signed-in account and session. Otherwise another user of the same browser could
/// continue the flow after a sign-out.
pub async fn belongs_to_session(
    app: &AppState,
    context: &RequestContext,
    flow: &Flow,
) -> Result<bool, StoreError> {
    let signed_in = session::find_signed_in(app, context).await?;
    Ok(signed_in.is_some_and(|signed_in| {
        Some(&signed_in.account.id) == flow.account.as_ref()
            && flow.data.is_usable_by_session(&signed_in.session.token)
    }))
}

/// Returns the caller's live flow. Fails with the problem to show if it has ended or does not exist.
pub async fn require_live_flow(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Flow, FlowError> {
    match find_caller_flow(app, context, purpose).await? {
        CallerFlow::Live(flow) => Ok(*flow),
        CallerFlow::Ended(how) => Err(FlowError::for_form(ended_flow_problem(purpose, how))),
        CallerFlow::Missing => Err(FlowError::for_form(Problem::FlowEnded)),
    }
}

/// Finds the caller's live flow of a purpose that a new flow will replace.
///
/// Call it before the transaction of the new flow begins. A request that holds the write lock must not wait for a second
/// connection, because all other connections may be waiting for that lock.
pub async fn find_flow_to_replace(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Option<Flow>, StoreError> {
    match find_caller_flow(app, context, purpose).await? {
        CallerFlow::Live(flow) => Ok(Some(*flow)),
        CallerFlow::Ended(_) | CallerFlow::Missing => Ok(None),
    }
}
