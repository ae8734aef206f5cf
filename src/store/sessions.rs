use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Tx, account_locks};
use crate::security::rate_limit::Events;
use crate::security::token::{AccountId, SessionId, TokenHash};
use domain::{Method, Timestamp};

/// The kind of client that owns a session: a browser with a cookie, or an API client with a token.
///
/// A session of one kind is invalid for the other kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    Browser,
    ApiClient,
}

impl SessionKind {
    /// Returns the session kind as stored in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::ApiClient => "program",
        }
    }

    /// Parses a session kind that is stored in the database.
    fn parse_session_kind(kind_name: &str) -> Option<Self> {
        [Self::Browser, Self::ApiClient]
            .into_iter()
            .find(|kind| kind.as_str() == kind_name)
    }
}

/// A stored session: the account, the second factor that opened the session, and the times of the session.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub kind: SessionKind,
    /// The hash of the session token. A sign-in or step-up replaces the token, so that earlier ones become invalid
    /// (docs/security.md#ses-03).
    pub token: TokenHash,
    pub account: AccountId,
    /// The second factor with which the session was opened; `None` for the password alone.
    pub method: Option<Method>,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub ends_at: Timestamp,
    /// When the user last entered both password and second factor (docs/security.md#ses-08). Use
    /// [`Self::step_up_time`] for decisions.
    pub stepped_up_at: Timestamp,
}

impl Session {
    /// Returns when the user last entered both password and second factor in this session.
    ///
    /// Returns `None` for a time in the future, which was stored while the clock was ahead. Such a step-up would count
    /// as recent until the clock reaches this time (docs/security.md#dur-10).
    pub fn step_up_time(&self, now: Timestamp) -> Option<Timestamp> {
        (self.stepped_up_at <= now + Events::CLOCK_DIFFERENCE).then_some(self.stepped_up_at)
    }
}

/// A session with the device and network address that opened it, for the user's list of active sessions.
#[derive(Clone, Debug)]
pub struct SessionWithDevice {
    pub session: Session,
    /// The `User-Agent` header as received. It can contain anything, so pages never show it unparsed.
    pub user_agent: String,
    /// The network address, shortened as for rate limits.
    pub source: String,
}

/// A new session to be stored.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub id: SessionId,
    pub kind: SessionKind,
    pub token: TokenHash,
    pub account: AccountId,
    /// The second factor; `None` for the password alone. Such a session counts as never stepped up.
    pub method: Option<Method>,
    pub user_agent: String,
    pub source: String,
    pub ends_at: Timestamp,
}

