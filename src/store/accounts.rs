use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::emails::{self, placeholder};
use super::{ReadFrom, Store, StoreError, Tx, exactly_one, outbox};
use crate::security::password::PasswordHash;
use crate::security::token::AccountId;
use domain::{EmailAddress, FullName, Language, Method, PhoneNumber, Timestamp, Username};

/// An account. Not `Serialize`, so that no page contains more of it than it shows (docs/security.md#leak-02).
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a column that changes on its own"
)]
pub struct Account {
    pub id: AccountId,
    pub full_name: String,
    pub username: String,
    pub email: String,
    /// Whether the holder has proven the address with a code. An unproven one receives nothing but that code.
    pub email_verified: bool,
    pub password_hash: PasswordHash,
    pub phone: Option<PhoneNumber>,
    pub phone_verified: bool,
    /// When the number replaced an earlier one, if it did (docs/security.md#phn-05).
    pub phone_changed_at: Option<Timestamp>,
    /// The MFA flag: whether a second factor is enrolled.
    pub mfa: bool,
    pub last_method: Option<Method>,
    pub disabled: bool,
    /// When an undone change held the account, if it did: no sign-in before a new password.
    pub held_at: Option<Timestamp>,
    /// When the account will be erased, if its deletion was requested.
    pub delete_at: Option<Timestamp>,
    /// The language of notifications.
    pub language: Language,
    /// Device cookies of an earlier epoch are revoked.
    pub device_epoch: i64,
    pub created_at: Timestamp,
}

impl Account {
    /// Whether the account is neither disabled nor held.
    pub const fn may_sign_in(&self) -> bool {
        !self.disabled && self.held_at.is_none()
    }
}

/// A registration with an approved code: everything that a new account contains.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub id: AccountId,
    pub full_name: FullName,
    pub username: Username,
    pub email: EmailAddress,
    pub password_hash: PasswordHash,
    pub phone: PhoneNumber,
    pub language: Language,
}

pub(super) const COLUMNS: &str = "id, full_name, username, email, password_hash, phone, phone_verified_at, \
                       mfa, last_method, disabled, language, phone_changed_at, device_epoch, created_at, \
                       email_verified_at, held_at, delete_at";

/// The account whose username or e-mail is `canonical` (both are unique in that form, and no
/// username looks like an e-mail: docs/security.md#reg-04). The e-mail can be unproven.
pub async fn find_by_identifier(
    database: ReadFrom<'_>,
    canonical: &str,
) -> Result<Option<Account>, StoreError> {
    let query = format!(
        "SELECT {COLUMNS} FROM accounts WHERE (username_canonical = $1 OR email_canonical = $1) \
         AND erased_at = 0"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(canonical);
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(account).transpose()
}

/// The account of this id; `None` if it is erased. The last step of a flow checks its state in a transaction
/// (docs/security.md#sm-13).
pub async fn find(database: ReadFrom<'_>, id: &AccountId) -> Result<Option<Account>, StoreError> {
    let query = format!("SELECT {COLUMNS} FROM accounts WHERE id = $1 AND erased_at = 0");
    let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(id.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(account).transpose()
}

/// Whether an account has this username.
pub async fn username_is_taken(tx: &mut Tx, username: &Username) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM accounts WHERE username_canonical = $1")
        .bind(username.canonical())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

/// The number of accounts with this phone number.
pub async fn count_by_phone(tx: &mut Tx, phone: &PhoneNumber) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM accounts WHERE phone = $1")
        .bind(phone.as_e164())
        .fetch_one(&mut **tx)
        .await?;
    Ok(row.try_get("n")?)
}

/// The number of accounts with this phone number, except one account.
pub async fn count_others_by_phone(
    tx: &mut Tx,
    phone: &PhoneNumber,
    except: &AccountId,
) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM accounts WHERE phone = $1 AND id <> $2")
        .bind(phone.as_e164())
        .bind(except.as_str())
        .fetch_one(&mut **tx)
        .await?;
    Ok(row.try_get("n")?)
}

