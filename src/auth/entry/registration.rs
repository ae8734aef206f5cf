//! Registration in two forms, a code and a new account. No account is created before the code is verified.

pub use crate::auth::entry::registration_form::RegistrationDetails;

use crate::auth::engine::background::{cancel_sent_codes_in_background, run_in_detached_task};
use crate::auth::engine::persistence::{
    open_verification_flow, record_flow_audit_event, save_flow,
};
use crate::auth::engine::position::find_flow_to_replace;
use crate::auth::engine::rate_limit;
use crate::auth::engine::transition::change_and_save_flow;
use crate::auth::entry::captcha;
use crate::auth::entry::password_attempt_limits::error_for_refused_password_hash;
use crate::auth::entry::registration_form::{
    ParsedRegistrationDetails, RegistrationCredentials, parse_registration_password,
};
use crate::auth::entry::registration_state::has_registration_password_hash;
use crate::auth::entry::taken_values::{
    count_response_in_enumeration_limit, require_enumeration_limit_not_reached,
    require_phone_number_not_taken,
};
use crate::auth::entry::verification::require_live_flow;
use crate::auth::error::{FlowError, FormProblems};
use crate::auth::outcome::{Outcome, TokenChange};
use crate::context::{RequestContext, SharedAppState};
use crate::hashing::{HashPermit, NotPermitted};
use crate::security::captcha::Action;
use crate::security::derived_username::derive_username;
use crate::security::password::{FlowHashes, policy};
use crate::security::request_slot::release_concurrency_slot_of_request;
use crate::security::token::FlowId;
use crate::security::typed_number::TypedNumber;
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::{ReadFrom, accounts, emails};
use crate::verification::Verification;
use domain::{
    EmailAddress, Field, FullName, Password, PhoneNumber, Problem, Purpose, Step, Timestamp,
    Username,
};

/// Begins a registration with the first form: names, e-mail address and CAPTCHA.
pub async fn begin_registration(
    app: &SharedAppState,
    context: &RequestContext,
    details: &RegistrationDetails<'_>,
) -> Result<Outcome, FlowError> {
    captcha::require_solved_captcha(app, context, Action::Registration, details.captcha).await?;
    let mut problems = FormProblems::default();
    let Some(valid_details) =
        ParsedRegistrationDetails::parse_name_and_email_form(details, &mut problems)
            .into_details_if_all_valid()
    else {
        return Err(problems.into_flow_error());
    };
    let (_, flow_token) = open_registration_flow(app, context, &valid_details).await?;
    Ok(Outcome::from_step(Step::Credentials).with_token_change(flow_token))
}

/// The content of the password field when the page shows the registration form again after refused values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordField {
    /// The typed password, because a script sent the form and the page stays.
    Unchanged,
    /// Empty, because the browser loads the page again and no page contains a password.
    Emptied,
}

/// Submits the second registration form: saves the password hash and phone number in the verification flow.
///
/// If only the phone number is invalid and the browser has emptied the password field, saves the hash of the valid
/// password. The user then corrects only the phone number.
pub async fn submit_registration_credentials(
    app: &SharedAppState,
    context: &RequestContext,
    password: String,
    number: TypedNumber<'_>,
    field: PasswordField,
) -> Result<Outcome, FlowError> {
    let flow = require_live_flow(app, context, Purpose::Registration).await?;
    let mut problems = FormProblems::default();
    let number = number.parse(&app.phone_rules);
    if password.is_empty() && has_registration_password_hash(&flow) {
        let Some(number) = problems.value_or_add_field_problem(Field::Phone, number) else {
            return Err(problems.into_flow_error());
        };
        let step = save_phone_number_in_flow(app, context, flow, number).await?;
        return Ok(Outcome::from_step(step));
    }
    require_registration_may_hash_password(&flow, app.now())?;
    let password = parse_registration_password(
        app,
        password,
        &number,
        &ParsedRegistrationDetails::read_details_from_flow(&flow),
        &mut problems,
    );
    let number = problems.value_or_add_field_problem(Field::Phone, number);
    match (password, number) {
        (Some(password), Some(number)) => {
            let credentials = RegistrationCredentials { password, number };
            let step = save_credentials_in_flow(app, context, flow, credentials).await?;
            Ok(Outcome::from_step(step))
        }
        (Some(password), None)
            if field == PasswordField::Emptied
                && !policy::may_password_be_phone_number(&password) =>
        {
            let verification = flow.verification.clone();
            hash_password_within_limits_and_save(app, context, flow, verification, password)
                .await?;
            Err(problems.into_flow_error())
        }
        _ => Err(problems.into_flow_error()),
    }
}

