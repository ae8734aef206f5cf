//! The authenticator app: setting one up, taking it away, and judging its codes wherever a second
//! factor is asked for.
//!
//! A new secret lies beside the one in force and opens nothing until a code of it was entered in
//! the session that asked for it (TOTP-07). Every change asks for a fresh step-up, ends the other
//! sessions and tells the holder (TOTP-08).

use crate::auth::error::FlowError;
use crate::auth::flows::{Grant, Outcome, step_up};
use crate::auth::session::{self, SignedIn};
use crate::context::Context;
use crate::context::Visitor;
use crate::notifications;
use crate::security::keyring::{Contents, KeyringError, Opened, Plain};
use crate::security::token::{AccountId, Token};
use crate::security::totp::{CODE_LENGTH, TotpSecret};
use crate::store::audit::{self, Entry, Event};
use crate::store::authenticators::{self, PENDING_LIFE, PENDING_TRIES, Pending};
use crate::store::{StoreError, Tx, accounts};
use domain::{Area, Field, Method, Notice, OneTimeCode, Problem, Step, Timestamp};

const CONTENTS: Contents = Contents::AuthenticatorSecret;
const OPENED: Step = Step::Opened {
    area: Area::Authenticator,
};

/// How an account stands with its authenticator app, as one session may see it.
#[derive(Debug)]
pub struct Standing {
    /// Since when one is enrolled.
    pub since: Option<Timestamp>,
    /// The secret this very session is setting up.
    pub pending: Option<TotpSecret>,
}

/// Whether the account has an authenticator app it can be asked for.
pub async fn is_enrolled(cx: &Context, account: &AccountId) -> Result<bool, StoreError> {
    Ok(authenticators::find(&cx.store, account).await?.is_some())
}

/// What the page of the authenticator shows. The secret is in it until it is confirmed, for the
/// session that asked for it and no other, and never again afterwards (TOTP-06).
pub async fn standing(cx: &Context, signed_in: &SignedIn) -> Result<Standing, FlowError> {
    let SignedIn { session, account } = signed_in;
    let confirmed = authenticators::find(&cx.store, &account.id).await?;
    let pending = authenticators::pending(&cx.store, &account.id, &session.id, cx.now()).await?;
    Ok(Standing {
        since: confirmed.map(|authenticator| authenticator.confirmed_at),
        pending: pending
            .map(|pending| open_pending(cx, &pending))
            .transpose()?,
    })
}

/// Makes a new secret for this session to set up; an authenticator in force goes on as before.
pub async fn begin(cx: &Context, visitor: &Visitor) -> Result<Outcome, FlowError> {
    let SignedIn { session, account } = step_up::require(cx, visitor).await?;
    let now = cx.now();
    // One that is there already is not replaced while the account cools down (PHN-05).
    if let Some(problem) = cx.cooling(&account, now)
        && is_enrolled(cx, &account.id).await?
    {
        return Err(FlowError::whole(problem));
    }
    let secret = TotpSecret::generate();
    let pending = Pending {
        secret: cx.keyring.seal(CONTENTS, &account.id, secret.expose())?,
        account: account.id,
        session: session.id,
        tries: 0,
        expires_at: now + PENDING_LIFE,
    };
    let mut tx = cx.store.begin().await?;
    authenticators::begin(&mut tx, &pending).await?;
    let event = Event::AuthenticatorBegun;
    record(&mut tx, &pending.account, event, visitor, "", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Outcome::step(OPENED))
}

/// Forgets the secret this session is setting up.
pub async fn cancel(cx: &Context, visitor: &Visitor) -> Result<Outcome, FlowError> {
    let SignedIn { session, account } = step_up::require(cx, visitor).await?;
    let mut tx = cx.store.begin().await?;
    authenticators::forget_pending(&mut tx, &account.id, &session.id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Outcome::step(OPENED))
}

