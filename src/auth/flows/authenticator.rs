//! The authenticator app: setting one up, taking it away, and judging its codes wherever a second
//! factor is asked for.
//!
//! A new secret lies beside the one in force and opens nothing until a code of it was entered in
//! the session that asked for it (TOTP-07). Every change asks for a fresh step-up, ends the other
//! sessions and tells the holder (TOTP-08).

use crate::auth::error::FlowError;
use crate::auth::flows::{Grant, Outcome, step_up};
use crate::auth::session::{self, SignedIn};
use crate::context::AppState;
use crate::context::RequestContext;
use crate::notifications;
use crate::security::keyring::{Contents, KeyringError, Opened, Plain};
use crate::security::token::{AccountId, Token};
use crate::security::totp::{CODE_LENGTH, TotpSecret};
use crate::store::audit::{self, Entry, Event};
use crate::store::authenticators::{self, PENDING_LIFE, PENDING_TRIES, Pending};
use crate::store::{StoreError, Tx, accounts};
use domain::{Field, Method, Notification, OneTimeCode, Problem, ProtectedArea, Step, Timestamp};

const CONTENTS: Contents = Contents::AuthenticatorSecret;
const OPENED: Step = Step::Opened {
    area: ProtectedArea::Authenticator,
};

/// How an account stands with its authenticator shared, as one session may see it.
#[derive(Debug)]
pub struct Standing {
    /// Since when one is enrolled.
    pub since: Option<Timestamp>,
    /// The secret this very session is setting up.
    pub pending: Option<TotpSecret>,
}

/// Whether the account has an authenticator shared it can be asked for.
pub async fn is_enrolled(app: &AppState, account: &AccountId) -> Result<bool, StoreError> {
    Ok(authenticators::find(&app.store, account).await?.is_some())
}

/// What the page of the authenticator shows. The secret is in it until it is confirmed, for the
/// session that asked for it and no other, and never again afterwards (TOTP-06).
pub async fn standing(app: &AppState, signed_in: &SignedIn) -> Result<Standing, FlowError> {
    let SignedIn { session, account } = signed_in;
    let confirmed = authenticators::find(&app.store, &account.id).await?;
    let pending = authenticators::pending(&app.store, &account.id, &session.id, app.now()).await?;
    Ok(Standing {
        since: confirmed.map(|authenticator| authenticator.confirmed_at),
        pending: pending
            .map(|pending| open_pending(app, &pending))
            .transpose()?,
    })
}

/// Makes a new secret for this session to set up; an authenticator in force goes on as before.
pub async fn begin(app: &AppState, context: &RequestContext) -> Result<Outcome, FlowError> {
    let SignedIn { session, account } = step_up::require(app, context).await?;
    let now = app.now();
    // One that is there already is not replaced while the account cools down (PHN-05).
    if let Some(problem) = app.cooling(&account, now)
        && is_enrolled(app, &account.id).await?
    {
        return Err(FlowError::whole(problem));
    }
    let secret = TotpSecret::generate();
    let pending = Pending {
        secret: app.keyring.seal(CONTENTS, &account.id, secret.expose())?,
        account: account.id,
        session: session.id,
        tries: 0,
        expires_at: now + PENDING_LIFE,
    };
    let mut tx = app.store.begin().await?;
    authenticators::begin(&mut tx, &pending).await?;
    let event = Event::AuthenticatorBegun;
    record(&mut tx, &pending.account, event, context, "", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Outcome::step(OPENED))
}

/// Forgets the secret this session is setting up.
pub async fn cancel(app: &AppState, context: &RequestContext) -> Result<Outcome, FlowError> {
    let SignedIn { session, account } = step_up::require(app, context).await?;
    let mut tx = app.store.begin().await?;
    authenticators::forget_pending(&mut tx, &account.id, &session.id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Outcome::step(OPENED))
}

/// Takes the first code of the new secret; the right one puts it in force and is burned with it.
pub async fn confirm(
    app: &AppState,
    context: &RequestContext,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require(app, context).await?;
    let SignedIn { session, account } = &signed_in;
    let Some(code) = OneTimeCode::parse(typed, CODE_LENGTH) else {
        let digits = u8::try_from(CODE_LENGTH.digits()).unwrap_or(u8::MAX);
        return Err(FlowError::about(
            Field::Code,
            Problem::MalformedCode { digits },
        ));
    };
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let pending = authenticators::take_try(&mut tx, &account.id, &session.id, now)
        .await?
        .ok_or_else(|| FlowError::whole(Problem::FlowEnded))?;
    let Some(step) = open_pending(app, &pending)?.matching_step(&code, now) else {
        return Err(refuse(tx, &pending, context, now).await?);
    };
    let replaced = authenticators::read(&mut tx, &account.id).await?.is_some();
    authenticators::confirm(&mut tx, &pending, step, now).await?;
    let detail = if replaced { "replaced" } else { "" };
    let event = Event::AuthenticatorAdded;
    record(&mut tx, &account.id, event, context, detail, now).await?;
    let told = Notification::AuthenticatorAdded;
    let token = changed(app, tx, &signed_in, context, &told, now).await?;
    Ok(Outcome::step(Step::AuthenticatorAdded).granting(Grant::Session(token)))
}

