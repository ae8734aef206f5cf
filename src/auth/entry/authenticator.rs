//! Sets up, replaces and removes an authenticator app.
//!
//! A new secret is stored as pending. It becomes valid when the session that requested it enters a code of it. Every
//! change requires a recent step-up, ends the other sessions and the pending sign-ins, and notifies the account holder.

pub use crate::auth::engine::factors::has_authenticator_app;

use crate::auth::engine::background::cancel_sent_codes_in_background;
use crate::auth::engine::persistence::{FlowSelection, end_selected_flows_of_account};
use crate::auth::engine::{rate_limit, totp_secret};
use crate::auth::entry::step_up;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::session::{self, SignedIn};
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::notifications;
use crate::security::token::{AccountId, Token};
use crate::security::totp::{CODE_LENGTH, TimeStep, TotpSecret};
use crate::store::accounts::Account;
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::authenticators::{
    self, MAX_PENDING_SECRET_ATTEMPTS, PENDING_SECRET_LIFETIME, UnconfirmedAuthenticator,
};
use crate::store::session_renewals::RenewalReason;
use crate::store::{ReadFrom, StoreError, Tx, account_locks, accounts, flows};
use domain::{Field, Method, Notification, OneTimeCode, Problem, ProtectedArea, Step, Timestamp};

const AUTHENTICATOR_PAGE: Step = Step::ProtectedAreaOpened {
    area: ProtectedArea::Authenticator,
};

/// The authenticator app of an account, and a new secret that the session has not yet confirmed.
#[derive(Debug)]
pub struct AuthenticatorStatus {
    /// When the authenticator app was enrolled; `None` without one.
    pub since: Option<Timestamp>,
    /// The secret that this session is setting up.
    pub pending: Option<TotpSecret>,
}

/// Reads the authenticator app status of the signed-in account.
///
/// Includes an unconfirmed secret only for the session that requested it.
pub async fn read_authenticator_status(
    app: &AppState,
    signed_in: &SignedIn,
) -> Result<AuthenticatorStatus, FlowError> {
    let SignedIn { session, account } = signed_in;
    let confirmed =
        authenticators::find_authenticator(ReadFrom::Store(&app.store), &account.id).await?;
    let pending = authenticators::find_unconfirmed_authenticator(
        &app.store,
        &account.id,
        &session.id,
        app.now(),
    )
    .await?;
    Ok(AuthenticatorStatus {
        since: confirmed.map(|authenticator| authenticator.confirmed_at),
        pending: pending
            .map(|pending| totp_secret::decrypt_pending_totp_secret(app, &pending))
            .transpose()?,
    })
}

/// Creates an authenticator app secret, which the user confirms with a code in this session.
///
/// An enrolled authenticator app stays valid until the confirmation.
pub async fn begin_authenticator_setup(
    app: &AppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require_recent_step_up(app, context).await?;
    let SignedIn { session, account } = &signed_in;
    let now = app.now();
    // In the cooldown after a change of the number, an enrolled authenticator cannot be replaced, because an attacker
    // may have changed the number.
    if let Some(problem) = app.find_cooldown_problem_after_phone_change(account, now)
        && has_authenticator_app(app, &account.id).await?
    {
        return Err(FlowError::from_form_problem(problem));
    }
    let secret = TotpSecret::generate();
    let pending = UnconfirmedAuthenticator {
        secret: totp_secret::encrypt_totp_secret(app, &account.id, &secret)?,
        account: account.id.clone(),
        session: session.id.clone(),
        tries: 0,
        expires_at: now + PENDING_SECRET_LIFETIME,
    };
    let mut tx = app.store.begin().await?;
    let limit = app.authenticator_setup_limit(&pending.account);
    if let Err(limit) = rate_limit::count_event_within_limit(&mut tx, &limit, now).await? {
        let secs = limit.until.secs_since(now);
        return Err(FlowError::from_form_problem(Problem::LimitReached { secs }));
    }
    session::lock_account_of_signed_in_user(&mut tx, &signed_in).await?;
    authenticators::store_unconfirmed_authenticator(&mut tx, &pending).await?;
    let event = Event::AuthenticatorBegun;
    record_account_audit_event(&mut tx, &pending.account, event, context, "", now).await?;
    tx.commit().await?;
    Ok(Outcome::from_step(AUTHENTICATOR_PAGE))
}

