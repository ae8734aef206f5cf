//! Sessions: opened by a second factor, or by a password alone where the operator permits it. Every request reads
//! the session and its account from the store.

use std::time::Duration;

use crate::config::MfaPolicy;
use crate::context::{AppState, Caller, RequestContext};
use crate::security::token::{AccountId, SessionId, Token};
use crate::store::accounts::{self, Account};
use crate::store::sessions::{self, NewSession, Session, SessionKind};
use crate::store::{ReadFrom, StoreError, Tx};
use domain::{Method, Step, Timestamp};

/// The last use of a session is stored at most this often, so that most requests write nothing.
const TOUCH_EVERY: Duration = Duration::from_mins(1);
/// The lifetime of an API client's token, used or not.
const API_TOKEN_LIFE: Duration = Duration::from_hours(24);

/// A signed-in user: the session and its account, both just read.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub session: Session,
    pub account: Account,
}

impl SignedIn {
    /// Whether the session was opened with a second factor. Without one, payments and changes of factors are
    /// refused.
    pub const fn has_second_factor(&self) -> bool {
        self.session.method.is_some()
    }
}

const fn kind(context: &RequestContext) -> SessionKind {
    match context.caller {
        Caller::Browser => SessionKind::Browser,
        Caller::ApiClient { .. } => SessionKind::ApiClient,
    }
}

/// Opens a session in the transaction that uses up the approval, and ends the caller's earlier session. `method`
/// is `None` if the password was enough.
pub async fn open(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    method: Option<Method>,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Token, StoreError> {
    if let Some(earlier) = &context.session {
        sessions::end_session(tx, &earlier.hash()).await?;
    }
    let token = Token::generate();
    let kind = kind(context);
    let life = match kind {
        SessionKind::Browser => app.limits.session_absolute,
        SessionKind::ApiClient => API_TOKEN_LIFE,
    };
    let new = NewSession {
        id: SessionId::generate(),
        kind,
        token: token.hash(),
        account: account.clone(),
        method,
        user_agent: context.user_agent.clone(),
        source: context.source.clone(),
        ends_at: now + life,
    };
    sessions::insert_session(tx, &new, now).await?;
    // The language in a request of an API client is not the language of the user.
    if kind == SessionKind::Browser {
        accounts::set_account_language(tx, account, context.language).await?;
    }
    Ok(token)
}

/// The signed-in user of this request, whose idle time starts again.
pub async fn current(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<SignedIn>, StoreError> {
    let signed_in = peek(app, context).await?;
    if let Some(SignedIn { session, .. }) = &signed_in {
        let now = app.now();
        if now >= session.last_seen_at + TOUCH_EVERY {
            match sessions::update_last_seen(&app.store, &session.id, now).await {
                // Pages that only read must work while the database refuses writes. The idle time then continues.
                Err(error @ StoreError::Unavailable { .. }) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the use of a session could not be stored: {error}"
                ),
                touched => touched?,
            }
        }
    }
    Ok(signed_in)
}

/// The signed-in user of this request, without touching the idle time: for automatic requests such as an event
/// stream. The session must be of the caller's kind and within its limits, and its account neither disabled nor held.
/// The user of an account that will be deleted counts as signed in only after keeping it: see [`leaving`].
pub async fn peek(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<SignedIn>, StoreError> {
    let found = find_live(app, context).await?;
    Ok(found.filter(|found| found.account.delete_at.is_none()))
}

/// A user who has signed in to an account that will be deleted. The session can keep the account, or end.
#[derive(Clone, Debug)]
pub struct Leaving {
    pub session: Session,
    pub account: Account,
    /// When the account will be erased.
    pub delete_at: Timestamp,
}

/// The user of this request who has signed in to an account that will be deleted.
pub async fn leaving(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<Leaving>, StoreError> {
    let found = find_live(app, context).await?;
    Ok(found.and_then(|SignedIn { session, account }| {
        let delete_at = account.delete_at?;
        Some(Leaving {
            session,
            account,
            delete_at,
        })
    }))
}

/// The session of this request and its account, whether or not the account will be deleted.
pub async fn find_live(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<SignedIn>, StoreError> {
    let Some(token) = &context.session else {
        return Ok(None);
    };
    let Some(session) = sessions::find_session(&app.store, &token.hash()).await? else {
        return Ok(None);
    };
    if session.kind != kind(context) || !is_live(app, &session, app.now()) {
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

/// What the user sees first after a sign-in.
pub const fn first_step(account: &Account) -> Step {
    match account.delete_at {
        Some(_) => Step::DecideDeletion,
        None => Step::Dashboard,
    }
}

/// Whether a session is within its limits for idle time and age. An API client's token has no idle limit. A
/// session without a second factor is valid only while the operator permits such sessions.
pub fn is_live(app: &AppState, session: &Session, now: Timestamp) -> bool {
    let idle_until = match session.kind {
        SessionKind::Browser => session.last_seen_at + app.limits.session_idle,
        SessionKind::ApiClient => session.ends_at,
    };
    let is_permitted = session.method.is_some() || app.policy.mfa == MfaPolicy::Optional;
    is_permitted && now < session.ends_at && now < idle_until
}

/// After a factor has changed: gives this session a new token and ends every other session of the account, in the
/// transaction of the change. [`StoreError::Raced`] if this session has ended.
pub async fn renew_and_end_others(
    tx: &mut Tx,
    context: &RequestContext,
    SignedIn { session, account }: &SignedIn,
) -> Result<Token, StoreError> {
    let current = context.session.as_ref().ok_or(StoreError::Raced)?;
    let token = Token::generate();
    sessions::renew_session_token(tx, &current.hash(), &token.hash(), &account.id, None).await?;
    sessions::end_other_sessions(tx, &account.id, &session.id).await?;
    Ok(token)
}

/// Ends the caller's session.
pub async fn end(app: &AppState, context: &RequestContext) -> Result<(), StoreError> {
    if let Some(token) = &context.session {
        let mut tx = app.store.begin().await?;
        sessions::end_session(&mut tx, &token.hash()).await?;
        tx.commit().await?;
    }
    Ok(())
}
