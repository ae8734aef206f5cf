//! The CAPTCHA gate: before any hash, row or SMS (REG-09, LIM-05).

use crate::auth::error::FlowError;
use crate::context::Context;
use crate::context::Visitor;
use crate::security::captcha::Action;
use crate::store::captchas;
use domain::{Field, Problem};

/// Lets a solved CAPTCHA through once. A client we know answers for whoever is behind it.
pub(super) async fn pass(
    cx: &Context,
    visitor: &Visitor,
    action: Action,
    response: &str,
) -> Result<(), FlowError> {
    if visitor.caller.client().is_some() {
        return Ok(());
    }
    let failed = || FlowError::about(Field::Captcha, Problem::CaptchaFailed);
    let passed = cx
        .captcha
        .verify(action, response, cx.now())
        .await
        .map_err(|_| failed())?;
    match passed.single_use_id {
        Some(id) if !captchas::spend(&cx.store, &id, passed.expires_at).await? => Err(failed()),
        Some(_) | None => Ok(()),
    }
}
