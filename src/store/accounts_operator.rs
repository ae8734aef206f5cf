//! What operators do with accounts. What users do is in `accounts`.

use super::accounts::{Account, COLUMNS, account};
use super::emails;
use super::{
    ReadFrom, Store, StoreError, Tx, accounts, authenticators, contact_changes, exactly_one,
    recovery_codes,
};
use crate::security::password::PasswordHash;
use crate::security::token::AccountId;
use domain::{EmailAddress, FullName, PhoneNumber, Timestamp, Username};

/// An account without a second factor. Its owner sets one up at the first sign-in.
#[derive(Clone, Debug)]
pub struct Unenrolled {
    pub id: AccountId,
    pub full_name: FullName,
    pub username: Username,
    pub email: EmailAddress,
    pub password_hash: PasswordHash,
    /// Whether verifying the hash may take more than twice as long as one that is made here.
    pub has_slow_hash: bool,
    /// The number on file, and whether it is verified.
    pub phone: Option<(PhoneNumber, bool)>,
}

/// Creates the account with MFA flag 0 (docs/security.md#a6). Its e-mail address counts as proven, because the operator
/// vouches for it.
///
/// `false`, with nothing written, if another account has the username or has proven the e-mail.
pub async fn insert_unenrolled(
    tx: &mut Tx,
    new: &Unenrolled,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if accounts::username_is_taken(tx, &new.username).await? {
        return Ok(false);
    }
    emails::release_unproven(tx, &new.email).await?;
    let (phone, verified_at) = match &new.phone {
        None => ("", 0),
        Some((phone, false)) => (phone.as_e164(), 0),
        Some((phone, true)) => (phone.as_e164(), now.as_millis()),
    };
    let result = sqlx::query(
        "INSERT INTO accounts (id, full_name, username, username_canonical, email, email_canonical, \
         password_hash, phone, phone_verified_at, mfa, last_method, disabled, created_at, slow_hash, \
         email_verified_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '', 0, $10, $11, $10) ON CONFLICT DO NOTHING",
    )
    .bind(new.id.as_str())
    .bind(new.full_name.as_str())
    .bind(new.username.as_str())
    .bind(new.username.canonical())
    .bind(new.email.as_str())
    .bind(new.email.canonical())
    .bind(new.password_hash.as_str())
    .bind(phone)
    .bind(verified_at)
    .bind(now.as_millis())
    .bind(i64::from(new.has_slow_hash))
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// The accounts with this username or this proven e-mail address: at most one of each.
pub async fn holders(
    database: ReadFrom<'_>,
    username: &Username,
    email: &EmailAddress,
) -> Result<Vec<Account>, StoreError> {
    let query = format!(
        "SELECT {COLUMNS} FROM accounts WHERE (username_canonical = $1 \
         OR (email_canonical = $2 AND email_verified_at > 0)) AND erased_at = 0"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(username.canonical())
        .bind(email.canonical());
    let rows = database.fetch_all(query).await?;
    rows.iter().map(account).collect()
}

/// The next accounts after this canonical username, at most `most`. No connection is held between two pages.
pub async fn page(store: &Store, after: &str, most: i64) -> Result<Vec<Account>, StoreError> {
    let query = format!(
        "SELECT {COLUMNS} FROM accounts WHERE username_canonical > $1 AND erased_at = 0 \
         ORDER BY username_canonical LIMIT $2"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(after)
        .bind(most)
        .fetch_all(store.reader())
        .await?;
    rows.iter().map(account).collect()
}

/// Disables sign-in for the account. `false` if it was disabled before.
pub async fn disable(tx: &mut Tx, id: &AccountId) -> Result<bool, StoreError> {
    // Also if it was disabled before: an account that is enabled again has no open recovery.
    accounts::cancel_recovery(tx, id).await?;
    set_disabled(tx, id, true).await
}

/// Enables sign-in for the account. `false` if it was enabled before.
pub async fn enable(tx: &mut Tx, id: &AccountId) -> Result<bool, StoreError> {
    set_disabled(tx, id, false).await
}

async fn set_disabled(tx: &mut Tx, id: &AccountId, disabled: bool) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET disabled = $1 WHERE id = $2 AND disabled <> $1 AND erased_at = 0",
    )
    .bind(i64::from(disabled))
    .bind(id.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Replaces the number on file. It counts as verified, because the operator vouches for it: with the MFA flag 0, the
/// next sign-in needs a code to this number, also before another number replaces it. Earlier changes can no longer be
/// undone.
pub async fn set_phone(
    tx: &mut Tx,
    id: &AccountId,
    phone: &PhoneNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET phone = $1, phone_verified_at = $2, phone_changed_at = $2 \
         WHERE id = $3 AND erased_at = 0",
    )
    .bind(phone.as_e164())
    .bind(now.as_millis())
    .bind(id.as_str())
    .execute(&mut **tx)
    .await?;
    exactly_one(&result)?;
    contact_changes::delete_all(tx, id).await
}

/// Sets the MFA flag to 0 and deletes authenticator and recovery codes. The number stays on file,
/// verified or not as it was.
///
/// `last_method` stays too: it shows that the account's owner has used the number on file.
pub async fn reset_mfa(tx: &mut Tx, id: &AccountId) -> Result<(), StoreError> {
    let result = sqlx::query("UPDATE accounts SET mfa = 0 WHERE id = $1")
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    exactly_one(&result)?;
    accounts::revoke_devices(tx, id).await?;
    authenticators::remove(tx, id).await?;
    recovery_codes::forget(tx, id).await
}
