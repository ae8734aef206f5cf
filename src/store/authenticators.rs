use std::time::Duration;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{ReadFrom, Store, StoreError, Tx, require_one_changed_row};
use crate::security::keyring::Sealed;
use crate::security::token::{AccountId, SessionId};
use crate::security::totp::TimeStep;
use domain::Timestamp;

/// How long a new authenticator secret can be confirmed with its first code (docs/security.md#totp-07).
pub const PENDING_SECRET_LIFETIME: Duration = Duration::from_mins(10);
/// The maximum number of codes that can be tried for an unconfirmed secret.
pub const MAX_PENDING_SECRET_ATTEMPTS: u32 = 5;

/// The confirmed authenticator app (TOTP) of an account.
#[derive(Clone, Debug)]
pub struct Authenticator {
    pub account: AccountId,
    pub secret: Sealed,
    /// The latest time step whose code was accepted.
    pub last_step: TimeStep,
    pub confirmed_at: Timestamp,
}

/// A new authenticator app secret that the user has not yet confirmed with a code. Sign-ins reject its codes.
#[derive(Clone, Debug)]
pub struct UnconfirmedAuthenticator {
    pub account: AccountId,
    pub secret: Sealed,
    /// The session that created the secret. Only this session may see and confirm it.
    pub session: SessionId,
    pub tries: u32,
    pub expires_at: Timestamp,
}

const SELECT_CONFIRMED_SQL: &str = "SELECT account_id, secret, last_step, confirmed_at \
                                    FROM authenticators WHERE account_id = $1 AND secret <> ''";