/// Inserts a session that begins at `now`.
pub async fn insert_session(
    tx: &mut Tx,
    new: &NewSession,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sessions (token_hash, id, account_id, method, user_agent, source, created_at, \
         last_seen_at, stepped_up_at, ends_at, kind) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10)",
    )
    .bind(new.token.as_str())
    .bind(new.id.as_str())
    .bind(new.account.as_str())
    .bind(new.method.map_or("", Method::as_str))
    .bind(new.user_agent.as_str())
    .bind(new.source.as_str())
    .bind(now.as_millis())
    .bind(new.method.map_or(0, |_| now.as_millis()))
    .bind(new.ends_at.as_millis())
    .bind(new.kind.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Finds the session with this token. The caller checks the expiry of the session.
pub async fn find_session(store: &Store, token: &TokenHash) -> Result<Option<Session>, StoreError> {
    let row = sqlx::query(
        "SELECT id, token_hash, kind, account_id, method, created_at, last_seen_at, ends_at, \
         stepped_up_at FROM sessions WHERE token_hash = $1",
    )
    .bind(token.as_str())
    .fetch_optional(&mut *store.acquire_reader().await?)
    .await?;
    row.as_ref().map(session_from_row).transpose()
}

/// Returns whether a session with this token exists.
///
/// Call it in the transaction of a user's action, because the session may have ended after the request began.
pub async fn session_exists(tx: &mut Tx, token: &TokenHash) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM sessions WHERE token_hash = $1")
        .bind(token.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

/// Updates the time of the last use of a session, which restarts its idle timeout.
///
/// An earlier `now` has no effect.
pub async fn update_last_use_time_of_session(
    store: &Store,
    id: &SessionId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let statement =
        sqlx::query("UPDATE sessions SET last_seen_at = $1 WHERE id = $2 AND last_seen_at < $1")
            .bind(now.as_millis())
            .bind(id.as_str());
    store.execute_single_write(statement).await?;
    Ok(())
}

/// Deletes the session with this token (docs/security.md#ses-03). Returns the session; `None` if it did not exist.
pub async fn delete_session(tx: &mut Tx, token: &TokenHash) -> Result<Option<Session>, StoreError> {
    let row = sqlx::query(
        "DELETE FROM sessions WHERE token_hash = $1 RETURNING id, token_hash, kind, account_id, \
         method, created_at, last_seen_at, ends_at, stepped_up_at",
    )
    .bind(token.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(session_from_row).transpose()
}

/// Lists all stored sessions of an account, most recently used first. The caller checks the expiry of each session.
pub async fn list_sessions(
    store: &Store,
    account: &AccountId,
) -> Result<Vec<SessionWithDevice>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, token_hash, kind, account_id, method, user_agent, source, created_at, \
         last_seen_at, ends_at, stepped_up_at FROM sessions WHERE account_id = $1 \
         ORDER BY last_seen_at DESC, id",
    )
    .bind(account.as_str())
    .fetch_all(&mut *store.acquire_reader().await?)
    .await?;
    let listed = |row: &AnyRow| {
        Ok(SessionWithDevice {
            session: session_from_row(row)?,
            user_agent: row.try_get("user_agent")?,
            source: row.try_get("source")?,
        })
    };
    rows.iter().map(listed).collect()
}

/// Deletes the session of an account with this ID. Returns `false` if there is none.
pub async fn end_session_by_id(
    tx: &mut Tx,
    account: &AccountId,
    id: &SessionId,
) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM sessions WHERE account_id = $1 AND id = $2")
        .bind(account.as_str())
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

/// Deletes all sessions of an account except `keep`. Returns the number of deleted sessions
/// (docs/security.md#ses-06).
///
/// Locks the account first, in the same way as [`end_all_sessions`].
pub async fn end_other_sessions(
    tx: &mut Tx,
    account: &AccountId,
    keep: &SessionId,
) -> Result<u64, StoreError> {
    account_locks::lock_account(tx, account).await?;
    let result = sqlx::query("DELETE FROM sessions WHERE account_id = $1 AND id <> $2")
        .bind(account.as_str())
        .bind(keep.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected())
}

/// Deletes all sessions of an account. Returns the number of deleted sessions (docs/security.md#ses-06).
///
/// Locks the account first, so that a concurrent sign-in commits its session before this call or sees the changed
/// account. Call it after all other changes, because flows and the account are locked before sessions.
pub async fn end_all_sessions(tx: &mut Tx, account: &AccountId) -> Result<u64, StoreError> {
    account_locks::lock_account(tx, account).await?;
    let result = sqlx::query("DELETE FROM sessions WHERE account_id = $1")
        .bind(account.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected())
}

/// Reads a session from a database row.
fn session_from_row(row: &AnyRow) -> Result<Session, StoreError> {
    let method: String = row.try_get("method")?;
    let kind: String = row.try_get("kind")?;
    Ok(Session {
        id: SessionId::from_stored(row.try_get("id")?),
        kind: SessionKind::parse_session_kind(&kind).ok_or(StoreError::Inconsistent {
            table: "sessions",
            column: "kind",
        })?,
        token: TokenHash::from_stored(row.try_get("token_hash")?),
        account: AccountId::from_stored(row.try_get("account_id")?),
        method: Method::from_name(&method),
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        last_seen_at: Timestamp::from_millis(row.try_get("last_seen_at")?),
        ends_at: Timestamp::from_millis(row.try_get("ends_at")?),
        stepped_up_at: Timestamp::from_millis(row.try_get("stepped_up_at")?),
    })
}
