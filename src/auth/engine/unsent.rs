//! Ending a flow whose code was not sent and cannot be sent while the flow lives.

use std::time::Duration;

use crate::auth::engine::factors;
use crate::auth::engine::persistence::{record_event, save_flow};
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext};
use crate::store::StoreError;
use crate::store::audit::Event;
use crate::store::flows::Flow;
use domain::Method;

/// Ends the flow if its rules end it after a failed send and a limit blocks the next send for longer than
/// the flow lives. Otherwise, or if the account has another method to continue with, returns `error`.
pub async fn end_if_unsendable(
    app: &AppState,
    mut flow: Flow,
    error: FlowError,
    context: &RequestContext,
) -> Result<Flow, FlowError> {
    let rules = app.rules(flow.purpose);
    let now = app.now();
    let wait = error.seconds_until_send().map(Duration::from_secs);
    if wait.is_none_or(|wait| now + wait < flow.verification.ends_at) {
        return Err(error);
    }
    let over = flow.verification.clone().end_if_unsent(&rules);
    if !over.state.is_over() || has_method_without_message(app, &flow).await? {
        return Err(error);
    }
    flow.verification = over;
    let mut tx = app.store.begin().await?;
    save_flow(&mut tx, &mut flow, now).await?;
    let (event, origin) = (Event::CodeNotSent, context.audit_origin());
    record_event(&mut tx, &flow, event, origin, "not_sent", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(flow)
}

async fn has_method_without_message(app: &AppState, flow: &Flow) -> Result<bool, StoreError> {
    let methods = factors::methods(app, flow).await?;
    let mut methods = methods.iter().filter(|option| option.enrolled);
    Ok(methods.any(|option| option.method != Method::Sms))
}
