//! Writes and reads accounts for the operator's commands. What users do is in `accounts`.

use super::accounts::{ACCOUNT_COLUMNS, Account, account_from_row};
use super::emails;
use super::{
    ReadFrom, Store, StoreError, Tx, accounts, authenticators, contact_changes, recovery_codes,
    require_one_changed_row,
};
use crate::security::password::PasswordHash;
use crate::security::token::AccountId;
use domain::{EmailAddress, FullName, PhoneNumber, Timestamp, Username};

/// The data of a new account without second factor, which an operator creates.
///
/// The user enrols a second factor at the first sign-in.
#[derive(Clone, Debug)]
pub struct UnenrolledAccount {
    pub id: AccountId,
    pub full_name: FullName,
    pub username: Username,
    pub email: EmailAddress,
    pub password_hash: PasswordHash,
    /// Whether verifying the password hash may take more than twice as long as verifying a newly made one.
    pub has_slow_hash: bool,
    /// The phone number, and whether it counts as verified.
    pub phone: Option<(PhoneNumber, bool)>,
}

/// Inserts a new account without second factor (docs/security.md#a6).
///
/// The e-mail address counts as verified, because the operator vouches for it. Returns `false` and writes nothing if
/// another account has the username or has verified the e-mail address.
pub async fn insert_account_without_second_factor(
    tx: &mut Tx,
    new: &UnenrolledAccount,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if accounts::is_username_taken(tx, &new.username).await? {
        return Ok(false);
    }
    emails::remove_unverified_email_as_sign_in_name(tx, &new.email).await?;
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

/// Finds the account with this username and the account that has verified this e-mail address.
///
/// Both can be the same account.
pub async fn find_accounts_by_username_or_email(
    database: ReadFrom<'_>,
    username: &Username,
    email: &EmailAddress,
) -> Result<Vec<Account>, StoreError> {
    let query = format!(
        "SELECT {ACCOUNT_COLUMNS} FROM accounts WHERE (username_canonical = $1 \
         OR (email_canonical = $2 AND email_verified_at > 0)) AND erased_at = 0"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(username.canonical())
        .bind(email.canonical());
    let rows = database.fetch_all(query).await?;
    rows.iter().map(account_from_row).collect()
}

/// Lists at most `max_count` accounts whose canonical username sorts after `after`, to read all accounts in pages.
pub async fn list_next_accounts_by_username(
    store: &Store,
    after: &str,
    max_count: i64,
) -> Result<Vec<Account>, StoreError> {
    let query = format!(
        "SELECT {ACCOUNT_COLUMNS} FROM accounts WHERE username_canonical > $1 AND erased_at = 0 \
         ORDER BY username_canonical LIMIT $2"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(after)
        .bind(max_count)
        .fetch_all(&mut *store.acquire_reader().await?)
        .await?;
    rows.iter().map(account_from_row).collect()
}

/// Disables sign-in for an account. Returns `false` if it was disabled already.
pub async fn disable_account(tx: &mut Tx, id: &AccountId) -> Result<bool, StoreError> {
    let has_changed = set_account_disabled(tx, id, true).await?;
    // Runs also if the account is disabled already, so that enabling it again finds no open recovery.
    accounts::delete_lost_phone_recovery_of_account(tx, id).await?;
    Ok(has_changed)
}

/// Enables sign-in for an account. Returns `false` if it was enabled already.
pub async fn enable_account(tx: &mut Tx, id: &AccountId) -> Result<bool, StoreError> {
    set_account_disabled(tx, id, false).await
}

/// Disables or enables sign-in for an account. Returns `false` if the account was in the requested state already.
async fn set_account_disabled(
    tx: &mut Tx,
    id: &AccountId,
    disabled: bool,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET disabled = $1 WHERE id = $2 AND disabled <> $1 AND erased_at = 0",
    )
    .bind(i64::from(disabled))
    .bind(id.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Sets the phone number of an account on behalf of an operator.
///
/// The number counts as verified, and the links that undo earlier contact changes become invalid. If the account has no
/// second factor yet, the set-up of one requires a code that is sent to this number.
pub async fn set_account_phone(
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
    require_one_changed_row(&result)?;
    contact_changes::delete_contact_changes(tx, id).await
}

/// Removes the second factor of an account.
///
/// Sets the MFA flag to 0 and deletes the authenticator and the recovery codes. The verified phone number stays.
pub async fn reset_mfa(tx: &mut Tx, id: &AccountId) -> Result<(), StoreError> {
    let result = sqlx::query("UPDATE accounts SET mfa = 0 WHERE id = $1")
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    require_one_changed_row(&result)?;
    accounts::revoke_device_cookies_and_cancel_recovery(tx, id).await?;
    authenticators::delete_authenticator(tx, id).await?;
    recovery_codes::delete_recovery_codes(tx, id).await
}
