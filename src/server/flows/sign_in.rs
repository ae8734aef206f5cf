//! Sign-in: a password, then a second factor, then a session. The password alone opens nothing
//! (SM-03).

use crate::domain::{
    Channel, Field, Method, MethodOption, Password, Problem, Purpose, Step, Timestamp,
};
use crate::server::captcha::Action;
use crate::server::context::{App, Context};
use crate::server::error::FlowError;
use crate::server::flows::verification::{self, live, open, record, retire_later};
use crate::server::flows::{Grant, Outcome, budget, captcha};
use crate::server::password::Verified;
use crate::server::session;
use crate::server::store::accounts::{self, Account};
use crate::server::store::audit::{self, Entry, Event};
use crate::server::store::flows::{self, Flow};
use crate::server::store::{StoreError, Tx};
use crate::server::subject::Subject;
use crate::server::token::FlowId;
use crate::server::verification::{State, Verification};
use crate::server::visitor::Visitor;

/// The longest identifier that can belong to anybody: an e-mail address.
const MAX_IDENTIFIER: usize = 254;

/// Checks username or e-mail and password, and opens the flow for the second factor.
pub async fn begin(
    cx: &App,
    visitor: &Visitor,
    identifier: &str,
    password: String,
    captcha: &str,
) -> Result<Outcome, FlowError> {
    captcha::pass(cx, Action::SignIn, captcha).await?;
    let identifier = identifier.trim();
    if identifier.is_empty() {
        return Err(FlowError::about(Field::Identifier, Problem::Missing));
    }
    let password = match Password::parse_existing(password) {
        Ok(password) if identifier.len() <= MAX_IDENTIFIER => password,
        Err(Problem::Missing) => return Err(FlowError::about(Field::Password, Problem::Missing)),
        // Nobody has such a name or password: said as every other wrong one is.
        Ok(_) | Err(_) => return Err(FlowError::whole(Problem::Credentials)),
    };
    let account = authenticate(cx, visitor, &identifier.to_lowercase(), &password).await?;
    open_flow(cx, visitor, account).await
}

