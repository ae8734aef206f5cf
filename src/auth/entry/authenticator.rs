//! Setting up, replacing and removing an authenticator app.
//!
//! A new secret is stored beside the one in use and is good for nothing until a code of it was entered in the
//! session that asked for it. Every change requires a recent step-up, ends the other sessions and notifies
//! the holder.

pub use crate::auth::engine::factors::has_authenticator;

use crate::auth::engine::{rate_limit, totp_secret};
use crate::auth::entry::step_up;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Grant, Outcome};
use crate::auth::session::{self, SignedIn};
use crate::context::{AppState, RequestContext};
use crate::notifications;
use crate::security::token::{AccountId, Token};
use crate::security::totp::{CODE_LENGTH, TimeStep, TotpSecret};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::authenticators::{
    self, MAX_PENDING_SECRET_ATTEMPTS, PENDING_SECRET_LIFETIME, PendingAuthenticator,
};
use crate::store::{ReadFrom, StoreError, Tx, accounts};
use domain::{Field, Method, Notification, OneTimeCode, Problem, ProtectedArea, Step, Timestamp};

const OPENED: Step = Step::Opened {
    area: ProtectedArea::Authenticator,
};

/// The authenticator of an account, as far as one session may see it.
#[derive(Debug)]
pub struct AuthenticatorStatus {
    /// Since when an authenticator is enrolled.
    pub since: Option<Timestamp>,
    /// The secret that this session is setting up.
    pub pending: Option<TotpSecret>,
}

/// The authenticator of the signed-in account. It contains the new secret until that is confirmed, only for
/// the session that asked for it.
pub async fn status(
    app: &AppState,
    signed_in: &SignedIn,
) -> Result<AuthenticatorStatus, FlowError> {
    let SignedIn { session, account } = signed_in;
    let confirmed =
        authenticators::find_authenticator(ReadFrom::Store(&app.store), &account.id).await?;
    let pending =
        authenticators::find_pending_authenticator(&app.store, &account.id, &session.id, app.now())
            .await?;
    Ok(AuthenticatorStatus {
        since: confirmed.map(|authenticator| authenticator.confirmed_at),
        pending: pending
            .map(|pending| totp_secret::open_pending(app, &pending))
            .transpose()?,
    })
}

/// Creates a new secret for this session to set up. An enrolled authenticator stays valid until then.
pub async fn begin(app: &AppState, context: &RequestContext) -> Result<Outcome, FlowError> {
    let SignedIn { session, account } = step_up::require(app, context).await?;
    let now = app.now();
    // Within the cooldown after a number change an enrolled authenticator cannot be replaced: the number may
    // have been changed by an attacker.
    if let Some(problem) = app.phone_change_cooldown(&account, now)
        && has_authenticator(app, &account.id).await?
    {
        return Err(FlowError::on_form(problem));
    }
    let secret = TotpSecret::generate();
    let pending = PendingAuthenticator {
        secret: totp_secret::seal(app, &account.id, &secret)?,
        account: account.id,
        session: session.id,
        tries: 0,
        expires_at: now + PENDING_SECRET_LIFETIME,
    };
    let mut tx = app.store.begin().await?;
    let limit = app.authenticator_limit(&pending.account);
    if let Err(limit) = rate_limit::reserve(&mut tx, &limit, now).await? {
        let secs = limit.until.secs_after(now);
        return Err(FlowError::on_form(Problem::Overloaded { secs }));
    }
    authenticators::insert_pending_authenticator(&mut tx, &pending).await?;
    let event = Event::AuthenticatorBegun;
    record_event(&mut tx, &pending.account, event, context, "", now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Outcome::step(OPENED))
}

/// Deletes the secret that this session is setting up.
pub async fn cancel(app: &AppState, context: &RequestContext) -> Result<Outcome, FlowError> {
    let SignedIn { session, account } = step_up::require(app, context).await?;
    let mut tx = app.store.begin().await?;
    authenticators::delete_pending_authenticator(&mut tx, &account.id, &session.id).await?;
    tx.commit().await.map_err(StoreError::from)?;
    Ok(Outcome::step(OPENED))
}

/// Takes the first code of the new secret. The right code enrols the authenticator and is used up.
pub async fn confirm(
    app: &AppState,
    context: &RequestContext,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require(app, context).await?;
    let SignedIn { session, account } = &signed_in;
    let Some(code) = OneTimeCode::parse(typed, CODE_LENGTH) else {
        let digits = u8::try_from(CODE_LENGTH.digits()).unwrap_or(u8::MAX);
        return Err(FlowError::on_field(
            Field::Code,
            Problem::MalformedCode { digits },
        ));
    };
    let now = app.now();
    let refused = app.refused_enrolment_code(&session.id, &code, now);
    let mut tx = app.store.begin().await?;
    if rate_limit::peek(&mut tx, &refused, now).await?.is_err() {
        drop(tx);
        return Err(repeated_wrong_code(app, &signed_in, &code, now).await?);
    }
    let pending = authenticators::count_pending_attempt(&mut tx, &account.id, &session.id, now)
        .await?
        .ok_or_else(|| FlowError::on_form(Problem::FlowEnded))?;
    let Some(step) = totp_secret::open_pending(app, &pending)?.find_matching_step(&code, now)
    else {
        // The bucket was empty, so this reserves its only event.
        let _ = rate_limit::reserve(&mut tx, &refused, now).await?;
        count_wrong_code(tx, &pending, context, now).await?;
        return Err(wrong_code(app, &pending, &code, now)?);
    };
    let replaced = authenticators::find_authenticator(ReadFrom::Transaction(&mut tx), &account.id)
        .await?
        .is_some();
    authenticators::confirm_authenticator(&mut tx, &pending, step, now).await?;
    let detail = if replaced { "replaced" } else { "" };
    let event = Event::AuthenticatorAdded;
    record_event(&mut tx, &account.id, event, context, detail, now).await?;
    let notification = Notification::AuthenticatorAdded;
    let token = commit_change(app, tx, &signed_in, context, &notification, now).await?;
    Ok(Outcome::step(Step::AuthenticatorAdded).granting(Grant::Session(token)))
}

