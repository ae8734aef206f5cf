//! Sessions: opened by a second factor and nothing less, but for accounts that the operator lets
//! in without one; judged by the store at every request.

use std::time::Duration;

use crate::config::MfaPolicy;
use crate::context::AppState;
use crate::context::{Caller, RequestContext};
use crate::security::token::{AccountId, SessionId, Token};
use crate::store::accounts::{self, Account};
use crate::store::sessions::{self, Kind, NewSession, Session};
use crate::store::{StoreError, Tx};
use domain::{Method, Timestamp};

/// A page load moves the idle clock at most this often, so that reloading writes nothing
/// (SM-16).
const TOUCH_EVERY: Duration = Duration::from_mins(1);
/// How long a program's token is good for, used or not (product.md, section 9).
const TOKEN_LIFE: Duration = Duration::from_hours(24);

/// Somebody signed in: the session and the account it belongs to, both read just now.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub session: Session,
    pub account: Account,
}

impl SignedIn {
    /// Whether more than the password was proven: without, nothing is paid and no factor changed.
    pub const fn has_second_factor(&self) -> bool {
        self.session.method.is_some()
    }
}

const fn kind(context: &RequestContext) -> Kind {
    match context.caller {
        Caller::Browser => Kind::Browser,
        Caller::Program { .. } => Kind::Program,
    }
}

/// Opens a session in the transaction that consumed the flow; the browser's earlier one ends
/// with it (SES-03). `method` is `None` where the password was enough.
pub async fn open(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    method: Option<Method>,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Token, StoreError> {
    if let Some(earlier) = &context.session {
        sessions::end_within(tx, &earlier.hash()).await?;
    }
    let token = Token::generate();
    let kind = kind(context);
    let life = match kind {
        Kind::Browser => app.limits.session_absolute,
        Kind::Program => TOKEN_LIFE,
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
    sessions::insert(tx, &new, now).await?;
    // What a back end asks for says nothing about who is behind it.
    if kind == Kind::Browser {
        accounts::set_language(tx, account, context.language).await?;
    }
    Ok(token)
}

/// Who is signed in with this browser or program, if anybody, and has just done something: the
/// idle clock starts anew.
pub async fn current(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<SignedIn>, StoreError> {
    let signed_in = look(app, context).await?;
    if let Some(SignedIn { session, .. }) = &signed_in {
        let now = app.now();
        if now >= session.last_seen_at + TOUCH_EVERY {
            sessions::touch(&app.store, &session.id, now).await?;
        }
    }
    Ok(signed_in)
}

/// The same without a sign of life: the session must be of the context's kind, within both its
/// limits, and its account not disabled. For what looks by itself, such as an open stream.
pub async fn look(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<SignedIn>, StoreError> {
    let Some(token) = &context.session else {
        return Ok(None);
    };
    let Some(session) = sessions::find(&app.store, &token.hash()).await? else {
        return Ok(None);
    };
    if session.kind != kind(context) || !is_live(app, &session, app.now()) {
        return Ok(None);
    }
    let Some(account) = accounts::find(&app.store, &session.account).await? else {
        return Ok(None);
    };
    if account.disabled {
        return Ok(None);
    }
    Ok(Some(SignedIn { session, account }))
}

/// Whether a session is within both its limits: unused for too long, or too old, it is over
/// (SES-05). A token says when it ends, so only that counts; and one that a password was enough
/// for is good as long as passwords are.
pub fn is_live(app: &AppState, session: &Session, now: Timestamp) -> bool {
    let idle_until = match session.kind {
        Kind::Browser => session.last_seen_at + app.limits.session_idle,
        Kind::Program => session.ends_at,
    };
    let enough = session.method.is_some() || app.policy.mfa == MfaPolicy::Optional;
    enough && now < session.ends_at && now < idle_until
}

/// What a changed factor brings along, in one commit with the change: this session gets a new
/// token, and every other one of the account ends (SES-03, TOTP-08). [`StoreError::Raced`] when
/// this one is over itself.
pub async fn renew_alone(
    tx: &mut Tx,
    context: &RequestContext,
    SignedIn { session, account }: &SignedIn,
) -> Result<Token, StoreError> {
    let held = context.session.as_ref().ok_or(StoreError::Raced)?;
    let token = Token::generate();
    sessions::renew(tx, &held.hash(), &token.hash(), &account.id, None).await?;
    sessions::end_others(tx, &account.id, &session.id).await?;
    Ok(token)
}

/// Ends this browser's session.
pub async fn end(app: &AppState, context: &RequestContext) -> Result<(), StoreError> {
    match &context.session {
        Some(token) => sessions::end(&app.store, &token.hash()).await,
        None => Ok(()),
    }
}