/// Begins a registration for API clients, with details, password and phone number in one call.
///
/// Returns the errors of all fields together. Derives a missing username from the full name and the e-mail address. The
/// client requests the code afterwards.
pub async fn begin_registration_with_credentials(
    app: &SharedAppState,
    context: &RequestContext,
    details: &RegistrationDetails<'_>,
    password: String,
    number: &str,
) -> Result<Outcome, FlowError> {
    captcha::require_solved_captcha(app, context, Action::Registration, details.captcha).await?;
    let mut problems = FormProblems::default();
    let parsed = if details.is_username_missing() {
        ParsedRegistrationDetails::parse_details_and_derive_username(details, &mut problems)
    } else {
        ParsedRegistrationDetails::parse_name_and_email_form(details, &mut problems)
    };
    let credentials = RegistrationCredentials::parse_password_and_phone_form(
        app,
        password,
        number,
        &parsed,
        &mut problems,
    );
    let (Some(mut valid_details), Some(credentials)) =
        (parsed.into_details_if_all_valid(), credentials)
    else {
        return Err(problems.into_flow_error());
    };
    if details.is_username_missing() {
        derive_unused_username(app, &mut valid_details).await?;
    }
    let (flow, flow_token) = open_registration_flow(app, context, &valid_details).await?;
    let step = save_credentials_in_flow(app, context, flow, credentials).await?;
    Ok(Outcome::from_step(step).with_token_change(flow_token))
}

/// The maximum number of usernames that are derived for one registration.
///
/// Each has random characters, so the first one is almost always unused.
const MAX_DERIVED_USERNAMES: usize = 5;

/// Derives another username while the derived one is taken.
///
/// The client has sent no username, so a refusal would not help the user.
async fn derive_unused_username(
    app: &SharedAppState,
    (full_name, username, email): &mut (FullName, Username, EmailAddress),
) -> Result<(), FlowError> {
    let mut tx = app.store.begin().await?;
    for _ in 1..MAX_DERIVED_USERNAMES {
        if !accounts::is_username_taken(&mut tx, username).await? {
            break;
        }
        if let Some(derived) = derive_username(full_name, email) {
            *username = derived;
        }
    }
    Ok(())
}

/// Opens a registration flow for these details.
///
/// Refuses a taken username. Refuses a taken e-mail address only if the operator permits account enumeration.
async fn open_registration_flow(
    app: &SharedAppState,
    context: &RequestContext,
    (full_name, username, email): &(FullName, Username, EmailAddress),
) -> Result<(Flow, TokenChange), FlowError> {
    let now = app.now();
    let data = FlowData::Registration {
        full_name: full_name.as_str().to_owned(),
        username: username.as_str().to_owned(),
        email: email.as_str().to_owned(),
        password_hash: None,
        hashes: FlowHashes::default(),
        shown_refusal: None,
    };
    let replaced = find_flow_to_replace(app, context, Purpose::Registration).await?;
    let verification = Verification::start_verification_without_phone(
        &app.verification_rules(Purpose::Registration),
        now,
    );
    let id = FlowId::generate();
    let flow = Flow::new(id, Purpose::Registration, None, verification, data);
    let mut tx = app.store.begin().await?;
    let mut problems = FormProblems::default();
    require_enumeration_limit_not_reached(app, &mut tx, context, now).await?;
    if accounts::is_username_taken(&mut tx, username).await? {
        problems.add_field_problem(Field::Username, Problem::UsernameTaken);
    }
    if app.policy.enumeration
        && emails::is_email_verified_by_any_account(ReadFrom::Transaction(&mut tx), email).await?
    {
        problems.add_field_problem(Field::Email, Problem::EmailTaken);
    }
    if !problems.is_empty() {
        return Err(count_response_in_enumeration_limit(
            app,
            tx,
            context,
            problems.into_flow_error(),
            now,
        )
        .await?);
    }
    let limit = app.registration_limit_per_source(context);
    if let Err(wait) = rate_limit::count_event_within_limit(&mut tx, &limit, now).await? {
        return Err(FlowError::from_form_problem(Problem::LimitReached {
            secs: wait.until.secs_since(now),
        }));
    }
    let (token, retired) = open_verification_flow(&mut tx, &flow, replaced).await?;
    let event = Event::RegistrationOpened;
    record_flow_audit_event(&mut tx, &flow, event, context.audit_origin(), "", now).await?;
    tx.commit().await?;
    cancel_sent_codes_in_background(app, retired);
    Ok((
        flow,
        TokenChange::SetFlowToken(Purpose::Registration, token),
    ))
}

