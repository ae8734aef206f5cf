//! The CAPTCHA gate: before any hash, row or SMS (REG-09, LIM-05).

use crate::auth::error::FlowError;
use crate::context::AppState;
use crate::context::RequestContext;
use crate::security::captcha::Action;
use crate::store::captchas;
use domain::{Field, Problem};

/// Lets a solved CAPTCHA through once. A client we know answers for whoever is behind it.
pub(super) async fn pass(
    app: &AppState,
    context: &RequestContext,
    action: Action,
    response: &str,
) -> Result<(), FlowError> {
    if context.caller.client().is_some() {
        return Ok(());
    }
    let failed = || FlowError::about(Field::Captcha, Problem::CaptchaFailed);
    let passed = app
        .captcha
        .verify(action, response, app.now())
        .await
        .map_err(|_| failed())?;
    match passed.single_use_id {
        Some(id) if !captchas::spend(&app.store, &id, passed.expires_at).await? => Err(failed()),
        Some(_) | None => Ok(()),
    }
}