/// Whether any account has this number.
pub async fn phone_is_taken(tx: &mut Tx, phone: &PhoneNumber) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM accounts WHERE phone = $1 LIMIT 1")
        .bind(phone.as_e164())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

/// The account that has proven this e-mail address, if any.
pub async fn id_by_email(
    tx: &mut Tx,
    email: &EmailAddress,
) -> Result<Option<AccountId>, StoreError> {
    let select = "SELECT id FROM accounts WHERE email_canonical = $1 AND email_verified_at > 0";
    let row = sqlx::query(select)
        .bind(email.canonical())
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|row| Ok(AccountId::from_stored(row.try_get("id")?)))
        .transpose()
}

/// How a new account claims its unproven e-mail address for signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailClaim {
    /// Takes the address from an account that holds it unproven. For accounts that prove it right away.
    TakeOver,
    /// Only if no account holds it.
    IfFree,
}

/// Creates the account: password, verified phone and MFA flag in the one row (docs/security.md#reg-01). Its e-mail
/// address is unproven.
///
/// `false`, with nothing written, if another account has the username or has proven the e-mail.
pub async fn insert(
    tx: &mut Tx,
    new: &NewAccount,
    claim: EmailClaim,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let is_taken = username_is_taken(tx, &new.username).await?
        || emails::is_proven(ReadFrom::Transaction(tx), &new.email).await?;
    if is_taken {
        return Ok(false);
    }
    if claim == EmailClaim::TakeOver {
        emails::release_unproven(tx, &new.email).await?;
    }
    Ok(insert_holding(tx, new, &new.email.canonical(), now).await?
        || insert_holding(tx, new, &placeholder(&new.id), now).await?)
}

/// Inserts the row with this value of `email_canonical`.
async fn insert_holding(
    tx: &mut Tx,
    new: &NewAccount,
    email_canonical: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO accounts (id, full_name, username, username_canonical, email, email_canonical, \
         password_hash, phone, phone_verified_at, mfa, last_method, disabled, created_at, language, \
         email_verified_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 'sms', 0, $9, $10, 0) ON CONFLICT DO NOTHING",
    )
    .bind(new.id.as_str())
    .bind(new.full_name.as_str())
    .bind(new.username.as_str())
    .bind(new.username.canonical())
    .bind(new.email.as_str())
    .bind(email_canonical)
    .bind(new.password_hash.as_str())
    .bind(new.phone.as_e164())
    .bind(now.as_millis())
    .bind(new.language.tag())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Replaces name and username, if the username is still that of `account`. [`StoreError::Raced`] otherwise;
/// [`StoreError::Taken`] if another account has the new username.
pub async fn set_names(
    tx: &mut Tx,
    account: &Account,
    full_name: &FullName,
    username: &Username,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET full_name = $1, username = $2, username_canonical = $3 \
         WHERE id = $4 AND username = $5 AND disabled = 0",
    )
    .bind(full_name.as_str())
    .bind(username.as_str())
    .bind(username.canonical())
    .bind(account.id.as_str())
    .bind(account.username.as_str())
    .execute(&mut **tx)
    .await?;
    exactly_one(&result)
}

/// Sets the language of notifications.
pub async fn set_language(
    tx: &mut Tx,
    id: &AccountId,
    language: Language,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE accounts SET language = $1 WHERE id = $2 AND language <> $1")
        .bind(language.tag())
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Whether verifying the stored hash of some account may take more than twice as long as a hash that is made here.
pub async fn any_slow_hash(store: &Store) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM accounts WHERE slow_hash = 1 LIMIT 1")
        .fetch_optional(store.reader())
        .await?;
    Ok(row.is_some())
}

/// Replaces a hash made with older parameters, unless the password has changed.
pub async fn upgrade_hash(
    store: &Store,
    id: &AccountId,
    old: &PasswordHash,
    new: &PasswordHash,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE accounts SET password_hash = $1, slow_hash = 0 WHERE id = $2 AND password_hash = $3",
    )
        .bind(new.as_str())
        .bind(id.as_str())
        .bind(old.as_str())
        .execute(store.reader())
        .await?;
    Ok(())
}

