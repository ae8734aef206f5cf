//! Saves a state change of a verification flow. Refuses it if a concurrent request has changed the flow.

use crate::auth::engine::code_entry::refused_transition_error;
use crate::auth::engine::persistence::save_flow;
use crate::auth::error::FlowError;
use crate::context::AppState;
use crate::store::flows::Flow;
use crate::store::{StoreError, Tx};
use crate::verification::{RefusedTransition, Verification};
use domain::Timestamp;

/// Saves a verification flow that this request has changed. `before` is the flow as it was read.
///
/// Fails with [`Problem::Busy`] if a concurrent request, such as a second click, has saved the flow since it was read.
///
/// [`Problem::Busy`]: domain::Problem::Busy
pub async fn save_flow_unless_busy(
    app: &AppState,
    tx: &mut Tx,
    before: &Flow,
    flow: &mut Flow,
    now: Timestamp,
) -> Result<(), FlowError> {
    match save_flow(tx, flow, now).await {
        Err(StoreError::Raced) => {
            let busy = RefusedTransition::Busy;
            Err(refused_transition_error(app, before, busy))
        }
        saved => Ok(saved?),
    }
}

/// Changes the state of a verification flow, and saves the flow in a separate transaction.
///
/// Fails with an error for the user if the state does not permit `change`, or in the same case as
/// [`save_flow_unless_busy`].
pub async fn change_and_save_flow(
    app: &AppState,
    mut flow: Flow,
    change: impl FnOnce(Verification) -> Result<Verification, RefusedTransition>,
) -> Result<Flow, FlowError> {
    let before = flow.clone();
    flow.verification = change(flow.verification)
        .map_err(|refusal| refused_transition_error(app, &before, refusal))?;
    let mut tx = app.store.begin().await?;
    save_flow_unless_busy(app, &mut tx, &before, &mut flow, app.now()).await?;
    tx.commit().await?;
    Ok(flow)
}