/// Deletes the unconfirmed authenticator app secret of this session.
pub async fn cancel_authenticator_setup(
    app: &AppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let SignedIn { session, account } = step_up::require_recent_step_up(app, context).await?;
    let mut tx = app.store.begin().await?;
    authenticators::delete_unconfirmed_authenticator(&mut tx, &account.id, &session.id).await?;
    tx.commit().await?;
    Ok(Outcome::from_step(AUTHENTICATOR_PAGE))
}

/// Checks the first code of an unconfirmed authenticator app secret. A correct code enrols the authenticator app.
pub async fn confirm_authenticator_setup(
    app: &SharedAppState,
    context: &RequestContext,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require_recent_step_up(app, context).await?;
    let SignedIn { session, account } = &signed_in;
    let Some(code) = OneTimeCode::parse(typed, CODE_LENGTH) else {
        let digits = u8::try_from(CODE_LENGTH.digit_count()).unwrap_or(u8::MAX);
        return Err(FlowError::from_field_problem(
            Field::Code,
            Problem::MalformedCode { digits },
        ));
    };
    let now = app.now();
    let refused = app.wrong_setup_code_repetition_limit(&session.id, &code, now);
    let mut tx = app.store.begin().await?;
    lock_account_and_second_factor(app, &mut tx, &account.id, now).await?;
    if rate_limit::lock_and_check_rate_limit(&mut tx, &refused, now)
        .await?
        .is_err()
    {
        drop(tx);
        return Err(create_error_for_repeated_wrong_code(app, &signed_in, &code, now).await?);
    }
    let pending =
        authenticators::count_authenticator_setup_attempt(&mut tx, &account.id, &session.id, now)
            .await?
            .ok_or_else(|| FlowError::from_form_problem(Problem::FlowEnded))?;
    let Some(step) = totp_secret::decrypt_pending_totp_secret(app, &pending)?
        .find_matching_time_step(&code, now)
    else {
        // The bucket was empty, so this reserves its only event.
        let _ = rate_limit::count_event_within_limit(&mut tx, &refused, now).await?;
        record_wrong_authenticator_setup_code(tx, &pending, context, now).await?;
        return Err(wrong_authenticator_code_error(app, &pending, &code, now)?);
    };
    let replaced = authenticators::find_authenticator(ReadFrom::Transaction(&mut tx), &account.id)
        .await?
        .is_some();
    authenticators::confirm_authenticator(&mut tx, &pending, step, now).await?;
    let detail = if replaced { "replaced" } else { "" };
    let event = Event::AuthenticatorAdded;
    record_account_audit_event(&mut tx, &account.id, event, context, detail, now).await?;
    let change = (
        &Notification::AuthenticatorAdded,
        RenewalReason::AuthenticatorAdded,
    );
    let token =
        commit_authenticator_change_and_notify(app, tx, &signed_in, context, change, now).await?;
    Ok(Outcome::from_step(Step::AuthenticatorAdded)
        .with_token_change(TokenChange::SetSession(token)))
}

/// Creates the error for a wrong code that was submitted again. A repeated code does not count as an attempt.
async fn create_error_for_repeated_wrong_code(
    app: &AppState,
    SignedIn { session, account }: &SignedIn,
    code: &OneTimeCode,
    now: Timestamp,
) -> Result<FlowError, FlowError> {
    match authenticators::find_unconfirmed_authenticator(&app.store, &account.id, &session.id, now)
        .await?
    {
        Some(pending) => wrong_authenticator_code_error(app, &pending, code, now),
        None => Ok(FlowError::from_form_problem(Problem::FlowEnded)),
    }
}

/// Creates the error for a wrong authenticator app code.
///
/// The error may say that the clock of the phone is wrong, because the page of this session shows the secret anyway.
fn wrong_authenticator_code_error(
    app: &AppState,
    pending: &UnconfirmedAuthenticator,
    code: &OneTimeCode,
    now: Timestamp,
) -> Result<FlowError, FlowError> {
    let attempts_remaining = MAX_PENDING_SECRET_ATTEMPTS.saturating_sub(pending.tries);
    if attempts_remaining == 0 {
        return Ok(FlowError::from_form_problem(Problem::AuthenticatorVoided));
    }
    let secret = totp_secret::decrypt_pending_totp_secret(app, pending)?;
    let never = TimeStep::from_stored(0);
    let problem = if secret.is_totp_code_of_device_with_wrong_clock(code, never, now) {
        Problem::CodeOfAnotherTime { attempts_remaining }
    } else {
        Problem::InvalidCode { attempts_remaining }
    };
    Ok(FlowError::from_field_problem(Field::Code, problem))
}