/// Replaces the password hash `old`, if it is still the password of an enabled account. Deletes every reset link and ends
/// a hold. Links that cancel a recovery or undo a change stay: the password may be an attacker's.
/// [`StoreError::Raced`] otherwise.
pub async fn set_password(
    tx: &mut Tx,
    id: &AccountId,
    old: &PasswordHash,
    new: &PasswordHash,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET password_hash = $1, slow_hash = 0, held_at = 0 \
         WHERE id = $2 AND password_hash = $3 AND disabled = 0",
    )
    .bind(new.as_str())
    .bind(id.as_str())
    .bind(old.as_str())
    .execute(&mut **tx)
    .await?;
    exactly_one(&result)?;
    delete_reset_links(tx, id).await
}

/// Deletes the links that reset the password or open a recovery.
pub async fn delete_reset_links(tx: &mut Tx, id: &AccountId) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM password_resets WHERE account_id = $1 AND kind IN ('reset', 'open_recovery')",
    )
    .bind(id.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Stores the method that worked. The next sign-in offers it first.
pub async fn set_last_method(
    tx: &mut Tx,
    id: &AccountId,
    method: Method,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE accounts SET last_method = $1 WHERE id = $2")
        .bind(method.as_str())
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Revokes all device cookies of the account and cancels its recovery. Call it with every change that an attacker may
/// have caused: of the phone number, of the password, and a reset by an operator.
pub async fn revoke_devices(tx: &mut Tx, id: &AccountId) -> Result<(), StoreError> {
    sqlx::query("UPDATE accounts SET device_epoch = device_epoch + 1 WHERE id = $1")
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    cancel_recovery(tx, id).await
}

/// Ends the recovery of the account, if it has one, and what leads to one.
pub async fn cancel_recovery(tx: &mut Tx, id: &AccountId) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM recoveries WHERE account_id = $1",
        "DELETE FROM password_resets WHERE account_id = $1 AND kind IN ('open_recovery', 'cancel_recovery')",
    ] {
        sqlx::query(statement)
            .bind(id.as_str())
            .execute(&mut **tx)
            .await?;
    }
    outbox::delete_waiting(tx, id, &["recovery_requested", "recovery_reminder"]).await
}

pub(super) fn account(row: &AnyRow) -> Result<Account, StoreError> {
    let inconsistent = |column| StoreError::Inconsistent {
        table: "accounts",
        column,
    };
    let phone: String = row.try_get("phone")?;
    let last_method: String = row.try_get("last_method")?;
    let hash: String = row.try_get("password_hash")?;
    let language: String = row.try_get("language")?;
    Ok(Account {
        id: AccountId::from_stored(row.try_get("id")?),
        full_name: row.try_get("full_name")?,
        username: row.try_get("username")?,
        email: row.try_get("email")?,
        email_verified: row.try_get::<i64, _>("email_verified_at")? > 0,
        password_hash: PasswordHash::parse(&hash).map_err(|_| inconsistent("password_hash"))?,
        phone: if phone.is_empty() {
            None
        } else {
            Some(PhoneNumber::from_e164(&phone).ok_or_else(|| inconsistent("phone"))?)
        },
        phone_verified: row.try_get::<i64, _>("phone_verified_at")? > 0,
        phone_changed_at: Some(row.try_get::<i64, _>("phone_changed_at")?)
            .filter(|at| *at > 0)
            .map(Timestamp::from_millis),
        mfa: row.try_get::<i64, _>("mfa")? == 1,
        last_method: Method::from_name(&last_method),
        disabled: row.try_get::<i64, _>("disabled")? == 1,
        held_at: Some(row.try_get::<i64, _>("held_at")?)
            .filter(|at| *at > 0)
            .map(Timestamp::from_millis),
        delete_at: Some(row.try_get::<i64, _>("delete_at")?)
            .filter(|at| *at > 0)
            .map(Timestamp::from_millis),
        language: Language::from_tag(&language).unwrap_or_default(),
        device_epoch: row.try_get("device_epoch")?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
    })
}
