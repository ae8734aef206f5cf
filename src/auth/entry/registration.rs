//! Registration: details, credentials, a code, an account. No account is created before the code is verified.

use crate::auth::engine::background::{cancel_codes_later, run_detached};
use crate::auth::engine::code_entry::transition_error;
use crate::auth::engine::persistence::{open_flow, record_event, save_flow};
use crate::auth::engine::position::{flow_to_replace, live_flow};
use crate::auth::engine::rate_limit;
use crate::auth::entry::captcha;
use crate::auth::entry::new_password::{PasswordOwner, read_new_password};
use crate::auth::entry::password_budget::not_permitted;
use crate::auth::entry::registration_state::is_password_kept;
use crate::auth::entry::taken_values::{
    record_taken_answer, require_free_number, require_taken_answer_available,
};
use crate::auth::error::{FlowError, FormProblems};
use crate::auth::outcome::{Grant, Outcome};
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::hashing::{HashPermit, NotPermitted};
use crate::security::captcha::Action;
use crate::security::derived_username::derive_username;
use crate::security::password::{FlowHashes, policy};
use crate::security::phone_rules;
use crate::security::request_slot::free_request_slot;
use crate::security::token::FlowId;
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::{ReadFrom, StoreError, accounts, emails};
use crate::verification::Verification;
use domain::{
    EmailAddress, Field, FullName, Password, PhoneNumber, Problem, Purpose, Step, Timestamp,
    Username,
};

/// The fields of the first form, as typed.
#[derive(Clone, Debug)]
pub struct Details<'a> {
    pub full_name: &'a str,
    pub username: &'a str,
    pub email: &'a str,
    pub captcha: &'a str,
}

/// Takes the first form and opens the flow.
pub async fn begin(
    app: &SharedAppState,
    context: &RequestContext,
    details: &Details<'_>,
) -> Result<Outcome, FlowError> {
    captcha::require_captcha(app, context, Action::Registration, details.captcha).await?;
    let mut problems = FormProblems::default();
    let Some(names) = Names::read(details, &mut problems).complete() else {
        return Err(problems.into_error());
    };
    let (_, grant) = open_registration_flow(app, context, &names).await?;
    Ok(Outcome::step(Step::Credentials).granting(grant))
}

/// What the browser shows in the password field after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordField {
    /// The typed password: a script sent it and the page stays.
    Unchanged,
    /// Nothing: the browser loads the page again, and no page contains a password.
    Emptied,
}

/// Takes password and phone number. Only the hash of the password is kept.
///
/// If only the number is wrong and the field is emptied, the hash of the good password is kept in the flow. An empty
/// password then stands for the kept one.
pub async fn submit_credentials(
    app: &SharedAppState,
    context: &RequestContext,
    password: String,
    number: &str,
    field: PasswordField,
) -> Result<Outcome, FlowError> {
    let flow = live_flow(app, context, Purpose::Registration).await?;
    let mut problems = FormProblems::default();
    let number = phone_rules::parse_phone_number(number, &app.phone_rules);
    if password.is_empty() && is_password_kept(&flow) {
        let Some(number) = problems.take(Field::Phone, number) else {
            return Err(problems.into_error());
        };
        let step = add_number(app, context, flow, number).await?;
        return Ok(Outcome::step(step));
    }
    require_hash_available(&flow, app.now())?;
    let password = read_password(app, password, &number, &Names::of(&flow), &mut problems);
    let number = problems.take(Field::Phone, number);
    match (password, number) {
        (Some(password), Some(number)) => {
            let credentials = Credentials { password, number };
            let step = add_credentials(app, context, flow, credentials).await?;
            Ok(Outcome::step(step))
        }
        (Some(password), None)
            if field == PasswordField::Emptied && !policy::may_be_phone_number(&password) =>
        {
            let verification = flow.verification.clone();
            store_password(app, context, flow, verification, password).await?;
            Err(problems.into_error())
        }
        _ => Err(problems.into_error()),
    }
}

/// Takes both forms in one call, from an API client: all problems are returned together, and sending a code
/// is next. Without a username, one is derived from name and e-mail address.
pub async fn begin_with_credentials(
    app: &SharedAppState,
    context: &RequestContext,
    details: &Details<'_>,
    password: String,
    number: &str,
) -> Result<Outcome, FlowError> {
    captcha::require_captcha(app, context, Action::Registration, details.captcha).await?;
    let mut problems = FormProblems::default();
    let names = if details.username.trim().is_empty() {
        Names::read_and_derive_username(details, &mut problems)
    } else {
        Names::read(details, &mut problems)
    };
    let credentials = Credentials::read(app, password, number, &names, &mut problems);
    let (Some(names), Some(credentials)) = (names.complete(), credentials) else {
        return Err(problems.into_error());
    };
    let (flow, grant) = open_registration_flow(app, context, &names).await?;
    let step = add_credentials(app, context, flow, credentials).await?;
    Ok(Outcome::step(step).granting(grant))
}

