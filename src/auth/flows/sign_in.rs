//! Sign-in: a password, then a second factor, then a session. The password alone opens nothing
//! (SM-03).

use crate::auth::error::FlowError;
use crate::auth::flows::judge::Proof;
use crate::auth::flows::verification::{self, open, record, retire_later};
use crate::auth::flows::{Grant, Outcome, budget, captcha, factor, set_up};
use crate::auth::session;
use crate::config::MfaPolicy;
use crate::context::{AppState, SharedAppState};
use crate::context::{Caller, RequestContext};
use crate::security::captcha::Action;
use crate::security::password::Verified;
use crate::security::token::FlowId;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, Entry, Event};
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::{StoreError, Tx};
use crate::verification::Verification;
use domain::{Field, Method, Password, Problem, Purpose, Step, Timestamp};

/// The longest identifier that can belong to anybody: an e-mail address.
const MAX_IDENTIFIER: usize = 254;

/// Checks username or e-mail and password, and opens the flow for the second factor.
pub async fn begin(
    app: &SharedAppState,
    context: &RequestContext,
    identifier: &str,
    password: String,
    captcha: &str,
) -> Result<Outcome, FlowError> {
    captcha::pass(app, context, Action::SignIn, captcha).await?;
    let identifier = identifier.trim();
    if identifier.is_empty() {
        return Err(FlowError::about(Field::Identifier, Problem::Missing));
    }
    let password = match Password::parse_existing(password) {
        // NUL is in nobody's name, and PostgreSQL takes no text that has it.
        Ok(password) if identifier.len() <= MAX_IDENTIFIER && !identifier.contains('\0') => {
            password
        }
        Err(Problem::Missing) => return Err(FlowError::about(Field::Password, Problem::Missing)),
        // Nobody has such a name or password: said as every other wrong one is.
        Ok(_) | Err(_) => return Err(FlowError::whole(Problem::Credentials)),
    };
    let account = authenticate(app, context, &identifier.to_lowercase(), &password).await?;
    if lets_in(app, context, &account) {
        return without_second_factor(app, context, &account).await;
    }
    open_flow(app, context, account).await
}

/// Whether the password is enough: for a program, on behalf of an account that has nothing else,
/// where the operator says so. The pages ask everybody to set up a second factor.
fn lets_in(app: &AppState, context: &RequestContext, account: &Account) -> bool {
    app.policy.mfa == MfaPolicy::Optional
        && context.caller != Caller::Browser
        && account.phone.is_none()
        && !account.mfa
}

/// Opens a session of password assurance.
async fn without_second_factor(
    app: &AppState,
    context: &RequestContext,
    account: &Account,
) -> Result<Outcome, FlowError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let usable = accounts::read(&mut tx, &account.id).await?;
    let Some(account) =
        usable.filter(|account| !account.disabled && lets_in(app, context, account))
    else {
        return Err(FlowError::whole(Problem::FlowEnded));
    };
    let token = session::open(app, &mut tx, &account.id, None, context, now).await?;
    for event in [Event::PasswordAccepted, Event::SessionStarted] {
        let entry = Entry::about(&account.id, event, &context.source).saying("password");
        audit::record(&mut tx, &entry, now).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Outcome::step(Step::Dashboard).granting(Grant::Session(token)))
}