/// Takes the first code of the new secret; the right one puts it in force and is burned with it.
pub async fn confirm(cx: &Context, visitor: &Visitor, typed: &str) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require(cx, visitor).await?;
    let SignedIn { session, account } = &signed_in;
    let Some(code) = OneTimeCode::parse(typed, CODE_LENGTH) else {
        let digits = u8::try_from(CODE_LENGTH.digits()).unwrap_or(u8::MAX);
        return Err(FlowError::about(
            Field::Code,
            Problem::MalformedCode { digits },
        ));
    };
    let now = cx.now();
    let mut tx = cx.store.begin().await?;
    let pending = authenticators::take_try(&mut tx, &account.id, &session.id, now)
        .await?
        .ok_or_else(|| FlowError::whole(Problem::FlowEnded))?;
    let Some(step) = open_pending(cx, &pending)?.matching_step(&code, now) else {
        return Err(refuse(tx, &pending, visitor, now).await?);
    };
    let replaced = authenticators::read(&mut tx, &account.id).await?.is_some();
    authenticators::confirm(&mut tx, &pending, step, now).await?;
    let detail = if replaced { "replaced" } else { "" };
    let event = Event::AuthenticatorAdded;
    record(&mut tx, &account.id, event, visitor, detail, now).await?;
    let told = Notice::AuthenticatorAdded;
    let token = changed(cx, tx, &signed_in, visitor, &told, now).await?;
    Ok(Outcome::step(Step::AuthenticatorAdded).granting(Grant::Session(token)))
}

/// Commits the try that a wrong code cost; what the person is told.
async fn refuse(
    mut tx: Tx,
    pending: &Pending,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<FlowError, StoreError> {
    let left = PENDING_TRIES.saturating_sub(pending.tries);
    let detail = if left == 0 { "voided" } else { "wrong" };
    let event = Event::AuthenticatorRefused;
    record(&mut tx, &pending.account, event, visitor, detail, now).await?;
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
pub async fn remove(cx: &Context, visitor: &Visitor) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require(cx, visitor).await?;
    let account = &signed_in.account;
    let now = cx.now();
    let mut tx = cx.store.begin().await?;
    if let Some(problem) = cx.cooling(account, now) {
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
    record(&mut tx, &account.id, event, visitor, "", now).await?;
    let told = Notice::AuthenticatorRemoved;
    let token = changed(cx, tx, &signed_in, visitor, &told, now).await?;
    Ok(Outcome::step(Step::AuthenticatorRemoved).granting(Grant::Session(token)))
}

/// What every change of a factor brings along: other sessions end, this one gets a new token, the
/// holder is told; all of it in one commit with the change (SES-03, TOTP-08).
async fn changed(
    cx: &Context,
    mut tx: Tx,
    signed_in: &SignedIn,
    visitor: &Visitor,
    notice: &Notice,
    now: Timestamp,
) -> Result<Token, FlowError> {
    let token = session::renew_alone(&mut tx, visitor, signed_in).await?;
    notifications::tell_holder(&mut tx, &signed_in.account, notice, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    cx.notices.notify_one();
    Ok(token)
}

/// Whether `code` is one the account's authenticator app shows at `now`, and was not used before.
///
/// A right one is burned in the caller's transaction, with every earlier one: commit it together
/// with whatever it opens, or it opens nothing and stays good (TOTP-01). Failures are the
/// caller's to count (TOTP-04). Parse the code with [`CODE_LENGTH`].
pub async fn check(
    cx: &Context,
    tx: &mut Tx,
    account: &AccountId,
    code: &OneTimeCode,
    now: Timestamp,
) -> Result<bool, FlowError> {
    let Some(authenticator) = authenticators::read(tx, account).await? else {
        return Ok(false);
    };
    let opened = cx.keyring.open(CONTENTS, account, &authenticator.secret)?;
    let Some(step) = secret(opened.plain())?.matching_step(code, now) else {
        return Ok(false);
    };
    if !authenticators::burn_step(tx, &authenticator, step).await? {
        return Ok(false);
    }
    if let Opened::Previous(plain) = &opened {
        let sealed = cx.keyring.seal(CONTENTS, account, plain.expose())?;
        authenticators::reseal(tx, &authenticator, &sealed).await?;
    }
    Ok(true)
}

fn open_pending(cx: &Context, pending: &Pending) -> Result<TotpSecret, KeyringError> {
    let opened = cx
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
    visitor: &Visitor,
    detail: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let entry = Entry::about(account, event, &visitor.source).saying(detail);
    audit::record(tx, &entry, now).await
}