/// The account, if the password is its own: one answer for unknown, wrong, held and disabled,
/// and one real hash for each (LOG-03).
async fn authenticate(
    cx: &App,
    visitor: &Visitor,
    canonical: &str,
    password: &Password,
) -> Result<Account, FlowError> {
    let key = cx.password_bucket(canonical);
    let admitted = reserve_try(cx, visitor, canonical).await?;
    let account = accounts::find_by_identifier(&cx.store, canonical).await?;
    let stored = account.as_ref().map(|account| &account.password_hash);
    // A held account is not evaluated, but costs what an evaluated one does.
    let verified = cx
        .hasher
        .verify(password, stored.filter(|_| admitted))
        .await?;
    let now = cx.now();
    let mut tx = cx.store.begin().await?;
    let accepted = account.filter(|account| verified != Verified::No && !account.disabled);
    let Some(account) = accepted else {
        let entry = Entry {
            event: Event::PasswordRefused,
            account: None,
            flow: None,
            source: &visitor.source,
            detail: "",
        };
        audit::record(&mut tx, &entry, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        return Err(FlowError::whole(Problem::Credentials));
    };
    budget::forget_password_failures(&mut tx, &key, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    if verified == Verified::YesRehash {
        rehash_later(cx, &account, password);
    }
    Ok(account)
}

/// Counts the try as a failure before anything is evaluated (LOG-05, LOG-06).
async fn reserve_try(cx: &Context, visitor: &Visitor, canonical: &str) -> Result<bool, FlowError> {
    let now = cx.now();
    let mut tx = cx.store.begin().await?;
    let source = cx.sign_in_source_limit(&visitor.source);
    if let Err(wait) = budget::reserve(&mut tx, &source, now).await? {
        return Err(FlowError::whole(Problem::Overloaded {
            secs: wait.until.secs_after(now),
        }));
    }
    let key = cx.password_bucket(canonical);
    let slowdown = &cx.limits.password_slowdown;
    let admitted = budget::reserve_password_try(&mut tx, &key, slowdown, now)
        .await?
        .is_ok();
    tx.commit().await.map_err(StoreError::from)?;
    Ok(admitted)
}

/// Brings an older hash up to today's parameters, outside the request's own time.
fn rehash_later(cx: &App, account: &Account, password: &Password) {
    let (cx, account, password) = (App::clone(cx), account.clone(), password.clone());
    cx.tasks.clone().spawn(async move {
        // Busy or failing: the next sign-in tries again.
        if let Ok(hash) = cx.hasher.hash(&password).await {
            let upgraded =
                accounts::upgrade_hash(&cx.store, &account.id, &account.password_hash, &hash).await;
            if let Err(error) = upgraded {
                tracing::warn!(%error, "a password hash could not be upgraded");
            }
        }
    });
}

async fn open_flow(cx: &App, visitor: &Visitor, account: Account) -> Result<Outcome, FlowError> {
    // Enrolled means flag and number both; anything less fails closed (LOG-08).
    let Some(phone) = account.phone.clone().filter(|_| account.mfa) else {
        return Err(FlowError::whole(Problem::MethodUnavailable));
    };
    let now = cx.now();
    let earlier = verification::earlier(cx, visitor, Purpose::SignIn).await?;
    let verification = Verification::ready(phone, &cx.rules(Purpose::SignIn), now);
    let subject = Subject::SignIn {
        account: account.id.clone(),
        method: None,
    };
    let flow = Flow::new(
        FlowId::generate(),
        Purpose::SignIn,
        Some(account.id),
        verification,
        subject,
    );
    let mut tx = cx.store.begin().await?;
    let (handle, retired) = open(&mut tx, &flow, earlier).await?;
    record(
        &mut tx,
        &flow,
        Event::PasswordAccepted,
        &visitor.source,
        "",
        now,
    )
    .await?;
    tx.commit().await.map_err(StoreError::from)?;
    retire_later(cx, retired);
    let step = step(cx, &flow)?;
    Ok(Outcome::step(step).granting(Grant::Handle(Purpose::SignIn, handle)))
}

/// Takes the choice of method; SMS sends its code at once.
pub async fn choose(cx: &App, visitor: &Visitor, method: &str) -> Result<Outcome, FlowError> {
    let flow = live(cx, visitor, Purpose::SignIn).await?;
    // What may be chosen is the account's to say, never the form's (LOG-09).
    let enrolled = methods(&flow)
        .into_iter()
        .find(|option| option.method.as_str() == method && option.enrolled);
    match enrolled.map(|option| option.method) {
        // The code is out already: a second click or an older tab, not a second message (SM-17).
        Some(Method::Sms) if flow.verification.state.code().is_some() => {
            verification::entry(cx, &flow).map(|entry| Outcome::step(Step::EnterCode(entry)))
        }
        Some(Method::Sms) => verification::send(cx, visitor, Purpose::SignIn, Channel::Sms).await,
        Some(Method::Totp) | None => {
            Err(FlowError::about(Field::Method, Problem::MethodUnavailable))
        }
    }
}

/// Back to the choice of method: the code that is out dies, its number stays.
pub async fn another_method(cx: &App, visitor: &Visitor) -> Result<Outcome, FlowError> {
    let mut flow = live(cx, visitor, Purpose::SignIn).await?;
    let code = flow.verification.state.code().cloned();
    let set_aside = flow
        .verification
        .clone()
        .set_aside(&cx.rules(Purpose::SignIn));
    flow.verification = set_aside.map_err(|refusal| verification::refused(cx, &flow, refusal))?;
    let mut tx = cx.store.begin().await?;
    flows::save(&mut tx, &mut flow).await?;
    tx.commit().await.map_err(StoreError::from)?;
    retire_later(cx, code);
    step(cx, &flow).map(Outcome::step)
}

/// The step a sign-in is at.
pub fn step(cx: &Context, flow: &Flow) -> Result<Step, FlowError> {
    match &flow.verification.state {
        State::Ready { .. } | State::Sending { earlier: None, .. } => Ok(Step::ChooseMethod {
            methods: methods(flow),
        }),
        State::Sending { .. }
        | State::AwaitingCode { .. }
        | State::Checking { .. }
        | State::Approved { .. } => verification::entry(cx, flow).map(Step::EnterCode),
        State::Collecting | State::Ended { .. } => Ok(Step::SignIn),
    }
}

/// What the account can be asked for.
pub fn methods(flow: &Flow) -> Vec<MethodOption> {
    let hint = flow
        .verification
        .state
        .phone()
        .map(crate::domain::PhoneNumber::hint);
    vec![
        MethodOption {
            method: Method::Sms,
            enrolled: hint.is_some(),
            hint,
        },
        MethodOption {
            method: Method::Totp,
            enrolled: false,
            hint: None,
        },
    ]
}

/// Opens the session, in the commit that consumed the flow. The account is read once more: a
/// lock or a new number since the password counts (SM-13).
pub(super) async fn complete(
    cx: &Context,
    tx: &mut Tx,
    flow: &Flow,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Outcome, FlowError> {
    let Subject::SignIn { account, .. } = &flow.subject else {
        return Err(StoreError::Inconsistent {
            table: "flows",
            column: "subject",
        }
        .into());
    };
    let usable = accounts::read(tx, account)
        .await?
        .filter(|account| account.mfa && !account.disabled);
    let Some(account) = usable else {
        return Err(FlowError::whole(Problem::FlowEnded));
    };
    let token = session::open(cx, tx, &account.id, Method::Sms, visitor, now).await?;
    accounts::set_last_method(tx, &account.id, Method::Sms).await?;
    record(
        tx,
        flow,
        Event::SessionStarted,
        &visitor.source,
        Method::Sms.as_str(),
        now,
    )
    .await?;
    Ok(Outcome::step(Step::Dashboard)
        .granting(Grant::NoHandle(Purpose::SignIn))
        .granting(Grant::Session(token)))
}

/// Ends this browser's session and whatever sign-in it had begun.
pub async fn sign_out(cx: &App, visitor: &Visitor) -> Result<Outcome, FlowError> {
    if let Some(signed_in) = session::current(cx, visitor).await? {
        session::end(cx, visitor).await?;
        let mut tx = cx.store.begin().await?;
        let account = Some(&signed_in.account.id);
        let entry = Entry {
            event: Event::SessionEnded,
            account,
            flow: None,
            source: &visitor.source,
            detail: "signed_out",
        };
        audit::record(&mut tx, &entry, cx.now()).await?;
        tx.commit().await.map_err(StoreError::from)?;
    }
    Ok(Outcome::step(Step::SignIn).granting(Grant::NoSession))
}