/// The values of the first form, as far as they are valid.
struct Names {
    full_name: Option<FullName>,
    username: Option<Username>,
    email: Option<EmailAddress>,
}

impl Names {
    fn read(details: &Details<'_>, problems: &mut FormProblems) -> Self {
        Self {
            full_name: problems.take(Field::FullName, FullName::parse(details.full_name)),
            username: problems.take(Field::Username, Username::parse(details.username)),
            email: problems.take(Field::Email, EmailAddress::parse(details.email)),
        }
    }

    /// As [`Self::read`], with a username derived from the other two values.
    fn read_and_derive_username(details: &Details<'_>, problems: &mut FormProblems) -> Self {
        let full_name = problems.take(Field::FullName, FullName::parse(details.full_name));
        let email = problems.take(Field::Email, EmailAddress::parse(details.email));
        let username = full_name
            .as_ref()
            .zip(email.as_ref())
            .and_then(|(full_name, email)| derive_username(full_name, email));
        Self {
            full_name,
            username,
            email,
        }
    }

    /// The values that were stored when the flow was opened.
    fn of(flow: &Flow) -> Self {
        let FlowData::Registration {
            full_name,
            username,
            email,
            ..
        } = &flow.data
        else {
            return Self {
                full_name: None,
                username: None,
                email: None,
            };
        };
        Self {
            full_name: FullName::parse(full_name).ok(),
            username: Username::parse(username).ok(),
            email: EmailAddress::parse(email).ok(),
        }
    }

    fn complete(self) -> Option<(FullName, Username, EmailAddress)> {
        Some((self.full_name?, self.username?, self.email?))
    }
}

/// The values of the second form.
struct Credentials {
    password: Password,
    number: PhoneNumber,
}

impl Credentials {
    fn read(
        app: &AppState,
        password: String,
        number: &str,
        names: &Names,
        problems: &mut FormProblems,
    ) -> Option<Self> {
        let number = phone_rules::parse_phone_number(number, &app.phone_rules);
        let password = read_password(app, password, &number, names, problems);
        let number = problems.take(Field::Phone, number);
        Some(Self {
            password: password?,
            number: number?,
        })
    }
}

/// The new password, compared with the names and with the number as far as they are valid.
fn read_password(
    app: &AppState,
    password: String,
    number: &Result<PhoneNumber, Problem>,
    names: &Names,
    problems: &mut FormProblems,
) -> Option<Password> {
    let owner = PasswordOwner {
        full_name: names.full_name.as_ref(),
        username: names.username.as_ref(),
        email: names.email.as_ref(),
        phone: number.as_ref().ok(),
    };
    read_new_password(&app.brand.name, password, &owner, problems)
}

