//! The CAPTCHA of the public forms. It is checked before any password hash, database row or message.

use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext};
use crate::security::captcha::{Action, Widget};
use crate::store::captchas;
use domain::{Field, Problem, Purpose};

/// The challenge for the form of this purpose; `None` if the form has no CAPTCHA.
pub fn captcha_challenge(app: &AppState, purpose: Purpose) -> Option<String> {
    let action = match purpose {
        Purpose::Registration => Action::Registration,
        Purpose::SignIn => Action::SignIn,
        // These begin after a password or within a session.
        Purpose::SetUp | Purpose::PhoneChange | Purpose::StepUp | Purpose::Payment => return None,
    };
    match app.captcha.challenge(action, app.now()) {
        Widget::ProofOfWork { challenge_json } => Some(challenge_json),
        Widget::None => None,
    }
}

/// Accepts each solved CAPTCHA once. A known API client needs none: it is responsible for its own users.
pub(super) async fn require_captcha(
    app: &AppState,
    context: &RequestContext,
    action: Action,
    response: &str,
) -> Result<(), FlowError> {
    if context.caller.client().is_some() {
        return Ok(());
    }
    let failed = || FlowError::on_field(Field::Captcha, Problem::CaptchaFailed);
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