/// Saves phone number and password hash in the registration flow. Returns [`Step::SendCode`].
async fn save_credentials_in_flow(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
    credentials: RegistrationCredentials,
) -> Result<Step, FlowError> {
    let RegistrationCredentials { password, number } = credentials;
    let (ready, step) = set_phone_number_in_verification_copy(app, context, &flow, number).await?;
    hash_password_within_limits_and_save(app, context, flow, ready, password).await?;
    Ok(step)
}

/// Saves the phone number in a registration flow that has a password hash. Returns [`Step::SendCode`].
async fn save_phone_number_in_flow(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
    number: PhoneNumber,
) -> Result<Step, FlowError> {
    let (ready, step) = set_phone_number_in_verification_copy(app, context, &flow, number).await?;
    change_and_save_flow(app, flow, |_| Ok(ready)).await?;
    Ok(step)
}

/// Sets the phone number in a copy of the flow's verification state. Returns the copy and the next step.
async fn set_phone_number_in_verification_copy(
    app: &SharedAppState,
    context: &RequestContext,
    flow: &Flow,
    number: PhoneNumber,
) -> Result<(Verification, Step), FlowError> {
    if app.policy.enumeration {
        require_phone_number_not_taken(app, context, &number).await?;
    }
    let hint = number.masked_hint();
    let ready = flow.verification.clone().set_phone(number);
    let ready = ready.map_err(|_| FlowError::from_form_problem(Problem::FlowEnded))?;
    let purpose = Purpose::Registration;
    Ok((ready, Step::SendCode { purpose, hint }))
}

/// Hashes the password of a registration within the rate limits, and saves the hash in the verification flow.
///
/// Also saves `verification`, the new state of the phone verification. A first transaction counts the hash in the
/// limits of the flow and of the network address. A second transaction saves the hash, or uncounts it in the flow if
/// the computation has failed.
async fn hash_password_within_limits_and_save(
    app: &SharedAppState,
    context: &RequestContext,
    mut flow: Flow,
    verification: Verification,
    password: Password,
) -> Result<(), FlowError> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let source = app.new_password_limit_per_source(context);
    let lane = context.password_hash_queue();
    let permit =
        HashPermit::acquire_hash_permit_for_registration(tx, &mut flow, &source, lane, now)
            .await?
            .map_err(|refused| error_for_refused_password_hash(refused, now))?;
    release_concurrency_slot_of_request();
    let app_of_task = SharedAppState::clone(app);
    let work = hash_and_save_password(app_of_task, flow, verification, password, permit);
    run_in_detached_task(app, work).await?
}

/// Hashes the password of a registration and saves the hash in the verification flow.
///
/// `permit` shows that the rate limits permit the computation.
async fn hash_and_save_password(
    app: SharedAppState,
    mut flow: Flow,
    verification: Verification,
    password: Password,
    permit: HashPermit,
) -> Result<(), FlowError> {
    let hash = app.hasher.hash_password(permit, &password).await;
    let FlowData::Registration {
        password_hash,
        hashes,
        ..
    } = &mut flow.data
    else {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    };
    let result = match hash {
        Ok(hash) => {
            *password_hash = Some(hash.as_str().to_owned());
            *hashes = hashes.record_finished_hash_computation();
            flow.verification = verification;
            Ok(())
        }
        Err(error) => {
            *hashes = hashes.release_unused_hash_reservation();
            Err(error.into())
        }
    };
    let mut tx = app.store.begin().await?;
    save_flow(&mut tx, &mut flow, app.now()).await?;
    tx.commit().await?;
    result
}

/// Fails if the registration flow has reached its limit of password hashes, or is computing a hash now.
fn require_registration_may_hash_password(flow: &Flow, now: Timestamp) -> Result<(), FlowError> {
    let FlowData::Registration { hashes, .. } = &flow.data else {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    };
    match hashes.reserve_hash_computation(now) {
        Ok(_) => Ok(()),
        Err(refused) => Err(error_for_refused_password_hash(
            NotPermitted::Flow(refused),
            now,
        )),
    }
}

/// Invalidates the pending code of a registration and returns to the second registration form.
///
/// The form contains the number, so that the user corrects it. The password is kept.
pub async fn choose_another_phone_number(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let flow = require_live_flow(app, context, Purpose::Registration).await?;
    let typed = flow.verification.state.phone().cloned();
    let code = flow.verification.state.sent_code().cloned();
    change_and_save_flow(app, flow, Verification::remove_phone).await?;
    cancel_sent_codes_in_background(app, code);
    Ok(Outcome::from_step(Step::Credentials).with_typed_phone_number(typed.as_ref()))
}
