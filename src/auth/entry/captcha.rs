//! The CAPTCHA of the public forms. It is checked before a request computes a password hash, writes a row or sends a
//! message.

use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext};
use crate::http::log_throttle::LogThrottle;
use crate::security::captcha::{Action, CaptchaFailure, Widget, Work};
use crate::security::rate_limit::RateLimit;
use crate::store::{captchas, limits};
use domain::{Field, Problem, Purpose};

/// Creates the CAPTCHA challenge for the form of this purpose. Returns `None` if the form has no CAPTCHA.
///
/// After 3 refused sign-ins from one source within an hour, the sign-in form gets a harder challenge ([`Work::Hard`]).
/// After too many rejected tokens of a CAPTCHA service from one network, its forms get a proof of work in place of the
/// service.
pub async fn create_captcha_challenge_of_form(
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
        Action::SignIn => choose_captcha_work_for_sign_in(app, context).await,
    };
    let now = app.now();
    let network = context.name_of_rate_limited_network_or_client();
    let rule = app.rejected_captcha_token_rule();
    let may_call_service = app
        .captcha
        .service_calls()
        .is_none_or(|calls| !calls.is_limit_reached(&network, &rule, now));
    let without_service = if may_call_service {
        None
    } else {
        app.captcha
            .create_challenge_without_service(action, work, now)
    };
    let widget = without_service.unwrap_or_else(|| app.captcha.create_challenge(action, work, now));
    match widget {
        Widget::ProofOfWork { challenge_json } | Widget::Vendor { challenge_json } => {
            Some(challenge_json)
        }
        Widget::None => None,
    }
}

/// Returns the amount of work of the sign-in CAPTCHA.
///
/// The work is harder if many sign-ins from this network address were refused recently.
async fn choose_captcha_work_for_sign_in(app: &AppState, context: &RequestContext) -> Work {
    let RateLimit { key, rule } = app.refused_sign_in_limit_per_source(context);
    match limits::read_rate_limit_events(&app.store, &key).await {
        Ok(refused) if refused.count_events_after(app.now() - rule.window) >= rule.max => {
            Work::Hard
        }
        Ok(_) => Work::Normal,
        // The form also works without the database. The normal amount of work is the fallback.
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "reading the number of refused sign-ins failed; the CAPTCHA has the normal difficulty"
            );
            Work::Normal
        }
    }
}

/// Returns the difficulty of the solved CAPTCHA of a form.
///
/// Fails if the CAPTCHA is unsolved, or if the same solution was used before. Returns the normal difficulty for an
/// authenticated API client, which needs no CAPTCHA.
pub(super) async fn require_solved_captcha(
    app: &AppState,
    context: &RequestContext,
    action: Action,
    response: &str,
) -> Result<Work, FlowError> {
    if context.caller.authenticated_client_name().is_some() {
        return Ok(Work::Normal);
    }
    let refuse = |failure: CaptchaFailure| {
        log_refused_captcha_response(&failure);
        FlowError::from_field_problem(Field::Captcha, Problem::CaptchaFailed)
    };
    let now = app.now();
    let network = context.name_of_rate_limited_network_or_client();
    let rule = app.rejected_captcha_token_rule();
    let call = match app.captcha.service_calls_for_response(response) {
        Some(calls) => {
            let call = calls.begin_call(&network, &rule, now);
            Some(call.ok_or_else(|| refuse(CaptchaFailure::LimitReached))?)
        }
        None => None,
    };
    let verified = app.captcha.verify_response(action, response, now).await;
    // Outages of the service and wrong keys do not count as rejected tokens of the network.
    let is_token_rejected = verified.as_ref().is_err_and(|failure| {
        !matches!(
            failure,
            CaptchaFailure::ServiceFailed(_) | CaptchaFailure::KeysRefused(_)
        )
    });
    if let Some(call) = call.filter(|_| !is_token_rejected) {
        call.record_token_that_was_not_rejected();
    }
    let passed = verified.map_err(refuse)?;
    match passed.single_use_id {
        Some(id) if !captchas::mark_captcha_used(&app.store, &id, passed.expires_at).await? => {
            Err(refuse(CaptchaFailure::Used))
        }
        Some(_) | None => Ok(passed.work),
    }
}

/// Logs why a CAPTCHA response was refused, without the response.
///
/// - An error if the CAPTCHA service refuses the configured keys.
/// - A warning if another wrong setting or a misconfigured client can be the reason, because they affect every user.
///
/// Each kind is logged at most once in 10 seconds, because refused keys affect every request, and an attacker can cause
/// the other refusals.
fn log_refused_captcha_response(failure: &CaptchaFailure) {
    static KEYS: LogThrottle = LogThrottle::due_at_first_event();
    static HOSTNAME: LogThrottle = LogThrottle::due_at_first_event();
    static ACTION: LogThrottle = LogThrottle::due_at_first_event();
    static SCORE: LogThrottle = LogThrottle::due_at_first_event();
    static SITE_KEY: LogThrottle = LogThrottle::due_at_first_event();
    static REQUEST: LogThrottle = LogThrottle::due_at_first_event();
    let throttle = match failure {
        CaptchaFailure::KeysRefused(_) => &KEYS,
        CaptchaFailure::WrongHostname { .. } => &HOSTNAME,
        CaptchaFailure::WrongAction => &ACTION,
        CaptchaFailure::LowScore => &SCORE,
        CaptchaFailure::WrongSiteKey => &SITE_KEY,
        CaptchaFailure::RequestRefused(_) => &REQUEST,
        _ => {
            tracing::debug!(reason = %failure, "CAPTCHA response refused");
            return;
        }
    };
    let Some(count) = throttle.count_event_and_check_if_due() else {
        return;
    };
    if let CaptchaFailure::KeysRefused(codes) = failure {
        tracing::error!(
            count,
            ?codes,
            "the CAPTCHA service refuses the configured keys; check SALLYPORT_CAPTCHA_SITE_KEY and SALLYPORT_CAPTCHA_SECRET"
        );
    } else {
        tracing::warn!(
            count,
            reason = %failure,
            "CAPTCHA responses refused; check the settings of the CAPTCHA and of the client if users are affected"
        );
    }
}
