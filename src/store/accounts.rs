use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{ReadFrom, Store, StoreError, Tx, exactly_one};
use crate::security::password::PasswordHash;
use crate::security::token::AccountId;
use domain::{EmailAddress, FullName, Language, Method, PhoneNumber, Timestamp, Username};

/// An account. Not `Serialize`, so that no page contains more of it than it shows (docs/security.md#leak-02).
#[derive(Clone, Debug)]
pub struct Account {
    pub id: AccountId,
    pub full_name: String,
    pub username: String,
    pub email: String,
    pub password_hash: PasswordHash,
    pub phone: Option<PhoneNumber>,
    pub phone_verified: bool,
    /// When the number replaced an earlier one, if it did (docs/security.md#phn-05).
    pub phone_changed_at: Option<Timestamp>,
    /// The MFA flag: whether a second factor is enrolled.
    pub mfa: bool,
    pub last_method: Option<Method>,
    pub disabled: bool,
    /// The language of notifications.
    pub language: Language,
    /// Device cookies of an earlier epoch are revoked.
    pub device_epoch: i64,
    pub created_at: Timestamp,
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
                       mfa, last_method, disabled, language, phone_changed_at, device_epoch, created_at";

/// The account whose username or e-mail is `canonical` (both are unique in that form, and no
/// username looks like an e-mail: docs/security.md#reg-04).
pub async fn find_by_identifier(
    database: ReadFrom<'_>,
    canonical: &str,
) -> Result<Option<Account>, StoreError> {
    let query = format!(
        "SELECT {COLUMNS} FROM accounts WHERE username_canonical = $1 OR email_canonical = $1"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(canonical);
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(account).transpose()
}

/// The account of this id. The last step of a flow checks its state in a transaction (docs/security.md#sm-13).
pub async fn find(database: ReadFrom<'_>, id: &AccountId) -> Result<Option<Account>, StoreError> {
    let query = format!("SELECT {COLUMNS} FROM accounts WHERE id = $1");
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

/// Whether an account has this e-mail address.
pub async fn email_is_taken(tx: &mut Tx, email: &EmailAddress) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM accounts WHERE email_canonical = $1")
        .bind(email.canonical())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

/// Whether any account has this number.
pub async fn phone_is_taken(tx: &mut Tx, phone: &PhoneNumber) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM accounts WHERE phone = $1 LIMIT 1")
        .bind(phone.as_e164())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

/// The account that has this e-mail address, if any.
pub async fn id_by_email(
    tx: &mut Tx,
    email: &EmailAddress,
) -> Result<Option<AccountId>, StoreError> {
    let row = sqlx::query("SELECT id FROM accounts WHERE email_canonical = $1")
        .bind(email.canonical())
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|row| Ok(AccountId::from_stored(row.try_get("id")?)))
        .transpose()
}

/// Creates the account: password, verified phone and MFA flag in the one row (docs/security.md#reg-01).
///
/// `false`, with nothing written, if another account has the username or e-mail.
pub async fn insert(tx: &mut Tx, new: &NewAccount, now: Timestamp) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO accounts (id, full_name, username, username_canonical, email, email_canonical, \
         password_hash, phone, phone_verified_at, mfa, last_method, disabled, created_at, language) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 'sms', 0, $9, $10) ON CONFLICT DO NOTHING",
    )
    .bind(new.id.as_str())
    .bind(new.full_name.as_str())
    .bind(new.username.as_str())
    .bind(new.username.canonical())
    .bind(new.email.as_str())
    .bind(new.email.canonical())
    .bind(new.password_hash.as_str())
    .bind(new.phone.as_e164())
    .bind(now.as_millis())
    .bind(new.language.tag())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
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

/// Replaces the password hash `old`, if it is still the password of an enabled account, and deletes every reset link.
/// [`StoreError::Raced`] otherwise.
pub async fn set_password(
    tx: &mut Tx,
    id: &AccountId,
    old: &PasswordHash,
    new: &PasswordHash,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET password_hash = $1, slow_hash = 0 \
         WHERE id = $2 AND password_hash = $3 AND disabled = 0",
    )
    .bind(new.as_str())
    .bind(id.as_str())
    .bind(old.as_str())
    .execute(&mut **tx)
    .await?;
    exactly_one(&result)?;
    sqlx::query("DELETE FROM password_resets WHERE account_id = $1")
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

/// Enrols the second factor: flag and proven number in one statement, and only once (docs/security.md#enr-03,
/// docs/security.md#enr-06). [`StoreError::Raced`] if one is enrolled, or the account is disabled.
pub async fn enrol(
    tx: &mut Tx,
    id: &AccountId,
    phone: &PhoneNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET phone = $1, phone_verified_at = $2, mfa = 1, last_method = 'sms' \
         WHERE id = $3 AND mfa = 0 AND disabled = 0",
    )
    .bind(phone.as_e164())
    .bind(now.as_millis())
    .bind(id.as_str())
    .execute(&mut **tx)
    .await?;
    exactly_one(&result)
}

/// Replaces the number `old` by `new`, if `old` is still the number (docs/security.md#phn-03).
pub async fn change_phone(
    tx: &mut Tx,
    id: &AccountId,
    old: &PhoneNumber,
    new: &PhoneNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET phone = $1, phone_verified_at = $2, phone_changed_at = $2 \
         WHERE id = $3 AND phone = $4 AND disabled = 0",
    )
    .bind(new.as_e164())
    .bind(now.as_millis())
    .bind(id.as_str())
    .bind(old.as_e164())
    .execute(&mut **tx)
    .await?;
    exactly_one(&result)
}

/// Revokes all device cookies of the account. Call it with every change that an attacker may have caused: of the
/// phone number, of the password, and a reset by an operator.
pub async fn revoke_devices(tx: &mut Tx, id: &AccountId) -> Result<(), StoreError> {
    sqlx::query("UPDATE accounts SET device_epoch = device_epoch + 1 WHERE id = $1")
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
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
        language: Language::from_tag(&language).unwrap_or_default(),
        device_epoch: row.try_get("device_epoch")?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
    })
}
