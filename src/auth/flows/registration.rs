//! Registration: details, credentials, a code, an account. Nothing exists before the code is
//! proven (REG-01).

use crate::auth::error::FlowError;
use crate::auth::flows::judge::Proof;
use crate::auth::flows::problems::Problems;
use crate::auth::flows::verification::{self, live, open, record, retire_later};
use crate::auth::flows::{Grant, Outcome, alarm, budget, captcha};
use crate::auth::session;
use crate::context::{AppState, SharedAppState};
use crate::context::{Caller, RequestContext};
use crate::security::captcha::Action;
use crate::security::password::{PasswordHash, policy};
use crate::security::phone_rules;
use crate::security::token::{AccountId, FlowId};
use crate::store::accounts::{self, NewAccount};
use crate::store::audit::{self, Entry, Event};
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow};
use crate::store::{StoreError, Tx};
use crate::verification::{State, Verification};
use domain::{
    EmailAddress, Field, FullName, Language, Password, PhoneNumber, Problem, Purpose, Step,
    Timestamp, Username,
};

/// The first form, as typed.
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
    captcha::pass(app, context, Action::Registration, details.captcha).await?;
    let mut problems = Problems::default();
    let Some(names) = Names::read(details, &mut problems).complete() else {
        return Err(problems.refusal());
    };
    let (_, handle) = open_flow(app, context, &names).await?;
    Ok(Outcome::step(Step::Credentials).granting(handle))
}

/// Takes password and number. The password is hashed here and forgotten (REG-08).
pub async fn credentials(
    app: &SharedAppState,
    context: &RequestContext,
    password: String,
    number: &str,
) -> Result<Outcome, FlowError> {
    let flow = live(app, context, Purpose::Registration).await?;
    let mut problems = Problems::default();
    let names = Names::of(&flow);
    let Some(secrets) = Secrets::read(app, password, number, &names, &mut problems) else {
        return Err(problems.refusal());
    };
    supply(app, flow, secrets).await.map(Outcome::step)
}

/// Takes both forms at once, from a caller without pages: everything that is wrong is told
/// together, and sending is next.
pub async fn begin_whole(
    app: &SharedAppState,
    context: &RequestContext,
    details: &Details<'_>,
    password: String,
    number: &str,
) -> Result<Outcome, FlowError> {
    captcha::pass(app, context, Action::Registration, details.captcha).await?;
    let mut problems = Problems::default();
    let names = Names::read(details, &mut problems);
    let secrets = Secrets::read(app, password, number, &names, &mut problems);
    let (Some(names), Some(secrets)) = (names.complete(), secrets) else {
        return Err(problems.refusal());
    };
    let (flow, handle) = open_flow(app, context, &names).await?;
    let step = supply(app, flow, secrets).await?;
    Ok(Outcome::step(step).granting(handle))
}

/// What the first form says, as far as it can be read.
struct Names {
    full_name: Option<FullName>,
    username: Option<Username>,
    email: Option<EmailAddress>,
}

impl Names {
    fn read(details: &Details<'_>, problems: &mut Problems) -> Self {
        Self {
            full_name: problems.take(Field::FullName, FullName::parse(details.full_name)),
            username: problems.take(Field::Username, Username::parse(details.username)),
            email: problems.take(Field::Email, EmailAddress::parse(details.email)),
        }
    }

