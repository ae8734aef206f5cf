//! Password hashes of accounts, and the mailed links that replace a password.

use super::{Store, StoreError, Tx, require_one_changed_row};
use crate::security::password::PasswordHash;
use crate::security::token::AccountId;

/// Returns whether any account has a password hash that may take more than twice as long to verify as a new one.
pub async fn is_any_slow_password_hash_stored(store: &Store) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM accounts WHERE slow_hash = 1 LIMIT 1")
        .fetch_optional(&mut *store.acquire_reader().await?)
        .await?;
    Ok(row.is_some())
}

/// Replaces a password hash by a hash of the same password with the current cost parameters. Does nothing if the
/// password has changed.
pub async fn upgrade_password_hash(
    store: &Store,
    id: &AccountId,
    old: &PasswordHash,
    new: &PasswordHash,
) -> Result<(), StoreError> {
    let statement = sqlx::query(
        "UPDATE accounts SET password_hash = $1, slow_hash = 0 WHERE id = $2 AND password_hash = $3",
    )
    .bind(new.as_str())
    .bind(id.as_str())
    .bind(old.as_str());
    store.execute_single_write(statement).await?;
    Ok(())
}

/// Says who replaces the password of an account: the user or an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordChangeActor {
    /// The user, with a second factor. Refused if the account is disabled.
    Holder,
    /// The user of an account without a second factor, with a mailed link alone. Refused if the account is disabled.
    ReaderOfMail,
    Operator,
}

/// Replaces the password hash `old` of an account, and deletes the account's password reset links.
///
/// This is the password reset that the account may require after an undone contact change. Fails with
/// [`StoreError::Raced`] if the account has another password hash than `old`, is erased, or may not be changed by `by`.
pub async fn replace_password_hash(
    tx: &mut Tx,
    id: &AccountId,
    old: &PasswordHash,
    new: &PasswordHash,
    by: PasswordChangeActor,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET password_hash = $1, slow_hash = 0, held_at = 0, password_from_mail = $2 \
         WHERE id = $3 AND password_hash = $4 AND erased_at = 0 AND (disabled = 0 OR $5 = 1)",
    )
    .bind(new.as_str())
    .bind(i64::from(by == PasswordChangeActor::ReaderOfMail))
    .bind(id.as_str())
    .bind(old.as_str())
    .bind(i64::from(by == PasswordChangeActor::Operator))
    .execute(&mut **tx)
    .await?;
    require_one_changed_row(&result)?;
    // Links that cancel a recovery or undo a contact change stay valid, because an attacker may have set the password.
    delete_account_recovery_links(tx, id).await
}

/// Deletes the mailed links of an account that reset its password or open a lost-phone recovery.
pub async fn delete_account_recovery_links(tx: &mut Tx, id: &AccountId) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM password_resets WHERE account_id = $1 AND kind IN ('reset', 'open_recovery')",
    )
    .bind(id.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
