//! Step-up authentication: the user enters the password and a second factor again before a protected page opens. So a
//! stolen session alone does not open it.

use std::time::Duration;

use crate::auth::engine::background::cancel_sent_codes_in_background;
use crate::auth::engine::persistence::{open_verification_flow, record_flow_audit_event};
use crate::auth::engine::position::find_flow_to_replace;
use crate::auth::entry::method_choice;
use crate::auth::entry::password::authenticate_password;
use crate::auth::entry::password_attempt_limits::PasswordAttempt;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::session::{self, SignedIn};
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::security::token::FlowId;
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow};
use crate::store::{ReadFrom, StoreError};
use crate::verification::Verification;
use domain::{Field, FormErrors, Password, Problem, ProtectedArea, Purpose};

const PURPOSE: Purpose = Purpose::StepUp;

/// How long the protected pages stay open after a step-up or a sign-in.
const STEP_UP_LIFETIME: Duration = Duration::from_mins(5);

/// Returns whether the session is recently authenticated (step-up or sign-in), as protected pages require.
pub fn is_step_up_recent(app: &AppState, signed_in: &SignedIn) -> bool {
    let now = app.now();
    let step_up = signed_in.session.step_up_time(now);
    step_up.is_some_and(|at| now < at + STEP_UP_LIFETIME)
}

/// Returns the signed-in user if the session has a recent step-up authentication.
///
/// Every protected action must call this function. Fails if the step-up is too old, or if the account must prove its
/// e-mail address first.
pub async fn require_recent_step_up(
    app: &AppState,
    context: &RequestContext,
) -> Result<SignedIn, FlowError> {
    let signed_in = require_recent_step_up_even_if_email_unverified(app, context).await?;
    if app.must_prove_email(&signed_in.account) {
        return Err(FlowError::from_form_problem(Problem::EmailUnproven));
    }
    Ok(signed_in)
}

/// Returns the signed-in user if the session has a recent step-up authentication.
///
/// Does not require a verified e-mail address, so only the change of e-mail address may call this function.
pub async fn require_recent_step_up_even_if_email_unverified(
    app: &AppState,
    context: &RequestContext,
) -> Result<SignedIn, FlowError> {
    let signed_in = session::require_signed_in_user(app, context).await?;
    if !is_step_up_recent(app, &signed_in) {
        return Err(FlowError::from_form_problem(Problem::StepUpNeeded));
    }
    Ok(signed_in)
}

/// Begins a step-up authentication for a protected page.
///
/// Checks the password and opens the flow for the second factor. Next, the user chooses the second-factor method.
pub async fn begin_step_up(
    app: &SharedAppState,
    context: &RequestContext,
    area: ProtectedArea,
    password: String,
) -> Result<Outcome, FlowError> {
    let signed_in = session::require_signed_in_user(app, context).await?;
    let password = match Password::parse_as_existing_password(password) {
        Ok(password) => password,
        Err(Problem::Missing) => {
            return Err(FlowError::from_field_problem(
                Field::Password,
                Problem::Missing,
            ));
        }
        Err(_) => {
            return Err(FlowError::from_field_problem(
                Field::Password,
                Problem::PasswordWrong,
            ));
        }
    };
    let canonical = signed_in.account.username.to_lowercase();
    let attempt = PasswordAttempt::StepUp(&signed_in.session.id);
    let account = match authenticate_password(app, context, attempt, &canonical, &password).await {
        Ok(account) if account.id == signed_in.account.id => account,
        Ok(_) => {
            return Err(FlowError::from_field_problem(
                Field::Password,
                Problem::PasswordWrong,
            ));
        }
        Err(FlowError::Refused(errors)) => {
            return Err(FlowError::Refused(
                replace_sign_in_error_with_password_error(errors),
            ));
        }
        Err(error) => return Err(error),
    };
    let Some(phone) = account.phone.clone().filter(|_| account.mfa) else {
        return Err(FlowError::from_form_problem(Problem::MethodUnavailable));
    };
    let now = app.now();
    let replaced = find_flow_to_replace(app, context, PURPOSE).await?;
    let flow = Flow::new(
        FlowId::generate(),
        PURPOSE,
        Some(account.id.clone()),
        Verification::start_verification_of_phone(phone, &app.verification_rules(PURPOSE), now),
        FlowData::StepUp {
            epoch: Some(account.device_epoch),
            account: account.id,
            area,
        },
    );
    let step = method_choice::find_second_factor_step(app, &flow).await?;
    let mut tx = app.store.begin().await?;
    let (token, retired) = open_verification_flow(&mut tx, &flow, replaced).await?;
    let event = Event::PasswordAccepted;
    let (origin, detail) = (context.audit_origin(), PURPOSE.as_str());
    record_flow_audit_event(&mut tx, &flow, event, origin, detail, now).await?;
    tx.commit().await?;
    cancel_sent_codes_in_background(app, retired);
    Ok(Outcome::from_step(step).with_token_change(TokenChange::SetFlowToken(PURPOSE, token)))
}

/// Replaces the general sign-in error by a wrong-password error at the password field.
///
/// A signed-in user has entered only the password.
fn replace_sign_in_error_with_password_error(errors: FormErrors) -> FormErrors {
    match errors.first_problem_of(Field::Form) {
        Some(Problem::Credentials) => {
            FormErrors::for_field(Field::Password, Problem::PasswordWrong)
        }
        _ => errors,
    }
}

/// Returns the protected page for which this browser last began a step-up authentication.
///
/// Also returns it if the step-up has ended. Returns `None` if the browser has no step-up.
pub async fn find_protected_area_of_last_step_up(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<ProtectedArea>, StoreError> {
    let Some(token) = context.flow_token(PURPOSE) else {
        return Ok(None);
    };
    let flow = flows::find_flow(ReadFrom::Store(&app.store), PURPOSE, &token.hash()).await?;
    Ok(flow.as_ref().and_then(find_step_up_area))
}

/// Returns the protected page, such as the change of password, that a completed step-up authentication opens.
///
/// Returns `None` if the flow is not a step-up, for example for a sign-in.
fn find_step_up_area(flow: &Flow) -> Option<ProtectedArea> {
    match flow.data {
        FlowData::StepUp { area, .. } => Some(area),
        _ => None,
    }
}
