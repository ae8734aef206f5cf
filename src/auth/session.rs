//! Sessions of signed-in users. A second factor opens them, or a password alone if the operator permits it.
//!
//! Every request reads its session and account from the database.

use std::time::Duration;

use crate::auth::error::FlowError;
use crate::config::MfaPolicy;
use crate::context::{AppState, Caller, RequestContext};
use crate::security::form_account::FormAccountId;
use crate::security::token::{AccountId, SessionId, Token};
use crate::store::account_locks::{self, AuthenticatedAccount};
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::session_renewals::{self, RenewalReason};
use crate::store::sessions::{self, NewSession, Session, SessionKind};
use crate::store::{ReadFrom, StoreError, Tx};
use domain::{Language, Method, Step, Timestamp};

/// The shortest time between two updates of a session's last use, so that most requests write nothing.
const LAST_USE_UPDATE_INTERVAL: Duration = Duration::from_mins(1);
/// The lifetime of a session token for an API client. It does not depend on use.
const API_TOKEN_LIFETIME: Duration = Duration::from_hours(24);

/// A signed-in user: the session of the request and its account.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub session: Session,
    pub account: Account,
}

impl SignedIn {
    /// Returns whether the session was opened with a second factor.
    ///
    /// Only such a session can pay and change second factors.
    pub const fn has_second_factor(&self) -> bool {
        self.session.method.is_some()
    }
}

/// Returns the kind of the caller's sessions: browser sessions or sessions of an API client.
const fn session_kind_of_caller(context: &RequestContext) -> SessionKind {
    match context.caller {
        Caller::Browser => SessionKind::Browser,
        Caller::ApiClient { .. } => SessionKind::ApiClient,
    }
}

