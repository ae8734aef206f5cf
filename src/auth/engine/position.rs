//! Finding the caller's flow, and whether it is live.

use crate::auth::engine::code_entry::ended_problem;
use crate::auth::error::FlowError;
use crate::auth::session;
use crate::context::{AppState, RequestContext};
use crate::store::flows::{self, Flow};
use crate::store::{ReadFrom, StoreError};
use crate::verification::{Ending, State};
use domain::{Problem, Purpose};

/// Where the caller's flow of a purpose is.
#[derive(Clone, Debug)]
pub enum Position {
    /// The caller has no flow of this purpose.
    Nowhere,
    At(Box<Flow>),
    Over(Ending),
}

/// Reads the position of the caller's flow from its row and the clock. Whether a cleanup has run makes no
/// difference.
pub async fn position(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Position, StoreError> {
    let Some(token) = context.flow_token(purpose) else {
        return Ok(Position::Nowhere);
    };
    let Some(mut flow) =
        flows::find_flow(ReadFrom::Store(&app.store), purpose, &token.hash()).await?
    else {
        return Ok(Position::Nowhere);
    };
    if purpose.needs_session() && !belongs_to_session(app, context, &flow).await? {
        return Ok(Position::Nowhere);
    }
    flow.verification = flow
        .verification
        .advance_to_now(&app.rules(purpose), app.now());
    match flow.verification.state {
        State::Ended { how } => Ok(Position::Over(how)),
        _ => Ok(Position::At(Box::new(flow))),
    }
}

/// Whether the flow belongs to the account that is signed in. After a sign-out the next user of the same
/// browser cannot continue it.
pub async fn belongs_to_session(
    app: &AppState,
    context: &RequestContext,
    flow: &Flow,
) -> Result<bool, StoreError> {
    let signed_in = session::peek(app, context).await?;
    Ok(signed_in.is_some_and(|signed_in| {
        Some(&signed_in.account.id) == flow.account.as_ref()
            && flow.data.is_usable_by_session(&signed_in.session.token)
    }))
}

/// The caller's live flow, or the problem to show if there is none.
pub async fn live_flow(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Flow, FlowError> {
    match position(app, context, purpose).await? {
        Position::At(flow) => Ok(*flow),
        Position::Over(how) => Err(FlowError::on_form(ended_problem(purpose, how))),
        Position::Nowhere => Err(FlowError::on_form(Problem::FlowEnded)),
    }
}

/// The caller's live flow of a purpose, which a new flow is about to replace.
///
/// Read before the transaction of the new flow begins: a request that holds the write lock must not wait
/// for a second connection, since the other connections may all be waiting for that lock.
pub async fn flow_to_replace(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Option<Flow>, StoreError> {
    match position(app, context, purpose).await? {
        Position::At(flow) => Ok(Some(*flow)),
        Position::Over(_) | Position::Nowhere => Ok(None),
    }
}
