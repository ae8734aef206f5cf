//! The CAPTCHA of the public forms. It is checked before any password hash, database row or message.

use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext};
use crate::security::captcha::{Action, Widget, Work};
use crate::store::{captchas, limits};
use domain::{Field, Problem, Purpose};

/// The challenge for the form of this purpose; `None` if the form has no CAPTCHA. It is a harder one for a sign-in
/// from a source with three refused sign-ins within an hour: see [`Work::Hard`].
pub async fn captcha_challenge(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Option<String> {
    let action = match purpose {
        Purpose::Registration => Action::Registration,
        Purpose::SignIn => Action::SignIn,
        Purpose::PasswordReset => Action::PasswordReset,
        // These purposes begin after a correct password or within a session, so they need no CAPTCHA.
        Purpose::SetUp | Purpose::PhoneChange | Purpose::StepUp | Purpose::Payment => {
            return None;
        }
    };
    let work = match action {
        Action::Registration | Action::PasswordReset => Work::Normal,
        Action::SignIn => sign_in_work(app, context).await,
    };
    match app.captcha.create_challenge(action, work, app.now()) {
        Widget::ProofOfWork { challenge_json } | Widget::Vendor { challenge_json } => {
            Some(challenge_json)
        }
        Widget::None => None,
    }
}

async fn sign_in_work(app: &AppState, context: &RequestContext) -> Work {
    let (key, rule) = app.refused_sign_ins_limit(context);
    match limits::read_bucket(&app.store, &key).await {
        Ok(refused) if refused.count_after(app.now() - rule.window) >= rule.max => Work::Hard,
        Ok(_) => Work::Normal,
        // The form also works without the database. The normal amount of work is the fallback.
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "reading the refused sign-ins of a source failed; its challenge has the normal work"
            );
            Work::Normal
        }
    }
}

/// Accepts each solved CAPTCHA once, and returns the work that it took. A known API client needs none: it is
/// responsible for its own users.
pub(super) async fn require_captcha(
    app: &AppState,
    context: &RequestContext,
    action: Action,
    response: &str,
) -> Result<Work, FlowError> {
    if context.caller.authenticated_client().is_some() {
        return Ok(Work::Normal);
    }
    let failed = || FlowError::on_field(Field::Captcha, Problem::CaptchaFailed);
    let passed = app
        .captcha
        .verify(action, response, app.now())
        .await
        .map_err(|_| failed())?;
    match passed.single_use_id {
        Some(id) if !captchas::mark_captcha_used(&app.store, &id, passed.expires_at).await? => {
            Err(failed())
        }
        Some(_) | None => Ok(passed.work),
    }
}