/// The problem to show for a code that was refused before. It uses up no attempt.
async fn repeated_wrong_code(
    app: &AppState,
    SignedIn { session, account }: &SignedIn,
    code: &OneTimeCode,
    now: Timestamp,
) -> Result<FlowError, FlowError> {
    match authenticators::find_pending_authenticator(&app.store, &account.id, &session.id, now)
        .await?
    {
        Some(pending) => wrong_code(app, &pending, code, now),
        None => Ok(FlowError::on_form(Problem::FlowEnded)),
    }
}

/// The problem to show for a wrong code. The clock may be named here: the session knows the secret.
fn wrong_code(
    app: &AppState,
    pending: &PendingAuthenticator,
    code: &OneTimeCode,
    now: Timestamp,
) -> Result<FlowError, FlowError> {
    let attempts_remaining = MAX_PENDING_SECRET_ATTEMPTS.saturating_sub(pending.tries);
    if attempts_remaining == 0 {
        return Ok(FlowError::on_form(Problem::AuthenticatorVoided));
    }
    let secret = totp_secret::open_pending(app, pending)?;
    let never = TimeStep::from_stored(0);
    let problem = if secret.is_code_of_wrong_clock(code, never, now) {
        Problem::CodeOfAnotherTime { attempts_remaining }
    } else {
        Problem::InvalidCode { attempts_remaining }
    };
    Ok(FlowError::on_field(Field::Code, problem))
}

/// Commits the attempt that a wrong code has used up. After the last one the secret is deleted.
async fn count_wrong_code(
    mut tx: Tx,
    pending: &PendingAuthenticator,
    context: &RequestContext,
    now: Timestamp,
) -> Result<(), StoreError> {
    let left = MAX_PENDING_SECRET_ATTEMPTS.saturating_sub(pending.tries);
    let detail = if left == 0 { "voided" } else { "wrong" };
    let event = Event::AuthenticatorRefused;
    record_event(&mut tx, &pending.account, event, context, detail, now).await?;
    if left == 0 {
        authenticators::delete_pending_authenticator(&mut tx, &pending.account, &pending.session)
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Removes the authenticator, unless it is the only method of the account.
pub async fn remove(app: &AppState, context: &RequestContext) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require(app, context).await?;
    let account = &signed_in.account;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    if let Some(problem) = app.phone_change_cooldown(account, now) {
        return Err(FlowError::on_form(problem));
    }
    let has_phone = accounts::find_account(ReadFrom::Transaction(&mut tx), &account.id)
        .await?
        .is_some_and(|account| account.phone.is_some() && account.phone_verified);
    if !has_phone {
        return Err(FlowError::on_form(Problem::OnlyMethod));
    }
    if !authenticators::delete_authenticator(&mut tx, &account.id).await? {
        return Err(FlowError::on_form(Problem::FlowEnded));
    }
    if account.last_method == Some(Method::Totp) {
        accounts::set_last_code_method(&mut tx, &account.id, Method::Sms).await?;
    }
    let event = Event::AuthenticatorRemoved;
    record_event(&mut tx, &account.id, event, context, "", now).await?;
    let notification = Notification::AuthenticatorRemoved;
    let token = commit_change(app, tx, &signed_in, context, &notification, now).await?;
    Ok(Outcome::step(Step::AuthenticatorRemoved).granting(Grant::Session(token)))
}

/// Commits a change of the authenticator. In the same commit the other sessions end, this session receives a
/// new token, and the holder is notified.
async fn commit_change(
    app: &AppState,
    mut tx: Tx,
    signed_in: &SignedIn,
    context: &RequestContext,
    notification: &Notification,
    now: Timestamp,
) -> Result<Token, FlowError> {
    let token = session::renew_and_end_others(&mut tx, context, signed_in).await?;
    notifications::notify_holder(app, &mut tx, &signed_in.account, notification, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    Ok(token)
}

/// Writes one audit line about an account.
async fn record_event(
    tx: &mut Tx,
    account: &AccountId,
    event: Event,
    context: &RequestContext,
    detail: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let entry = AuditEntry::for_account(account, event, context.audit_origin()).with_detail(detail);
    audit::record_audit_entry(tx, &entry, now).await
}