    /// As they were read when the flow was opened.
    fn of(flow: &Flow) -> Self {
        let FlowData::Registration {
            full_name,
            username,
            email,
            ..
        } = &flow.subject
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

/// What the second form says.
struct Secrets {
    password: Password,
    number: PhoneNumber,
}

impl Secrets {
    fn read(
        app: &AppState,
        password: String,
        number: &str,
        names: &Names,
        problems: &mut Problems,
    ) -> Option<Self> {
        let password = problems.take(Field::Password, Password::parse_new(password));
        let number = problems.take(Field::Phone, phone_rules::parse(number, &app.phone_rules));
        let policy_context = policy::Context {
            site_names: &["sallyport"],
            username: names.username.as_ref(),
            email: names.email.as_ref(),
            full_name: names.full_name.as_ref(),
            phone: number.as_ref(),
        };
        let password = password.and_then(|password| {
            problems.take(Field::Password, policy::check(&password, &policy_context))?;
            Some(password)
        });
        Some(Self {
            password: password?,
            number: number?,
        })
    }
}

/// Opens the flow for these names, unless one is taken that is said to be (REG-10, ENUM-02).
async fn open_flow(
    app: &SharedAppState,
    context: &RequestContext,
    (full_name, username, email): &(FullName, Username, EmailAddress),
) -> Result<(Flow, Grant), FlowError> {
    let mut problems = Problems::default();
    if accounts::username_is_taken(&app.store, username).await? {
        problems.add(Field::Username, Problem::UsernameTaken);
    }
    if app.policy.enumeration && accounts::email_is_taken(&app.store, email).await? {
        problems.add(Field::Email, Problem::EmailTaken);
    }
    if !problems.is_empty() {
        return Err(problems.refusal());
    }
    let now = app.now();
    let subject = FlowData::Registration {
        full_name: full_name.as_str().to_owned(),
        username: username.as_str().to_owned(),
        email: email.as_str().to_owned(),
        password_hash: None,
    };
    let earlier = verification::earlier(app, context, Purpose::Registration).await?;
    let verification = Verification::collecting(&app.rules(Purpose::Registration), now);
    let id = FlowId::generate();
    let flow = Flow::new(id, Purpose::Registration, None, verification, subject);
    let mut tx = app.store.begin().await?;
    let limit = app.registration_source_limit(context);
    if let Err(wait) = budget::reserve(&mut tx, &limit, now).await? {
        return Err(FlowError::whole(Problem::Overloaded {
            secs: wait.until.secs_after(now),
        }));
    }
    let (handle, retired) = open(&mut tx, &flow, earlier).await?;
    let event = Event::RegistrationOpened;
    record(&mut tx, &flow, event, &context.source, "", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    retire_later(app, retired);
    Ok((flow, Grant::Handle(Purpose::Registration, handle)))
}

/// Gives the flow its number and the hash of its password; sending is next.
async fn supply(app: &SharedAppState, mut flow: Flow, secrets: Secrets) -> Result<Step, FlowError> {
    let Secrets { password, number } = secrets;
    if app.policy.enumeration && accounts::phone_is_taken(&app.store, &number).await? {
        return Err(FlowError::about(Field::Phone, Problem::PhoneTaken));
    }
    let hint = number.hint();
    let ended = || FlowError::whole(Problem::FlowEnded);
    flow.verification = flow.verification.supply(number).map_err(|_| ended())?;
    let hash = app.hasher.hash(&password).await?;
    let FlowData::Registration { password_hash, .. } = &mut flow.subject else {
        return Err(ended());
    };
    *password_hash = Some(hash.as_str().to_owned());
    let mut tx = app.store.begin().await?;
    flows::save(&mut tx, &mut flow, app.now()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Step::SendCode {
        purpose: Purpose::Registration,
        hint,
    })
}

/// The step a registration is at.
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
        | State::Approved { .. } => verification::entry(app, flow).map(Step::EnterCode),
        State::Ended { .. } => Ok(Step::Details),
    }
}

/// The username this registration is for.
pub fn username(flow: &Flow) -> String {
    match &flow.subject {
        FlowData::Registration { username, .. } => username.clone(),
        _ => String::new(),
    }
}

/// Creates the account, in the commit that consumed the flow.
///
/// Whoever proves a number and then meets a username, e-mail or number that others have by now is told
/// the same as everybody else, no account comes of it, and the e-mail's holder gets a notice (ENUM-02).
/// In a browser the login page is next (REG-14); a program, which has just proven both factors of the
/// new account, is given a session at once, and knows without one that something was taken.
pub(super) async fn complete(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Outcome, FlowError> {
    let new = new_account(flow, proof, context.language)?;
    let crowded = accounts::count_by_phone(tx, &new.phone).await? >= app.limits.accounts_per_phone;
    let created = !crowded && accounts::insert(tx, &new, now).await?;
    let (event, account) = if created {
        (Event::AccountCreated, Some(&new.id))
    } else {
        alarm::after_conflict(app, tx, &new.email, now).await?;
        (Event::RegistrationConflict, None)
    };
    let entry = Entry {
        event,
        account,
        flow: Some(&flow.id),
        source: &context.source,
        detail: "",
    };
    audit::record(tx, &entry, now).await?;
    let outcome = Outcome::step(Step::Registered).granting(Grant::NoHandle(Purpose::Registration));
    if !created || context.caller == Caller::Browser {
        return Ok(outcome);
    }
    let token = session::open(app, tx, &new.id, Some(proof.method), context, now).await?;
    let entry = Entry {
        flow: Some(&flow.id),
        ..Entry::about(&new.id, Event::SessionStarted, &context.source)
    };
    let entry = entry.saying(proof.method.as_str());
    audit::record(tx, &entry, now).await?;
    Ok(outcome.granting(Grant::Session(token)))
}

fn new_account(flow: &Flow, proof: &Proof, language: Language) -> Result<NewAccount, FlowError> {
    let odd = || StoreError::Inconsistent {
        table: "flows",
        column: "subject",
    };
    let FlowData::Registration {
        full_name,
        username,
        email,
        password_hash: Some(hash),
    } = &flow.subject
    else {
        return Err(odd().into());
    };
    Ok(NewAccount {
        id: AccountId::generate(),
        full_name: FullName::parse(full_name).map_err(|_| odd())?,
        username: Username::parse(username).map_err(|_| odd())?,
        email: EmailAddress::parse(email).map_err(|_| odd())?,
        password_hash: PasswordHash::parse(hash).map_err(|_| odd())?,
        phone: proof.phone.clone(),
        language,
    })
}