/// The account, if the password is its own: one answer for unknown, wrong, held and disabled,
/// and one real hash for each (LOG-03).
pub(super) async fn authenticate(
    app: &SharedAppState,
    context: &RequestContext,
    canonical: &str,
    password: &Password,
) -> Result<Account, FlowError> {
    let key = app.password_bucket(canonical);
    let admitted = reserve_try(app, context, canonical).await?;
    let account = accounts::find_by_identifier(&app.store, canonical).await?;
    let stored = account.as_ref().map(|account| &account.password_hash);
    // A held account is not evaluated, but costs what an evaluated one does.
    let verified = app
        .hasher
        .verify(password, stored.filter(|_| admitted))
        .await?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    // The holder may see who tried (LOG-11); the context sees, and waits for, the same either way.
    let tried = account.as_ref().map(|account| account.id.clone());
    let accepted = account.filter(|account| verified != Verified::No && !account.disabled);
    let Some(account) = accepted else {
        let entry = Entry {
            event: Event::PasswordRefused,
            account: tried.as_ref(),
            flow: None,
            source: &context.source,
            detail: "",
        };
        audit::record(&mut tx, &entry, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        return Err(FlowError::whole(Problem::Credentials));
    };
    budget::forget_password_failures(&mut tx, &key, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    if verified == Verified::YesRehash {
        rehash_later(app, &account, password);
    }
    Ok(account)
}

/// Counts the try as a failure before anything is evaluated (LOG-05, LOG-06).
async fn reserve_try(
    app: &AppState,
    context: &RequestContext,
    canonical: &str,
) -> Result<bool, FlowError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let source = app.sign_in_source_limit(context);
    if let Err(wait) = budget::reserve(&mut tx, &source, now).await? {
        return Err(FlowError::whole(Problem::Overloaded {
            secs: wait.until.secs_after(now),
        }));
    }
    let key = app.password_bucket(canonical);
    let slowdown = &app.limits.password_slowdown;
    let admitted = budget::reserve_password_try(&mut tx, &key, slowdown, now)
        .await?
        .is_ok();
    tx.commit().await.map_err(StoreError::from)?;
    Ok(admitted)
}

/// Brings an older hash up to today's parameters, outside the request's own time.
fn rehash_later(app: &SharedAppState, account: &Account, password: &Password) {
    let (app, account, password) = (
        SharedAppState::clone(app),
        account.clone(),
        password.clone(),
    );
    app.tasks.clone().spawn(async move {
        // Busy or failing: the next sign-in tries again.
        if let Ok(hash) = app.hasher.hash(&password).await {
            let upgraded =
                accounts::upgrade_hash(&app.store, &account.id, &account.password_hash, &hash)
                    .await;
            if let Err(error) = upgraded {
                tracing::warn!(%error, "a password hash could not be upgraded");
            }
        }
    });
}

async fn open_flow(
    app: &SharedAppState,
    context: &RequestContext,
    account: Account,
) -> Result<Outcome, FlowError> {
    // Whoever changes their mind about the account leaves nothing of the other purpose behind.
    let (purpose, other) = if account.mfa {
        (Purpose::SignIn, Purpose::SetUp)
    } else {
        (Purpose::SetUp, Purpose::SignIn)
    };
    let now = app.now();
    let rules = app.rules(purpose);
    let (verification, subject) = if account.mfa {
        // The flag without a number fails closed: nothing is skipped (LOG-08).
        let Some(phone) = account.phone.clone() else {
            return Err(FlowError::whole(Problem::MethodUnavailable));
        };
        let account = account.id.clone();
        (
            Verification::ready(phone, &rules, now),
            FlowData::SignIn { account },
        )
    } else {
        (
            Verification::collecting(&rules, now),
            set_up::subject(&account),
        )
    };
    let earlier = verification::earlier(app, context, purpose).await?;
    let id = FlowId::generate();
    let flow = Flow::new(id, purpose, Some(account.id.clone()), verification, subject);
    let step = if account.mfa {
        factor::step(app, &flow).await?
    } else {
        set_up::step(app, &flow, &account)
    };
    let mut tx = app.store.begin().await?;
    let (handle, retired) = open(&mut tx, &flow, earlier).await?;
    let event = Event::PasswordAccepted;
    record(&mut tx, &flow, event, &context.source, "", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    retire_later(app, retired);
    let outcome = Outcome::step(step).granting(Grant::Handle(purpose, handle));
    Ok(match context.handle(other) {
        Some(_) => outcome.granting(Grant::NoHandle(other)),
        None => outcome,
    })
}

/// Opens the session, in the commit that consumed the flow. The account is read once more: a
/// lock or a new number since the password counts (SM-13).
pub(super) async fn complete(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Outcome, FlowError> {
    let FlowData::SignIn { account } = &flow.subject else {
        return Err(StoreError::Inconsistent {
            table: "flows",
            column: "subject",
        }
        .into());
    };
    let usable = accounts::read(tx, account)
        .await?
        .filter(|account| account.mfa && !account.disabled)
        .filter(|account| account.phone.as_ref() == Some(&proof.phone));
    let Some(account) = usable else {
        return Err(FlowError::whole(Problem::FlowEnded));
    };
    let method = proof.method;
    let token = session::open(app, tx, &account.id, Some(method), context, now).await?;
    if method != Method::Recovery {
        accounts::set_last_method(tx, &account.id, method).await?;
    }
    let event = Event::SessionStarted;
    record(tx, flow, event, &context.source, method.as_str(), now).await?;
    Ok(Outcome::step(Step::Dashboard)
        .granting(Grant::NoHandle(Purpose::SignIn))
        .granting(Grant::Session(token)))
}

/// Ends this browser's session and whatever sign-in it had begun.
pub async fn sign_out(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    if let Some(signed_in) = session::current(app, context).await? {
        session::end(app, context).await?;
        let mut tx = app.store.begin().await?;
        let account = &signed_in.account.id;
        let entry = Entry::about(account, Event::SessionEnded, &context.source);
        let entry = entry.saying("signed_out");
        audit::record(&mut tx, &entry, app.now()).await?;
        tx.commit().await.map_err(StoreError::from)?;
    }
    Ok(Outcome::step(Step::SignIn).granting(Grant::NoSession))
}
