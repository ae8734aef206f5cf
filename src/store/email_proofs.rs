//! Rows of the table `email_proofs`: e-mail addresses that wait for the code of a mail. The row is deleted when the code
//! is used.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{ReadFrom, StoreError, Tx};
use crate::security::email_code::EmailCodeHash;
use crate::security::token::{AccountId, TokenHash};
use domain::{EmailAddress, Timestamp};

/// A pending proof. It can be expired.
#[derive(Clone, Debug)]
pub struct EmailProof {
    pub account: AccountId,
    /// The address to prove.
    pub email: String,
    /// `None` until the mail with the code is sent, and for ever if the address belongs to another account.
    pub code: Option<EmailCodeHash>,
    /// The number of codes that were entered.
    pub tries: u32,
    pub expires_at: Timestamp,
}

const COLUMNS: &str = "account_id, email, code_hash, tries, expires_at";

/// Opens a proof of this address, in place of an earlier one of the account. The earlier code is invalid from now on.
/// The link that cancels a change stays valid only for the same address.
pub async fn open(
    tx: &mut Tx,
    account: &AccountId,
    email: &EmailAddress,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO email_proofs (account_id, email, code_hash, cancel_hash, tries, created_at, \
         expires_at) VALUES ($1, $2, '', '', 0, $3, $4) ON CONFLICT (account_id) DO UPDATE SET \
         cancel_hash = CASE WHEN email_proofs.email = excluded.email \
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

/// The pending proof of an account. The caller checks its time.
pub async fn find(
    database: ReadFrom<'_>,
    account: &AccountId,
) -> Result<Option<EmailProof>, StoreError> {
    let query = format!("SELECT {COLUMNS} FROM email_proofs WHERE account_id = $1");
    let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(account.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(proof).transpose()
}

/// The pending proof with this token of a cancel link. The caller checks its time.
pub async fn find_by_cancel_token(
    database: ReadFrom<'_>,
    token: &TokenHash,
) -> Result<Option<EmailProof>, StoreError> {
    let query = format!("SELECT {COLUMNS} FROM email_proofs WHERE cancel_hash = $1");
    let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(token.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(proof).transpose()
}

/// Stores the code of a mail that is about to be sent to this address. `false` if its proof is over or expired.
pub async fn set_code(
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

/// Stores the token of the link that cancels the pending change. `false` if none is pending.
pub async fn set_cancel_token(
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

/// Counts one entered code, and returns the proof with the new count. `None` if no proof is pending, or `most` codes
/// were entered. The row stays locked until the transaction ends.
pub async fn count_try(
    tx: &mut Tx,
    account: &AccountId,
    most: u32,
    now: Timestamp,
) -> Result<Option<EmailProof>, StoreError> {
    let query = format!(
        "UPDATE email_proofs SET tries = tries + 1 \
         WHERE account_id = $1 AND tries < $2 AND expires_at > $3 RETURNING {COLUMNS}"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(account.as_str())
        .bind(i64::from(most))
        .bind(now.as_millis())
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(proof).transpose()
}

/// Deletes the pending proof of an account. `false` if there is none.
pub async fn delete(tx: &mut Tx, account: &AccountId) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM email_proofs WHERE account_id = $1")
        .bind(account.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

/// Deletes the pending proof with this token of a cancel link. `false` if another request was first.
pub async fn cancel(tx: &mut Tx, token: &TokenHash) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM email_proofs WHERE cancel_hash = $1")
        .bind(token.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

fn proof(row: &AnyRow) -> Result<EmailProof, StoreError> {
    let code: String = row.try_get("code_hash")?;
    let tries: i64 = row.try_get("tries")?;
    Ok(EmailProof {
        account: AccountId::from_stored(row.try_get("account_id")?),
        email: row.try_get("email")?,
        code: (!code.is_empty()).then(|| EmailCodeHash::from_stored(code)),
        tries: u32::try_from(tries).unwrap_or(u32::MAX),
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
    })
}
