//! Step-up: before a protected page opens, the user enters the password and a second factor once more. A
//! stolen session alone is not enough.

use std::time::Duration;

use crate::auth::engine::background::cancel_codes_later;
use crate::auth::engine::persistence::{open_flow, record_event};
use crate::auth::engine::position::flow_to_replace;
use crate::auth::entry::method_choice;
use crate::auth::entry::password::authenticate;
use crate::auth::entry::password_budget::Attempt;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Grant, Outcome};
use crate::auth::session::{self, SignedIn};
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::security::token::FlowId;
use crate::store::StoreError;
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::verification::Verification;
use domain::{Field, FormErrors, Password, Problem, ProtectedArea, Purpose};

const PURPOSE: Purpose = Purpose::StepUp;

/// How long a step-up, or the sign-in itself, keeps the protected pages open.
const FRESH: Duration = Duration::from_mins(5);

/// Whether the last sign-in or step-up of this session is recent enough.
pub fn is_fresh(app: &AppState, signed_in: &SignedIn) -> bool {
    app.now() < signed_in.session.stepped_up_at + FRESH
}

/// The signed-in user after a recent step-up. Every protected action calls this, whatever the page showed. An account
/// that has to prove its e-mail address first is refused.
pub async fn require(app: &AppState, context: &RequestContext) -> Result<SignedIn, FlowError> {
    let signed_in = require_recent(app, context).await?;
    if app.must_prove_email(&signed_in.account) {
        return Err(FlowError::on_form(Problem::EmailUnproven));
    }
    Ok(signed_in)
}

/// As [`require`], also for an account that has to prove its e-mail address: for the correction of that address.
pub async fn require_recent(
    app: &AppState,
    context: &RequestContext,
) -> Result<SignedIn, FlowError> {
    let signed_in = session::current(app, context)
        .await?
        .ok_or_else(|| FlowError::on_form(Problem::FlowEnded))?;
    if !is_fresh(app, &signed_in) {
        return Err(FlowError::on_form(Problem::StepUpNeeded));
    }
    Ok(signed_in)
}

/// Checks the password; the choice of method is next.
pub async fn begin(
    app: &SharedAppState,
    context: &RequestContext,
    area: ProtectedArea,
    password: String,
) -> Result<Outcome, FlowError> {
    let signed_in = session::current(app, context)
        .await?
        .ok_or_else(|| FlowError::on_form(Problem::FlowEnded))?;
    let password = match Password::parse_existing(password) {
        Ok(password) => password,
        Err(Problem::Missing) => {
            return Err(FlowError::on_field(Field::Password, Problem::Missing));
        }
        Err(_) => return Err(FlowError::on_field(Field::Password, Problem::PasswordWrong)),
    };
    let canonical = signed_in.account.username.to_lowercase();
    let attempt = Attempt::StepUp(&signed_in.session.id);
    let account = match authenticate(app, context, attempt, &canonical, &password).await {
        Ok(account) if account.id == signed_in.account.id => account,
        Ok(_) => return Err(FlowError::on_field(Field::Password, Problem::PasswordWrong)),
        Err(FlowError::Refused(errors)) => {
            return Err(FlowError::Refused(as_password_problem(errors)));
        }
        Err(error) => return Err(error),
    };
    let Some(phone) = account.phone.clone().filter(|_| account.mfa) else {
        return Err(FlowError::on_form(Problem::MethodUnavailable));
    };
    let now = app.now();
    let replaced = flow_to_replace(app, context, PURPOSE).await?;
    let flow = Flow::new(
        FlowId::generate(),
        PURPOSE,
        Some(account.id.clone()),
        Verification::start_with_phone(phone, &app.rules(PURPOSE), now),
        FlowData::StepUp {
            account: account.id,
            area,
        },
    );
    let step = method_choice::step(app, &flow).await?;
    let mut tx = app.store.begin().await?;
    let (token, retired) = open_flow(&mut tx, &flow, replaced).await?;
    let event = Event::PasswordAccepted;
    let (origin, detail) = (context.audit_origin(), PURPOSE.as_str());
    record_event(&mut tx, &flow, event, origin, detail, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    cancel_codes_later(app, retired);
    Ok(Outcome::step(step).granting(Grant::FlowToken(PURPOSE, token)))
}

/// The user is signed in, so the message may say that the password was wrong.
fn as_password_problem(errors: FormErrors) -> FormErrors {
    match errors.first_problem_of(Field::Form) {
        Some(Problem::Credentials) => {
            FormErrors::for_field(Field::Password, Problem::PasswordWrong)
        }
        _ => errors,
    }
}

/// The page that this step-up was begun for.
pub fn area(flow: &Flow) -> Option<ProtectedArea> {
    match flow.data {
        FlowData::StepUp { area, .. } => Some(area),
        _ => None,
    }
}