/// Commits the try that a wrong code cost; what the person is told.
async fn refuse(
    mut tx: Tx,
    pending: &Pending,
    context: &RequestContext,
    now: Timestamp,
) -> Result<FlowError, StoreError> {
    let left = PENDING_TRIES.saturating_sub(pending.tries);
    let detail = if left == 0 { "voided" } else { "wrong" };
    let event = Event::AuthenticatorRefused;
    record(&mut tx, &pending.account, event, context, detail, now).await?;
    if left == 0 {
        authenticators::forget_pending(&mut tx, &pending.account, &pending.session).await?;
    }
    tx.commit().await?;
    Ok(if left == 0 {
        FlowError::whole(Problem::AuthenticatorVoided)
    } else {
        let attempts_remaining = left;
        FlowError::about(Field::Code, Problem::InvalidCode { attempts_remaining })
    })
}

/// Takes the authenticator away, unless it is all the account has (TOTP-08).
pub async fn remove(app: &AppState, context: &RequestContext) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require(app, context).await?;
    let account = &signed_in.account;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    if let Some(problem) = app.cooling(account, now) {
        return Err(FlowError::whole(problem));
    }
    let has_phone = accounts::read(&mut tx, &account.id)
        .await?
        .is_some_and(|account| account.phone.is_some() && account.phone_verified);
    if !has_phone {
        return Err(FlowError::whole(Problem::OnlyMethod));
    }
    if !authenticators::remove(&mut tx, &account.id).await? {
        return Err(FlowError::whole(Problem::FlowEnded));
    }
    if account.last_method == Some(Method::Totp) {
        accounts::set_last_method(&mut tx, &account.id, Method::Sms).await?;
    }
    let event = Event::AuthenticatorRemoved;
    record(&mut tx, &account.id, event, context, "", now).await?;
    let told = Notification::AuthenticatorRemoved;
    let token = changed(app, tx, &signed_in, context, &told, now).await?;
    Ok(Outcome::step(Step::AuthenticatorRemoved).granting(Grant::Session(token)))
}

/// What every change of a factor brings along: other sessions end, this one gets a new token, the
/// holder is told; all of it in one commit with the change (SES-03, TOTP-08).
async fn changed(
    app: &AppState,
    mut tx: Tx,
    signed_in: &SignedIn,
    context: &RequestContext,
    notice: &Notification,
    now: Timestamp,
) -> Result<Token, FlowError> {
    let token = session::renew_alone(&mut tx, context, signed_in).await?;
    notifications::tell_holder(&mut tx, &signed_in.account, notice, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.notices.notify_one();
    Ok(token)
}

/// Whether `code` is one the account's authenticator shared shows at `now`, and was not used before.
///
/// A right one is burned in the caller's transaction, with every earlier one: commit it together
/// with whatever it opens, or it opens nothing and stays good (TOTP-01). Failures are the
/// caller's to count (TOTP-04). Parse the code with [`CODE_LENGTH`].
pub async fn check(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    code: &OneTimeCode,
    now: Timestamp,
) -> Result<bool, FlowError> {
    let Some(authenticator) = authenticators::read(tx, account).await? else {
        return Ok(false);
    };
    let opened = app.keyring.open(CONTENTS, account, &authenticator.secret)?;
    let Some(step) = secret(opened.plain())?.matching_step(code, now) else {
        return Ok(false);
    };
    if !authenticators::burn_step(tx, &authenticator, step).await? {
        return Ok(false);
    }
    if let Opened::Previous(plain) = &opened {
        let sealed = app.keyring.seal(CONTENTS, account, plain.expose())?;
        authenticators::reseal(tx, &authenticator, &sealed).await?;
    }
    Ok(true)
}

fn open_pending(app: &AppState, pending: &Pending) -> Result<TotpSecret, KeyringError> {
    let opened = app
        .keyring
        .open(CONTENTS, &pending.account, &pending.secret)?;
    secret(opened.plain())
}

fn secret(plain: &Plain) -> Result<TotpSecret, KeyringError> {
    TotpSecret::from_bytes(plain.expose()).ok_or(KeyringError::Damaged)
}

/// Writes one audit line about this account.
async fn record(
    tx: &mut Tx,
    account: &AccountId,
    event: Event,
    context: &RequestContext,
    detail: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let entry = Entry::about(account, event, &context.source).saying(detail);
    audit::record(tx, &entry, now).await
}
