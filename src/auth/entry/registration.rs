//! Registration: details, credentials, a code, an account. No account is created before the code is verified.

use crate::auth::engine::background::{cancel_codes_later, run_detached};
use crate::auth::engine::code_entry::code_entry;
use crate::auth::engine::persistence::{open_flow, record_event, save_flow};
use crate::auth::engine::position::{flow_to_replace, live_flow};
use crate::auth::engine::rate_limit;
use crate::auth::entry::captcha;
use crate::auth::entry::new_password::{PasswordOwner, read_new_password};
use crate::auth::entry::password_budget::not_permitted;
use crate::auth::entry::taken_values::{
    record_taken_answer, require_free_number, require_taken_answer_available,
};
use crate::auth::error::{FlowError, FormProblems};
use crate::auth::outcome::{Grant, Outcome};
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::hashing::{HashPermit, NotPermitted};
use crate::security::captcha::Action;
use crate::security::derived_username::derive_username;
use crate::security::password::FlowHashes;
use crate::security::phone_rules;
use crate::security::request_slot::free_request_slot;
use crate::security::token::FlowId;
use crate::store::StoreError;
use crate::store::accounts;
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::verification::{State, Verification};
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

/// Takes password and phone number. Only the hash of the password is kept.
pub async fn submit_credentials(
    app: &SharedAppState,
    context: &RequestContext,
    password: String,
    number: &str,
) -> Result<Outcome, FlowError> {
    let flow = live_flow(app, context, Purpose::Registration).await?;
    require_hash_available(&flow, app.now())?;
    let mut problems = FormProblems::default();
    let names = Names::of(&flow);
    let Some(credentials) = Credentials::read(app, password, number, &names, &mut problems) else {
        return Err(problems.into_error());
    };
    add_credentials(app, context, flow, credentials)
        .await
        .map(Outcome::step)
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
        let number = phone_rules::parse(number, &app.phone_rules);
        let owner = PasswordOwner {
            full_name: names.full_name.as_ref(),
            username: names.username.as_ref(),
            email: names.email.as_ref(),
            phone: number.as_ref().ok(),
        };
        let password = read_new_password(password, &owner, problems);
        let number = problems.take(Field::Phone, number);
        Some(Self {
            password: password?,
            number: number?,
        })
    }
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
    let verification = Verification::collecting(&app.rules(Purpose::Registration), now);
    let id = FlowId::generate();
    let flow = Flow::new(id, Purpose::Registration, None, verification, data);
    let mut tx = app.store.begin().await?;
    let mut problems = FormProblems::default();
    require_taken_answer_available(app, &mut tx, context, now).await?;
    if accounts::username_is_taken(&mut tx, username).await? {
        problems.add(Field::Username, Problem::UsernameTaken);
    }
    if app.policy.enumeration && accounts::email_is_taken(&mut tx, email).await? {
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
    record_event(&mut tx, &flow, event, &context.source, "", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    cancel_codes_later(app, retired);
    Ok((flow, Grant::FlowToken(Purpose::Registration, token)))
}

/// Stores number and password hash in the flow. Returns [`Step::SendCode`].
///
/// One committed transaction reserves the hash in the flow and at the source. A second one stores the hash, or releases
/// the reservation if the hash was not computed.
async fn add_credentials(
    app: &SharedAppState,
    context: &RequestContext,
    mut flow: Flow,
    credentials: Credentials,
) -> Result<Step, FlowError> {
    let Credentials { password, number } = credentials;
    if app.policy.enumeration {
        require_free_number(app, context, &number).await?;
    }
    let hint = number.hint();
    let ready = flow.verification.clone().supply(number);
    let ready = ready.map_err(|_| FlowError::on_form(Problem::FlowEnded))?;
    let now = app.now();
    let tx = app.store.begin().await?;
    let source = app.credentials_source_limit(context);
    let lane = context.hash_lane();
    let permit = HashPermit::for_registration(tx, &mut flow, &source, lane, now)
        .await?
        .map_err(|refused| not_permitted(refused, now))?;
    free_request_slot();
    let work = hash_and_save(SharedAppState::clone(app), flow, ready, password, permit);
    run_detached(app, work).await??;
    Ok(Step::SendCode {
        purpose: Purpose::Registration,
        hint,
    })
}

/// Computes the reserved hash and saves it in the flow.
async fn hash_and_save(
    app: SharedAppState,
    mut flow: Flow,
    ready: Verification,
    password: Password,
    permit: HashPermit,
) -> Result<(), FlowError> {
    let hash = app.hasher.hash(permit, &password).await;
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
            *hashes = hashes.computed();
            flow.verification = ready;
            Ok(())
        }
        Err(error) => {
            *hashes = hashes.released();
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

/// Returns the current step of a registration flow.
pub fn step(app: &AppState, flow: &Flow) -> Result<Step, FlowError> {
    match &flow.verification.state {
        State::Collecting => Ok(Step::Credentials),
        State::Ready { phone, .. }
        | State::Sending {
            phone,
            earlier: None,
            ..
        } => Ok(Step::SendCode {
            purpose: Purpose::Registration,
            hint: phone.hint(),
        }),
        State::Sending { .. }
        | State::AwaitingCode { .. }
        | State::Checking { .. }
        | State::AwaitingFactor { .. }
        | State::Approved { .. } => code_entry(app, flow).map(Step::EnterCode),
        State::Ended { .. } => Ok(Step::Details),
    }
}

/// The username this registration is for.
pub fn username(flow: &Flow) -> String {
    match &flow.data {
        FlowData::Registration { username, .. } => username.clone(),
        _ => String::new(),
    }
}

/// The names as typed, for correcting them: full name, username and e-mail address.
pub fn names(flow: &Flow) -> Option<[String; 3]> {
    match &flow.data {
        FlowData::Registration {
            full_name,
            username,
            email,
            ..
        } => Some([full_name, username, email].map(Clone::clone)),
        _ => None,
    }
}

/// The whole number before the first code is sent to it, so that the user sees a typing error.
pub fn number_before_sending(flow: &Flow) -> Option<String> {
    match &flow.verification.state {
        State::Ready { phone, .. } => Some(phone_rules::grouped(phone)),
        _ => None,
    }
}