/// Writes an audit event about a wrong code of an unconfirmed authenticator app, and commits.
///
/// Deletes the unconfirmed secret if no attempt is left.
async fn record_wrong_authenticator_setup_code(
    mut tx: Tx,
    pending: &UnconfirmedAuthenticator,
    context: &RequestContext,
    now: Timestamp,
) -> Result<(), StoreError> {
    let left = MAX_PENDING_SECRET_ATTEMPTS.saturating_sub(pending.tries);
    let detail = if left == 0 { "voided" } else { "wrong" };
    let event = Event::AuthenticatorRefused;
    record_account_audit_event(&mut tx, &pending.account, event, context, detail, now).await?;
    if left == 0 {
        authenticators::delete_unconfirmed_authenticator(
            &mut tx,
            &pending.account,
            &pending.session,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Removes the authenticator app of the signed-in account. Fails if the account has no other second factor.
pub async fn remove_authenticator(
    app: &SharedAppState,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let signed_in = step_up::require_recent_step_up(app, context).await?;
    let account = &signed_in.account;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    if let Some(problem) = app.find_cooldown_problem_after_phone_change(account, now) {
        return Err(FlowError::from_form_problem(problem));
    }
    let has_phone = lock_account_and_second_factor(app, &mut tx, &account.id, now)
        .await?
        .is_some_and(|account| account.phone.is_some() && account.phone_verified);
    if !has_phone {
        return Err(FlowError::from_form_problem(Problem::OnlyMethod));
    }
    if !authenticators::delete_authenticator(&mut tx, &account.id).await? {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    }
    if account.last_method == Some(Method::Totp) {
        accounts::set_last_used_second_factor(&mut tx, &account.id, Method::Sms).await?;
    }
    let event = Event::AuthenticatorRemoved;
    record_account_audit_event(&mut tx, &account.id, event, context, "", now).await?;
    let change = (
        &Notification::AuthenticatorRemoved,
        RenewalReason::AuthenticatorRemoved,
    );
    let token =
        commit_authenticator_change_and_notify(app, tx, &signed_in, context, change, now).await?;
    Ok(Outcome::from_step(Step::AuthenticatorRemoved)
        .with_token_change(TokenChange::SetSession(token)))
}

/// Locks the live flows of an account and the account before a change of its authenticator app. Reads the account.
///
/// Waits for a running check of a code of the account: the check locks the limit on wrong codes, then its flow and the
/// account, then the authenticator app. A change of a contact locks the account before the authenticator app.
async fn lock_account_and_second_factor(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    now: Timestamp,
) -> Result<Option<Account>, StoreError> {
    let limit = app.wrong_code_limit_per_account(account);
    // Whether the limit is reached does not matter here.
    let _ = rate_limit::lock_and_check_rate_limit(tx, &limit, now).await?;
    flows::lock_live_flows(tx, account).await?;
    account_locks::lock_account(tx, account).await
}

/// Commits an added or removed authenticator app.
///
/// The same transaction ends all other sessions and the flows that need no session, for example pending sign-ins. It
/// renews the token of this session and notifies the account holder. [`lock_account_and_second_factor`] has locked the
/// flows.
async fn commit_authenticator_change_and_notify(
    app: &SharedAppState,
    mut tx: Tx,
    signed_in: &SignedIn,
    context: &RequestContext,
    (notification, reason): (&Notification, RenewalReason),
    now: Timestamp,
) -> Result<Token, FlowError> {
    let (id, selection) = (&signed_in.account.id, FlowSelection::NotBoundToSession);
    let retired = end_selected_flows_of_account(&mut tx, id, selection, now).await?;
    let token =
        session::renew_session_and_end_others(&mut tx, context, signed_in, reason, now).await?;
    notifications::notify_account_holder(app, &mut tx, &signed_in.account, notification, now)
        .await?;
    tx.commit().await?;
    app.outbox_wake.notify_one();
    cancel_sent_codes_in_background(app, retired);
    Ok(token)
}

/// Writes an audit event about an account to the audit trail.
async fn record_account_audit_event(
    tx: &mut Tx,
    account: &AccountId,
    event: Event,
    context: &RequestContext,
    detail: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let entry =
        AuditEntry::entry_about_account(account, event, context.audit_origin()).with_detail(detail);
    audit::record_audit_entry(tx, &entry, now).await
}
