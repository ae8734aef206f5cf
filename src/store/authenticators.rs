use std::time::Duration;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{ReadFrom, Store, StoreError, Tx, exactly_one};
use crate::security::keyring::Sealed;
use crate::security::token::{AccountId, SessionId};
use crate::security::totp::TimeStep;
use domain::Timestamp;

/// How long a secret waits for its first code (docs/security.md#totp-07).
pub const PENDING_LIFE: Duration = Duration::from_mins(10);
/// How many codes may be tried for a pending secret.
pub const PENDING_TRIES: u32 = 5;

/// The confirmed authenticator of an account.
#[derive(Clone, Debug)]
pub struct Authenticator {
    pub account: AccountId,
    pub secret: Sealed,
    /// The latest step whose code was accepted.
    pub last_step: TimeStep,
    pub confirmed_at: Timestamp,
}

/// A secret that was shown and is not confirmed. Its codes are not accepted.
#[derive(Clone, Debug)]
pub struct Pending {
    pub account: AccountId,
    pub secret: Sealed,
    /// The only session that may see and confirm it: the one that began it.
    pub session: SessionId,
    pub tries: u32,
    pub expires_at: Timestamp,
}

const CONFIRMED: &str = "SELECT account_id, secret, last_step, confirmed_at FROM authenticators \
                         WHERE account_id = $1 AND secret <> ''";

/// The account's authenticator, if one is enrolled.
pub async fn find(
    database: ReadFrom<'_>,
    account: &AccountId,
) -> Result<Option<Authenticator>, StoreError> {
    let query = sqlx::query(CONFIRMED).bind(account.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(authenticator).transpose()
}

/// Accepts this time step, if no equal or later one was accepted: `false` is a replay (docs/security.md#totp-01).
///
/// Also `false` if the secret was replaced since `authenticator` was read.
pub async fn burn_step(
    tx: &mut Tx,
    authenticator: &Authenticator,
    step: TimeStep,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE authenticators SET last_step = $1 \
         WHERE account_id = $2 AND secret = $3 AND last_step < $1",
    )
    .bind(step.number())
    .bind(authenticator.account.as_str())
    .bind(authenticator.secret.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Stores the same secret under another key, unless the secret has changed.
pub async fn reseal(
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

/// Stores a pending secret beside the confirmed one, which stays valid. It replaces an earlier pending one.
pub async fn begin(tx: &mut Tx, pending: &Pending) -> Result<(), StoreError> {
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

/// The secret that this session is setting up, if it can still be confirmed.
pub async fn pending(
    store: &Store,
    account: &AccountId,
    session: &SessionId,
    now: Timestamp,
) -> Result<Option<Pending>, StoreError> {
    let row = sqlx::query(
        "SELECT account_id, pending_secret, pending_session, pending_tries, pending_expires_at \
         FROM authenticators WHERE account_id = $1 AND pending_session = $2 AND pending_secret <> '' \
         AND pending_tries < $3 AND pending_expires_at > $4",
    )
    .bind(account.as_str())
    .bind(session.as_str())
    .bind(i64::from(PENDING_TRIES))
    .bind(now.as_millis())
    .fetch_optional(store.reader())
    .await?;
    row.as_ref().map(unconfirmed).transpose()
}

/// Counts one attempt at the pending secret, before its code is checked. So simultaneous requests get no more attempts
/// than [`PENDING_TRIES`]. `None` if no secret can be confirmed.
pub async fn take_try(
    tx: &mut Tx,
    account: &AccountId,
    session: &SessionId,
    now: Timestamp,
) -> Result<Option<Pending>, StoreError> {
    let row = sqlx::query(
        "UPDATE authenticators SET pending_tries = pending_tries + 1 WHERE account_id = $1 \
         AND pending_session = $2 AND pending_secret <> '' AND pending_tries < $3 \
         AND pending_expires_at > $4 \
         RETURNING account_id, pending_secret, pending_session, pending_tries, pending_expires_at",
    )
    .bind(account.as_str())
    .bind(session.as_str())
    .bind(i64::from(PENDING_TRIES))
    .bind(now.as_millis())
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(unconfirmed).transpose()
}

/// Confirms the pending secret, which replaces the earlier one, and uses up the time step of its first code
/// (docs/security.md#totp-07).
pub async fn confirm(
    tx: &mut Tx,
    pending: &Pending,
    step: TimeStep,
    now: Timestamp,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE authenticators SET secret = pending_secret, last_step = $1, confirmed_at = $2, \
         pending_secret = '', pending_session = '', pending_tries = 0, pending_expires_at = 0 \
         WHERE account_id = $3 AND pending_secret = $4 AND pending_session = $5",
    )
    .bind(step.number())
    .bind(now.as_millis())
    .bind(pending.account.as_str())
    .bind(pending.secret.as_str())
    .bind(pending.session.as_str())
    .execute(&mut **tx)
    .await?;
    exactly_one(&result)
}

/// Deletes the pending secret of this session. The confirmed one stays valid.
pub async fn forget_pending(
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

/// Deletes the confirmed and the pending secret of the account. Returns whether one was confirmed.
pub async fn remove(tx: &mut Tx, account: &AccountId) -> Result<bool, StoreError> {
    let enrolled = find(ReadFrom::Transaction(tx), account).await?.is_some();
    sqlx::query("DELETE FROM authenticators WHERE account_id = $1")
        .bind(account.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(enrolled)
}

fn authenticator(row: &AnyRow) -> Result<Authenticator, StoreError> {
    Ok(Authenticator {
        account: AccountId::from_stored(row.try_get("account_id")?),
        secret: Sealed::from_stored(row.try_get("secret")?),
        last_step: TimeStep::from_stored(row.try_get("last_step")?),
        confirmed_at: Timestamp::from_millis(row.try_get("confirmed_at")?),
    })
}

fn unconfirmed(row: &AnyRow) -> Result<Pending, StoreError> {
    let tries: i64 = row.try_get("pending_tries")?;
    Ok(Pending {
        account: AccountId::from_stored(row.try_get("account_id")?),
        secret: Sealed::from_stored(row.try_get("pending_secret")?),
        session: SessionId::from_stored(row.try_get("pending_session")?),
        tries: u32::try_from(tries).unwrap_or(PENDING_TRIES),
        expires_at: Timestamp::from_millis(row.try_get("pending_expires_at")?),
    })
}