/// Finds the confirmed authenticator app of an account. Returns `None` if none is enrolled.
pub async fn find_authenticator(
    database: ReadFrom<'_>,
    account: &AccountId,
) -> Result<Option<Authenticator>, StoreError> {
    let query = sqlx::query(SELECT_CONFIRMED_SQL).bind(account.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(authenticator_from_row).transpose()
}

/// Marks a TOTP time step as used.
///
/// Returns `false` if this or a later step was used before, which is a replay (docs/security.md#totp-01). Also returns
/// `false` if the secret was replaced after `authenticator` was read.
pub async fn mark_totp_time_step_used(
    tx: &mut Tx,
    authenticator: &Authenticator,
    step: TimeStep,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE authenticators SET last_step = $1 \
         WHERE account_id = $2 AND secret = $3 AND last_step < $1",
    )
    .bind(step.step_number())
    .bind(authenticator.account.as_str())
    .bind(authenticator.secret.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Replaces the encrypted authenticator app secret by the same secret under another encryption key.
///
/// Does nothing if the secret has changed.
pub async fn replace_encrypted_totp_secret(
    tx: &mut Tx,
    authenticator: &Authenticator,
    sealed: &Sealed,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE authenticators SET secret = $1 WHERE account_id = $2 AND secret = $3")
        .bind(sealed.as_str())
        .bind(authenticator.account.as_str())
        .bind(authenticator.secret.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Stores an unconfirmed authenticator app secret and replaces an earlier unconfirmed one.
///
/// The confirmed secret stays valid.
pub async fn store_unconfirmed_authenticator(
    tx: &mut Tx,
    pending: &UnconfirmedAuthenticator,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO authenticators (account_id, secret, last_step, confirmed_at, pending_secret, \
         pending_session, pending_tries, pending_expires_at) VALUES ($1, '', 0, 0, $2, $3, $4, $5) \
         ON CONFLICT (account_id) DO UPDATE SET pending_secret = excluded.pending_secret, \
         pending_session = excluded.pending_session, pending_tries = excluded.pending_tries, \
         pending_expires_at = excluded.pending_expires_at",
    )
    .bind(pending.account.as_str())
    .bind(pending.secret.as_str())
    .bind(pending.session.as_str())
    .bind(i64::from(pending.tries))
    .bind(pending.expires_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Finds the unconfirmed authenticator app secret of a session. Returns `None` if there is none or it has expired.
pub async fn find_unconfirmed_authenticator(
    store: &Store,
    account: &AccountId,
    session: &SessionId,
    now: Timestamp,
) -> Result<Option<UnconfirmedAuthenticator>, StoreError> {
    let row = sqlx::query(
        "SELECT account_id, pending_secret, pending_session, pending_tries, pending_expires_at \
         FROM authenticators WHERE account_id = $1 AND pending_session = $2 AND pending_secret <> '' \
         AND pending_tries < $3 AND pending_expires_at > $4",
    )
    .bind(account.as_str())
    .bind(session.as_str())
    .bind(i64::from(MAX_PENDING_SECRET_ATTEMPTS))
    .bind(now.as_millis())
    .fetch_optional(&mut *store.acquire_reader().await?)
    .await?;
    row.as_ref()
        .map(unconfirmed_authenticator_from_row)
        .transpose()
}

/// Counts one attempt to confirm an authenticator app secret, before the code is checked.
///
/// Returns `None` if no secret is unconfirmed, or if [`MAX_PENDING_SECRET_ATTEMPTS`] attempts were made.
pub async fn count_authenticator_setup_attempt(
    tx: &mut Tx,
    account: &AccountId,
    session: &SessionId,
    now: Timestamp,
) -> Result<Option<UnconfirmedAuthenticator>, StoreError> {
    let row = sqlx::query(
        "UPDATE authenticators SET pending_tries = pending_tries + 1 WHERE account_id = $1 \
         AND pending_session = $2 AND pending_secret <> '' AND pending_tries < $3 \
         AND pending_expires_at > $4 \
         RETURNING account_id, pending_secret, pending_session, pending_tries, pending_expires_at",
    )
    .bind(account.as_str())
    .bind(session.as_str())
    .bind(i64::from(MAX_PENDING_SECRET_ATTEMPTS))
    .bind(now.as_millis())
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref()
        .map(unconfirmed_authenticator_from_row)
        .transpose()
}

/// Confirms a new authenticator app secret, which replaces the earlier secret.
///
/// Marks the time step of the first code as used (docs/security.md#totp-07).
pub async fn confirm_authenticator(
    tx: &mut Tx,
    pending: &UnconfirmedAuthenticator,
    step: TimeStep,
    now: Timestamp,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE authenticators SET secret = pending_secret, last_step = $1, confirmed_at = $2, \
         pending_secret = '', pending_session = '', pending_tries = 0, pending_expires_at = 0 \
         WHERE account_id = $3 AND pending_secret = $4 AND pending_session = $5",
    )
    .bind(step.step_number())
    .bind(now.as_millis())
    .bind(pending.account.as_str())
    .bind(pending.secret.as_str())
    .bind(pending.session.as_str())
    .execute(&mut **tx)
    .await?;
    require_one_changed_row(&result)
}

/// Deletes the unconfirmed authenticator app secret of a session. The confirmed secret stays valid.
pub async fn delete_unconfirmed_authenticator(
    tx: &mut Tx,
    account: &AccountId,
    session: &SessionId,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE authenticators SET pending_secret = '', pending_session = '', pending_tries = 0, \
         pending_expires_at = 0 WHERE account_id = $1 AND pending_session = $2",
    )
    .bind(account.as_str())
    .bind(session.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Deletes the confirmed and the unconfirmed authenticator app secret of an account.
///
/// Returns whether a confirmed secret existed.
pub async fn delete_authenticator(tx: &mut Tx, account: &AccountId) -> Result<bool, StoreError> {
    let enrolled = find_authenticator(ReadFrom::Transaction(tx), account)
        .await?
        .is_some();
    sqlx::query("DELETE FROM authenticators WHERE account_id = $1")
        .bind(account.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(enrolled)
}

/// Reads a confirmed authenticator app from a database row.
fn authenticator_from_row(row: &AnyRow) -> Result<Authenticator, StoreError> {
    Ok(Authenticator {
        account: AccountId::from_stored(row.try_get("account_id")?),
        secret: Sealed::from_stored(row.try_get("secret")?),
        last_step: TimeStep::from_stored(row.try_get("last_step")?),
        confirmed_at: Timestamp::from_millis(row.try_get("confirmed_at")?),
    })
}

/// Reads an unconfirmed authenticator app secret from a database row.
fn unconfirmed_authenticator_from_row(
    row: &AnyRow,
) -> Result<UnconfirmedAuthenticator, StoreError> {
    let tries: i64 = row.try_get("pending_tries")?;
    Ok(UnconfirmedAuthenticator {
        account: AccountId::from_stored(row.try_get("account_id")?),
        secret: Sealed::from_stored(row.try_get("pending_secret")?),
        session: SessionId::from_stored(row.try_get("pending_session")?),
        tries: u32::try_from(tries).unwrap_or(MAX_PENDING_SECRET_ATTEMPTS),
        expires_at: Timestamp::from_millis(row.try_get("pending_expires_at")?),
    })
}