/// Opens the flow for these names. A taken username is refused, a taken e-mail address only if the operator
/// permits account enumeration.
async fn open_registration_flow(
    app: &SharedAppState,
    context: &RequestContext,
    (full_name, username, email): &(FullName, Username, EmailAddress),
) -> Result<(Flow, Grant), FlowError> {
    let now = app.now();
    let data = FlowData::Registration {
        full_name: full_name.as_str().to_owned(),
        username: username.as_str().to_owned(),
        email: email.as_str().to_owned(),
        password_hash: None,
        hashes: FlowHashes::default(),
    };
    let replaced = flow_to_replace(app, context, Purpose::Registration).await?;
    let verification = Verification::start_without_phone(&app.rules(Purpose::Registration), now);
    let id = FlowId::generate();
    let flow = Flow::new(id, Purpose::Registration, None, verification, data);
    let mut tx = app.store.begin().await?;
    let mut problems = FormProblems::default();
    require_taken_answer_available(app, &mut tx, context, now).await?;
    if accounts::is_username_taken(&mut tx, username).await? {
        problems.add(Field::Username, Problem::UsernameTaken);
    }
    if app.policy.enumeration
        && emails::is_email_proven(ReadFrom::Transaction(&mut tx), email).await?
    {
        problems.add(Field::Email, Problem::EmailTaken);
    }
    if !problems.is_empty() {
        return Err(record_taken_answer(app, tx, context, problems.into_error(), now).await?);
    }
    let limit = app.registration_source_limit(context);
    if let Err(wait) = rate_limit::reserve(&mut tx, &limit, now).await? {
        return Err(FlowError::on_form(Problem::Overloaded {
            secs: wait.until.secs_after(now),
        }));
    }
    let (token, retired) = open_flow(&mut tx, &flow, replaced).await?;
    let event = Event::RegistrationOpened;
    record_event(&mut tx, &flow, event, context.audit_origin(), "", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    cancel_codes_later(app, retired);
    Ok((flow, Grant::FlowToken(Purpose::Registration, token)))
}

/// Stores number and password hash in the flow. Returns [`Step::SendCode`].
async fn add_credentials(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
    credentials: Credentials,
) -> Result<Step, FlowError> {
    let Credentials { password, number } = credentials;
    let (ready, step) = supply_number(app, context, &flow, number).await?;
    store_password(app, context, flow, ready, password).await?;
    Ok(step)
}

/// Stores the number in a flow that has a password hash. Returns [`Step::SendCode`].
async fn add_number(
    app: &SharedAppState,
    context: &RequestContext,
    mut flow: Flow,
    number: PhoneNumber,
) -> Result<Step, FlowError> {
    let (ready, step) = supply_number(app, context, &flow, number).await?;
    flow.verification = ready;
    let mut tx = app.store.begin().await?;
    save_flow(&mut tx, &mut flow, app.now()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(step)
}

/// The verification with this number, and the step that follows once it is saved.
async fn supply_number(
    app: &SharedAppState,
    context: &RequestContext,
    flow: &Flow,
    number: PhoneNumber,
) -> Result<(Verification, Step), FlowError> {
    if app.policy.enumeration {
        require_free_number(app, context, &number).await?;
    }
    let hint = number.hint();
    let ready = flow.verification.clone().set_phone(number);
    let ready = ready.map_err(|_| FlowError::on_form(Problem::FlowEnded))?;
    let purpose = Purpose::Registration;
    Ok((ready, Step::SendCode { purpose, hint }))
}

/// Stores the hash of `password` in the flow, together with `verification`.
///
/// One committed transaction reserves the hash in the flow and at the source. A second one stores the hash, or releases
/// the reservation if the hash was not computed.
async fn store_password(
    app: &SharedAppState,
    context: &RequestContext,
    mut flow: Flow,
    verification: Verification,
    password: Password,
) -> Result<(), FlowError> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let source = app.credentials_source_limit(context);
    let lane = context.hash_lane();
    let permit = HashPermit::for_registration(tx, &mut flow, &source, lane, now)
        .await?
        .map_err(|refused| not_permitted(refused, now))?;
    free_request_slot();
    let app_of_task = SharedAppState::clone(app);
    let work = hash_and_save(app_of_task, flow, verification, password, permit);
    run_detached(app, work).await?
}

/// Computes the reserved hash and saves it in the flow.
async fn hash_and_save(
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
        return Err(FlowError::on_form(Problem::FlowEnded));
    };
    let result = match hash {
        Ok(hash) => {
            *password_hash = Some(hash.as_str().to_owned());
            *hashes = hashes.mark_computed();
            flow.verification = verification;
            Ok(())
        }
        Err(error) => {
            *hashes = hashes.release_unused();
            Err(error.into())
        }
    };
    let mut tx = app.store.begin().await?;
    save_flow(&mut tx, &mut flow, app.now()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    result
}

/// Fails if the flow has used up its password hashes or is computing one. Called before any other work for the request.
fn require_hash_available(flow: &Flow, now: Timestamp) -> Result<(), FlowError> {
    let FlowData::Registration { hashes, .. } = &flow.data else {
        return Err(FlowError::on_form(Problem::FlowEnded));
    };
    match hashes.reserve(now) {
        Ok(_) => Ok(()),
        Err(refused) => Err(not_permitted(NotPermitted::Flow(refused), now)),
    }
}

/// Returns to the password and the number, and invalidates the code that is out. The password is kept.
pub async fn another_number(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let mut flow = live_flow(app, context, Purpose::Registration).await?;
    let code = flow.verification.state.code().cloned();
    let verification = flow.verification.clone().remove_phone();
    flow.verification = verification.map_err(|refusal| transition_error(app, &flow, refusal))?;
    let mut tx = app.store.begin().await?;
    save_flow(&mut tx, &mut flow, app.now()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    cancel_codes_later(app, code);
    Ok(Outcome::step(Step::Credentials))
}