/// Opens a session for the account, ends the caller's earlier session, and returns the new session token.
///
/// `account` is locked, so a concurrent change of its password either makes this sign-in fail or ends its session.
/// `method` is the second factor that was used; `None` after a sign-in with a password only.
pub async fn open_session(
    app: &AppState,
    tx: &mut Tx,
    account: &AuthenticatedAccount,
    method: Option<Method>,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Token, StoreError> {
    end_earlier_session(app, tx, &account.id, context, now).await?;
    let token = Token::generate();
    let kind = session_kind_of_caller(context);
    let life = match kind {
        SessionKind::Browser => app.limits.session_absolute,
        SessionKind::ApiClient => API_TOKEN_LIFETIME,
    };
    let new = NewSession {
        id: SessionId::generate(),
        kind,
        token: token.hash(),
        account: account.id.clone(),
        method,
        user_agent: context.user_agent.clone(),
        source: context.source.clone(),
        ends_at: now + life,
    };
    sessions::insert_session(tx, &new, now).await?;
    store_language_of_sign_in(tx, account, kind, context.language).await?;
    Ok(token)
}

/// Ends the caller's earlier session before a session of `account` opens.
///
/// If the earlier session belongs to another account, writes its end to the audit trail of that account.
async fn end_earlier_session(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    context: &RequestContext,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(token) = &context.session else {
        return Ok(());
    };
    let earlier = sessions::delete_session(tx, &token.hash()).await?;
    let Some(earlier) = earlier.filter(|earlier| earlier.account != *account) else {
        return Ok(());
    };
    if is_session_live(app, &earlier, now) {
        let (id, event) = (&earlier.account, Event::SessionEnded);
        let entry = AuditEntry::entry_about_account(id, event, context.audit_origin());
        audit::record_audit_entry(tx, &entry.with_detail("replaced"), now).await?;
    }
    Ok(())
}

/// Stores the language of a sign-in as the language of notifications to the user.
///
/// An API client may send its own language, so it replaces no stored one. The default language is not stored for it,
/// because requests without `Accept-Language` have that language too.
async fn store_language_of_sign_in(
    tx: &mut Tx,
    account: &AuthenticatedAccount,
    kind: SessionKind,
    language: Language,
) -> Result<(), StoreError> {
    match kind {
        SessionKind::Browser => accounts::set_account_language(tx, &account.id, language).await,
        SessionKind::ApiClient if language == Language::default() => Ok(()),
        SessionKind::ApiClient => {
            accounts::set_missing_account_language(tx, &account.id, language).await
        }
    }
}

/// Finds the signed-in user of this request and restarts the idle timeout of the session.
///
/// Returns `None` in the same cases as [`find_signed_in_user`].
pub async fn find_signed_in_user_and_restart_idle_timeout(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<SignedIn>, StoreError> {
    let signed_in = find_signed_in_user(app, context).await?;
    if let Some(SignedIn { session, .. }) = &signed_in {
        let now = app.now();
        if now >= session.last_seen_at + LAST_USE_UPDATE_INTERVAL {
            match sessions::update_last_use_time_of_session(&app.store, &session.id, now).await {
                // Pages that only read must work while the database refuses writes. The idle time then continues.
                Err(error @ StoreError::Unavailable { .. }) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "storing the last use of a session failed, so its idle time is not restarted: {error}"
                ),
                touched => touched?,
            }
        }
    }
    Ok(signed_in)
}

/// Finds the signed-in user of this request and leaves the idle timeout of the session unchanged.
///
/// Call it for automatic requests, such as an event stream. Returns `None` without a valid session, and for an account
/// that is disabled, requires a password reset or is scheduled for deletion. Also returns `None` if the submitted form
/// was rendered for another account.
pub async fn find_signed_in_user(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<SignedIn>, StoreError> {
    let found = find_live_session_of_request(app, context).await?;
    Ok(found.filter(|found| found.account.delete_at.is_none()))
}

/// Returns the signed-in user of this request and restarts the idle timeout of the session.
///
/// Fails if [`find_signed_in_user`] would return `None`.
pub async fn require_signed_in_user(
    app: &AppState,
    context: &RequestContext,
) -> Result<SignedIn, FlowError> {
    match find_signed_in_user_and_restart_idle_timeout(app, context).await? {
        Some(signed_in) => Ok(signed_in),
        None => Err(missing_session_error(app, context).await?),
    }
}

/// Returns the error for a request that needs a signed-in user but has none.
pub async fn missing_session_error(
    app: &AppState,
    context: &RequestContext,
) -> Result<FlowError, StoreError> {
    if is_form_of_another_account(app, context).await? {
        return Ok(FlowError::AnotherAccount);
    }
    let leaving = find_user_awaiting_deletion(app, context).await?;
    Ok(match leaving {
        Some(_) => FlowError::DeletionRequested,
        None => FlowError::SessionEnded,
    })
}

/// A user signed in to an account that is scheduled for deletion. The user can only withdraw the deletion or sign out.
#[derive(Clone, Debug)]
pub struct UserAwaitingDeletion {
    pub session: Session,
    pub account: Account,
    /// When the account will be erased.
    pub delete_at: Timestamp,
}

/// Finds the signed-in user of this request if the account is scheduled for deletion.
pub async fn find_user_awaiting_deletion(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<UserAwaitingDeletion>, StoreError> {
    let found = find_live_session_of_request(app, context).await?;
    Ok(found.and_then(|SignedIn { session, account }| {
        let delete_at = account.delete_at?;
        Some(UserAwaitingDeletion {
            session,
            account,
            delete_at,
        })
    }))
}

/// Finds the valid session of this request and its account, including accounts scheduled for deletion.
///
/// Returns `None` if the submitted form was rendered for another account.
pub async fn find_live_session_of_request(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<SignedIn>, StoreError> {
    let found = find_live_session_for_any_form(app, context).await?;
    Ok(found.filter(|found| does_form_belong_to_account(app, context, &found.account)))
}

/// Returns whether the submitted form was rendered for another account than that of the valid session.
///
/// Returns `false` without a valid session, and for a request that names no account.
pub async fn is_form_of_another_account(
    app: &AppState,
    context: &RequestContext,
) -> Result<bool, StoreError> {
    if context.form_account.is_none() {
        return Ok(false);
    }
    let found = find_live_session_for_any_form(app, context).await?;
    Ok(found.is_some_and(|found| !does_form_belong_to_account(app, context, &found.account)))
}

/// Returns whether the submitted form was rendered for this account, or names no account.
fn does_form_belong_to_account(
    app: &AppState,
    context: &RequestContext,
    account: &Account,
) -> bool {
    context
        .form_account
        .as_ref()
        .is_none_or(|form| *form == FormAccountId::new(&account.id, &app.bucket_key))
}

/// Finds the valid session of this request and its account. Ignores the account that the submitted form names.
async fn find_live_session_for_any_form(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<SignedIn>, StoreError> {
    let Some(token) = &context.session else {
        return Ok(None);
    };
    let Some(session) = sessions::find_session(&app.store, &token.hash()).await? else {
        return Ok(None);
    };
    if session.kind != session_kind_of_caller(context) || !is_session_live(app, &session, app.now())
    {
        return Ok(None);
    }
    let Some(account) =
        accounts::find_account(ReadFrom::Store(&app.store), &session.account).await?
    else {
        return Ok(None);
    };
    if !account.may_sign_in() {
        return Ok(None);
    }
    Ok(Some(SignedIn { session, account }))
}

/// Returns the first step after a sign-in: the dashboard, or the page to withdraw a requested deletion.
pub const fn first_step_after_sign_in(account: &Account) -> Step {
    match account.delete_at {
        Some(_) => Step::DecideDeletion,
        None => Step::Dashboard,
    }
}

/// Returns whether a session is within the limits on idle time and age.
///
/// A session of an API client has no limit on idle time. A session without a second factor is valid only while the
/// operator permits such sessions.
pub fn is_session_live(app: &AppState, session: &Session, now: Timestamp) -> bool {
    let idle_until = match session.kind {
        SessionKind::Browser => session.last_seen_at + app.limits.session_idle,
        SessionKind::ApiClient => session.ends_at,
    };
    let is_permitted = session.method.is_some() || app.policy.mfa == MfaPolicy::Optional;
    is_permitted && now < session.ends_at && now < idle_until
}

/// Locks the account of a signed-in user until the transaction ends, and reads it.
///
/// Call it in the transaction that saves an action of the user. The session and the account were read before that
/// transaction, and a concurrent request may have ended the session since. Call it after the limits, flows and e-mail
/// proof are locked, in the lock order of [`account_locks`].
///
/// Fails with [`FlowError::SessionEnded`] if the session has ended, if its token was renewed, or if the account may not
/// sign in. Fails with [`FlowError::DeletionRequested`] if the account is scheduled for deletion.
pub async fn lock_account_of_signed_in_user(
    tx: &mut Tx,
    SignedIn { session, account }: &SignedIn,
) -> Result<Account, FlowError> {
    let locked = account_locks::lock_account(tx, &account.id).await?;
    // Transactions that end all sessions of an account lock the account first. So they have committed before the
    // session is read here, or wait until this transaction has ended.
    let exists = sessions::session_exists(tx, &session.token).await?;
    match locked.filter(|account| exists && account.may_sign_in()) {
        None => Err(FlowError::SessionEnded),
        Some(account) if account.delete_at.is_some() => Err(FlowError::DeletionRequested),
        Some(account) => Ok(account),
    }
}

/// Renews the token of this session and ends every other session of the account.
///
/// Call it in the transaction that changes a second factor or the password, after the change. Returns
/// [`StoreError::Raced`] if this session has ended.
pub async fn renew_session_and_end_others(
    tx: &mut Tx,
    context: &RequestContext,
    SignedIn { session, account }: &SignedIn,
    reason: RenewalReason,
    now: Timestamp,
) -> Result<Token, StoreError> {
    let current = context.session.as_ref().ok_or(StoreError::Raced)?;
    let token = Token::generate();
    // Locks the account before sessions.
    sessions::end_other_sessions(tx, &account.id, &session.id).await?;
    let (old, new) = (current.hash(), token.hash());
    session_renewals::renew_session_token(tx, &old, &new, &account.id, reason, now).await?;
    Ok(token)
}
