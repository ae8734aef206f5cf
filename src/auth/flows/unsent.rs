//! A code that was not sent, and cannot be while anybody waits for it.

use std::time::Duration;

use crate::auth::error::FlowError;
use crate::auth::flows::factor;
use crate::auth::flows::verification::record;
use crate::context::AppState;
use crate::context::RequestContext;
use crate::store::StoreError;
use crate::store::audit::Event;
use crate::store::flows::{self, Flow};
use domain::Method;

/// The flow, over, where its rules say that it ends with a send that fails and a limit holds the
/// next one back for longer than it lives; else the error as it was. An account with another method
/// can still go on.
pub(super) async fn give_up(
    app: &AppState,
    mut flow: Flow,
    error: FlowError,
    context: &RequestContext,
) -> Result<Flow, FlowError> {
    let rules = app.rules(flow.purpose);
    let now = app.now();
    let wait = error.wait_to_send().map(Duration::from_secs);
    if wait.is_none_or(|wait| now + wait < flow.verification.ends_at) {
        return Err(error);
    }
    let over = flow.verification.clone().if_unsent(&rules);
    if !over.state.is_over() || goes_on(app, &flow).await? {
        return Err(error);
    }
    flow.verification = over;
    let mut tx = app.store.begin().await?;
    flows::save(&mut tx, &mut flow, now).await?;
    let (event, source) = (Event::CodeNotSent, &context.source);
    record(&mut tx, &flow, event, source, "not_sent", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(flow)
}

/// Whether there is a method that needs no message.
async fn goes_on(app: &AppState, flow: &Flow) -> Result<bool, StoreError> {
    let methods = factor::methods(app, flow).await?;
    let mut methods = methods.iter().filter(|option| option.enrolled);
    Ok(methods.any(|option| option.method != Method::Sms))
}
