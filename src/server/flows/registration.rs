//! Registration: details, credentials, a code, an account. Nothing exists before the code is
//! proven (REG-01).

use crate::domain::{
    EmailAddress, Field, FieldProblem, FullName, Language, Password, Problem, Purpose, Refusal,
    Step, Timestamp, Username,
};
use crate::server::captcha::Action;
use crate::server::context::{App, Context};
use crate::server::error::FlowError;
use crate::server::flows::judge::Proof;
use crate::server::flows::verification::{self, live, open, record, retire_later};
use crate::server::flows::{Grant, Outcome, alarm, budget, captcha};
use crate::server::password::{PasswordHash, policy};
use crate::server::phone;
use crate::server::store::accounts::{self, NewAccount};
use crate::server::store::audit::{self, Entry, Event};
use crate::server::store::flows::{self, Flow};
use crate::server::store::{StoreError, Tx};
use crate::server::subject::Subject;
use crate::server::token::{AccountId, FlowId};
use crate::server::verification::{State, Verification};
use crate::server::visitor::Visitor;

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
    cx: &App,
    visitor: &Visitor,
    details: &Details<'_>,
) -> Result<Outcome, FlowError> {
    captcha::pass(cx, Action::Registration, details.captcha).await?;
    let mut problems = Problems::default();
    let full_name = problems.take(Field::FullName, FullName::parse(details.full_name));
    let username = problems.take(Field::Username, Username::parse(details.username));
    let email = problems.take(Field::Email, EmailAddress::parse(details.email));
    let (Some(full_name), Some(username), Some(email)) = (full_name, username, email) else {
        return Err(problems.refusal());
    };
    if accounts::username_is_taken(&cx.store, &username).await? {
        return Err(FlowError::about(Field::Username, Problem::UsernameTaken));
    }

    let now = cx.now();
    let subject = Subject::Registration {
        full_name: full_name.as_str().to_owned(),
        username: username.as_str().to_owned(),
        email: email.as_str().to_owned(),
        password_hash: None,
    };
    let earlier = verification::earlier(cx, visitor, Purpose::Registration).await?;
    let verification = Verification::collecting(&cx.rules(Purpose::Registration), now);
    let flow = Flow::new(
        FlowId::generate(),
        Purpose::Registration,
        None,
        verification,
        subject,
    );
    let mut tx = cx.store.begin().await?;
    let limit = cx.registration_source_limit(&visitor.source);
    if let Err(wait) = budget::reserve(&mut tx, &limit, now).await? {
        return Err(FlowError::whole(Problem::Overloaded {
            secs: wait.until.secs_after(now),
        }));
    }
    let (handle, retired) = open(&mut tx, &flow, earlier).await?;
    record(
        &mut tx,
        &flow,
        Event::RegistrationOpened,
        &visitor.source,
        "",
        now,
    )
    .await?;
    tx.commit().await.map_err(StoreError::from)?;
    retire_later(cx, retired);
    Ok(Outcome::step(Step::Credentials).granting(Grant::Handle(Purpose::Registration, handle)))
}

/// Takes password and number. The password is hashed here and forgotten (REG-08).
pub async fn credentials(
    cx: &App,
    visitor: &Visitor,
    password: String,
    number: &str,
) -> Result<Outcome, FlowError> {
    let mut flow = live(cx, visitor, Purpose::Registration).await?;
    let Subject::Registration {
        full_name,
        username,
        email,
        ..
    } = &flow.subject
    else {
        return Err(FlowError::whole(Problem::FlowEnded));
    };
    let mut problems = Problems::default();
    let password = problems.take(Field::Password, Password::parse_new(password));
    let number = problems.take(Field::Phone, phone::parse(number, &cx.phone_rules));
    if let Some(password) = &password {
        let (username, email) = (
            Username::parse(username).ok(),
            EmailAddress::parse(email).ok(),
        );
        let full_name = FullName::parse(full_name).ok();
        let context = policy::Context {
            site_names: &["sallyport"],
            username: username.as_ref(),
            email: email.as_ref(),
            full_name: full_name.as_ref(),
            phone: number.as_ref(),
        };
        problems.take(Field::Password, policy::check(password, &context));
    }
    let (Some(password), Some(number), true) = (password, number, problems.is_empty()) else {
        return Err(problems.refusal());
    };
    let hint = number.hint();
    flow.verification = flow
        .verification
        .supply(number)
        .map_err(|_| FlowError::whole(Problem::FlowEnded))?;
    let hash = cx.hasher.hash(&password).await?;
    if let Subject::Registration { password_hash, .. } = &mut flow.subject {
        *password_hash = Some(hash.as_str().to_owned());
    }
    let mut tx = cx.store.begin().await?;
    flows::save(&mut tx, &mut flow).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Outcome::step(Step::SendCode {
        purpose: Purpose::Registration,
        hint,
    }))
}

/// The step a registration is at.
pub fn step(cx: &Context, flow: &Flow) -> Result<Step, FlowError> {
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
        | State::Approved { .. } => verification::entry(cx, flow).map(Step::EnterCode),
        State::Ended { .. } => Ok(Step::Details),
    }
}

/// The username this registration is for.
pub fn username(flow: &Flow) -> String {
    match &flow.subject {
        Subject::Registration { username, .. } => username.clone(),
        _ => String::new(),
    }
}

/// Creates the account, in the commit that consumed the flow.
///
/// Whoever proves a number and then meets a taken e-mail is told the same as everybody else, no
/// account comes of it, and its holder gets a notice (ENUM-02). A username was promised openly and is refused openly.
pub(super) async fn complete(
    cx: &Context,
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Outcome, FlowError> {
    let new = new_account(flow, proof, visitor.language)?;
    let crowded = accounts::count_by_phone(tx, &new.phone).await? >= cx.limits.accounts_per_phone;
    let created = !crowded && accounts::insert(tx, &new, now).await?;
    let (event, account) = if created {
        (Event::AccountCreated, Some(&new.id))
    } else {
        alarm::after_conflict(cx, tx, &new.email, now).await?;
        (Event::RegistrationConflict, None)
    };
    let entry = Entry {
        event,
        account,
        flow: Some(&flow.id),
        source: &visitor.source,
        detail: "",
    };
    audit::record(tx, &entry, now).await?;
    Ok(Outcome::step(Step::Registered).granting(Grant::NoHandle(Purpose::Registration)))
}

fn new_account(flow: &Flow, proof: &Proof, language: Language) -> Result<NewAccount, FlowError> {
    let odd = || StoreError::Inconsistent {
        table: "flows",
        column: "subject",
    };
    let Subject::Registration {
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

/// Problems gathered over a form, so that all of them are told at once.
#[derive(Default)]
struct Problems(Vec<FieldProblem>);

impl Problems {
    fn take<T>(&mut self, field: Field, parsed: Result<T, Problem>) -> Option<T> {
        parsed
            .map_err(|problem| self.0.push(FieldProblem { field, problem }))
            .ok()
    }

    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn refusal(self) -> FlowError {
        FlowError::Refused(Refusal {
            problems: self.0,
            entry: None,
        })
    }
}
