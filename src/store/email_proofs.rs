//! Rows of the table `email_proofs`: e-mail addresses to be verified with a mailed code. Using the code deletes the
//! row.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{ReadFrom, StoreError, Tx};
use crate::security::email_code::EmailCodeHash;
use crate::security::token::{AccountId, TokenHash};
use domain::{EmailAddress, Timestamp};

/// A pending verification of an account's e-mail address by a mailed code. It may be expired.
#[derive(Clone, Debug)]
pub struct EmailProof {
    pub account: AccountId,
    /// The address to prove.
    pub email: String,
    /// The hash of the mailed code. `None` until the mail is sent, and always if the address belongs to another
    /// account.
    pub code: Option<EmailCodeHash>,
    /// The number of codes that were entered.
    pub tries: u32,
    /// The time at which the current code was requested.
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

const EMAIL_PROOF_COLUMNS: &str = "account_id, email, code_hash, tries, created_at, expires_at";

/// Starts the verification of an account's e-mail address, and invalidates the mailed code of an earlier verification.
///
/// The cancel link of an earlier verification that has not expired stays valid until the mail with the next link is
/// sent, because the limits of notifications can delay this mail.
pub async fn start_email_proof(
    tx: &mut Tx,
    account: &AccountId,
    email: &EmailAddress,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO email_proofs (account_id, email, code_hash, cancel_hash, tries, created_at, \
         expires_at) VALUES ($1, $2, '', '', 0, $3, $4) ON CONFLICT (account_id) DO UPDATE SET \
         cancel_hash = CASE WHEN email_proofs.expires_at > excluded.created_at \
         THEN email_proofs.cancel_hash ELSE '' END, \
         email = excluded.email, code_hash = '', tries = 0, created_at = excluded.created_at, \
         expires_at = excluded.expires_at",
    )
    .bind(account.as_str())
    .bind(email.as_str())
    .bind(now.as_millis())
    .bind(expires_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Finds the pending verification of an account's e-mail address. The caller checks the expiry of the verification.
pub async fn find_email_proof(
    database: ReadFrom<'_>,
    account: &AccountId,
) -> Result<Option<EmailProof>, StoreError> {
    let query = format!("SELECT {EMAIL_PROOF_COLUMNS} FROM email_proofs WHERE account_id = $1");
    let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(account.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(email_proof_from_row).transpose()
}

/// Finds the pending verification of an e-mail address by the token of its cancel link.
///
/// The caller checks the expiry of the verification.
pub async fn find_email_proof_by_cancel_token(
    database: ReadFrom<'_>,
    token: &TokenHash,
) -> Result<Option<EmailProof>, StoreError> {
    let query = format!("SELECT {EMAIL_PROOF_COLUMNS} FROM email_proofs WHERE cancel_hash = $1");
    let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(token.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(email_proof_from_row).transpose()
}

/// Stores the hash of a code before it is mailed to this address.
///
/// Returns `false` if the verification of the address is completed or expired.
pub async fn store_email_code_hash(
    tx: &mut Tx,
    account: &AccountId,
    email: &str,
    code: &EmailCodeHash,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE email_proofs SET code_hash = $1, expires_at = $2 \
         WHERE account_id = $3 AND email = $4 AND expires_at > $5",
    )
    .bind(code.as_str())
    .bind(expires_at.as_millis())
    .bind(account.as_str())
    .bind(email)
    .bind(now.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Stores the token of the link that cancels the pending change of e-mail address.
///
/// Returns `false` if no change is pending.
pub async fn store_email_change_cancel_token(
    tx: &mut Tx,
    account: &AccountId,
    token: &TokenHash,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE email_proofs SET cancel_hash = $1 WHERE account_id = $2 AND expires_at > $3",
    )
    .bind(token.as_str())
    .bind(account.as_str())
    .bind(now.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Counts one entered code, and returns the pending verification of the e-mail address with the new count.
///
/// Returns `None` if no verification is pending or `max_attempts` codes were already entered. The row stays locked
/// until the transaction ends.
pub async fn count_email_code_attempt(
    tx: &mut Tx,
    account: &AccountId,
    max_attempts: u32,
    now: Timestamp,
) -> Result<Option<EmailProof>, StoreError> {
    let query = format!(
        "UPDATE email_proofs SET tries = tries + 1 \
         WHERE account_id = $1 AND tries < $2 AND expires_at > $3 RETURNING {EMAIL_PROOF_COLUMNS}"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(account.as_str())
        .bind(i64::from(max_attempts))
        .bind(now.as_millis())
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(email_proof_from_row).transpose()
}

/// Locks the pending verification of an account's e-mail address until the transaction ends.
///
/// Does nothing if there is none.
pub async fn lock_email_proof(tx: &mut Tx, account: &AccountId) -> Result<(), StoreError> {
    // Changes nothing. PostgreSQL locks an updated row, and SQLite permits one writing transaction at a time.
    sqlx::query("UPDATE email_proofs SET tries = tries WHERE account_id = $1")
        .bind(account.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Deletes the pending verification of an account's e-mail address. Returns `false` if there is none.
pub async fn delete_email_proof(tx: &mut Tx, account: &AccountId) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM email_proofs WHERE account_id = $1")
        .bind(account.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

/// Deletes the pending verification of an e-mail address by the token of its cancel link.
///
/// Returns `false` if another request has deleted it.
pub async fn delete_email_proof_by_cancel_token(
    tx: &mut Tx,
    token: &TokenHash,
) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM email_proofs WHERE cancel_hash = $1")
        .bind(token.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

/// Reads a pending verification of an e-mail address from a database row.
fn email_proof_from_row(row: &AnyRow) -> Result<EmailProof, StoreError> {
    let code: String = row.try_get("code_hash")?;
    let tries: i64 = row.try_get("tries")?;
    Ok(EmailProof {
        account: AccountId::from_stored(row.try_get("account_id")?),
        email: row.try_get("email")?,
        code: (!code.is_empty()).then(|| EmailCodeHash::from_stored(code)),
        tries: u32::try_from(tries).unwrap_or(u32::MAX),
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
    })
}
