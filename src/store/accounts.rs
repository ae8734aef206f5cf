use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::emails::{self, placeholder_email};
use super::{ReadFrom, StoreError, Tx, outbox, require_one_changed_row};
use crate::security::password::PasswordHash;
use crate::security::token::AccountId;
use domain::{EmailAddress, FullName, Language, Method, PhoneNumber, Timestamp, Username};

/// A stored user account. It is not `Serialize`, so that a page exposes only the fields that it names
/// (docs/security.md#leak-02).
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
    /// Whether the user has verified the address with a code. An unverified address receives only that code.
    pub email_verified: bool,
    pub password_hash: PasswordHash,
    pub phone: Option<PhoneNumber>,
    pub phone_verified: bool,
    /// When the phone number replaced an earlier one; `None` if it never did (docs/security.md#phn-05).
    pub phone_changed_at: Option<Timestamp>,
    /// Whether a second factor is enrolled (the MFA flag).
    pub mfa: bool,
    /// Whether the password was reset with a mailed link alone, and no second factor was verified since.
    pub has_password_from_mail: bool,
    pub last_method: Option<Method>,
    pub disabled: bool,
    /// Since when the account requires a password reset after an undone contact change; `None` if it requires none. It
    /// refuses sign-ins until then. The column is `held_at`.
    pub password_reset_required_at: Option<Timestamp>,
    /// When the account will be erased; `None` if no deletion was requested.
    pub delete_at: Option<Timestamp>,
    /// Whether an operator requested the deletion.
    pub deletion_by_operator: bool,
    /// The language of notifications.
    pub language: Language,
    /// The counter that revokes device cookies: cookies with a lower number are invalid.
    pub device_epoch: i64,
    pub created_at: Timestamp,
}

impl Account {
    /// Returns whether the account may sign in: it is not disabled and requires no password reset.
    pub const fn may_sign_in(&self) -> bool {
        !self.disabled && self.password_reset_required_at.is_none()
    }

    /// Returns whether a deletion that the user requested waits until an operator enables the account.
    pub const fn is_deletion_paused(&self) -> bool {
        self.disabled && self.delete_at.is_some() && !self.deletion_by_operator
    }

    /// Returns whether a sign-in needs a code of the stored phone number, or another second factor.
    ///
    /// An account without a second factor needs a code of its verified number before it accepts another number.
    pub const fn needs_stored_factor(&self) -> bool {
        self.mfa || (self.phone.is_some() && self.phone_verified)
    }

    /// Returns whether the user may replace a lost phone with password and mailbox after a waiting time.
    ///
    /// Without a second factor this is refused if the password was reset by mail alone. An account that needs no stored
    /// factor needs no recovery: it sets up any number at once.
    pub const fn permits_lost_phone_recovery(&self) -> bool {
        self.may_sign_in()
            && (self.mfa || (self.needs_stored_factor() && !self.has_password_from_mail))
    }
}

/// The data of a new account, which a completed registration creates.
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

pub(super) const ACCOUNT_COLUMNS: &str = "id, full_name, username, email, password_hash, phone, phone_verified_at, \
                       mfa, last_method, disabled, language, phone_changed_at, device_epoch, created_at, \
                       email_verified_at, held_at, delete_at, deletion_by_operator, password_from_mail";

/// Finds the account whose username or e-mail address has this canonical form. The e-mail address may be unverified.
///
/// At most one account matches, because both columns are unique and no username looks like an e-mail address
/// (docs/security.md#reg-04).
pub async fn find_account_by_identifier(
    database: ReadFrom<'_>,
    canonical: &str,
) -> Result<Option<Account>, StoreError> {
    let query = format!(
        "SELECT {ACCOUNT_COLUMNS} FROM accounts WHERE (username_canonical = $1 OR email_canonical = $1) \
         AND erased_at = 0"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(canonical);
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(account_from_row).transpose()
}

/// Finds an account by ID. Returns `None` if it does not exist or is erased (docs/security.md#sm-13).
pub async fn find_account(
    database: ReadFrom<'_>,
    id: &AccountId,
) -> Result<Option<Account>, StoreError> {
    let query = format!("SELECT {ACCOUNT_COLUMNS} FROM accounts WHERE id = $1 AND erased_at = 0");
    let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(id.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(account_from_row).transpose()
}

/// Returns whether an account has this username.
pub async fn is_username_taken(tx: &mut Tx, username: &Username) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM accounts WHERE username_canonical = $1")
        .bind(username.canonical())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

/// Returns the number of accounts with this phone number.
pub async fn count_accounts_by_phone(tx: &mut Tx, phone: &PhoneNumber) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM accounts WHERE phone = $1")
        .bind(phone.as_e164())
        .fetch_one(&mut **tx)
        .await?;
    Ok(row.try_get("n")?)
}

/// Returns the number of accounts with this phone number, without the account `except`.
pub async fn count_other_accounts_by_phone(
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

/// Returns whether any account has this phone number.
pub async fn is_phone_number_taken(tx: &mut Tx, phone: &PhoneNumber) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM accounts WHERE phone = $1 LIMIT 1")
        .bind(phone.as_e164())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

/// Returns the ID of the account that has verified this e-mail address; `None` if there is none.
pub async fn find_account_id_by_email(
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

/// Inserts a new account with password, verified phone number and MFA flag in one row (docs/security.md#reg-01).
///
/// The e-mail address of the account is unverified. The user can sign in with it only if it is the sign-in name of no
/// other account. Returns `false` and writes nothing if another account has the username or has verified the e-mail
/// address.
pub async fn insert_account(
    tx: &mut Tx,
    new: &NewAccount,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let is_taken = is_username_taken(tx, &new.username).await?
        || emails::is_email_verified_by_any_account(ReadFrom::Transaction(tx), &new.email).await?;
    if is_taken {
        return Ok(false);
    }
    // Read first: on PostgreSQL an insert waits for a transaction that changes the account with the address. That
    // transaction may wait for the phone number of the registration, which this one has locked.
    let is_address_free = !emails::is_email_sign_in_name_of_any_account(tx, &new.email).await?;
    Ok(
        (is_address_free && insert_account_row(tx, new, &new.email.canonical(), now).await?)
            || insert_account_row(tx, new, &placeholder_email(&new.id), now).await?,
    )
}

/// Inserts the row of a new account.
///
/// Returns `false` if another account has the same unique value, such as the username. `email_canonical` is the e-mail
/// address as a unique sign-in name, or a placeholder.
async fn insert_account_row(
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
    .bind(new.language.language_tag())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Updates full name and username of an account.
///
/// Fails with [`StoreError::Raced`] if the username has changed since `account` was read, or if the account is disabled
/// or requires a password reset. Fails with [`StoreError::Taken`] if another account has the new username.
pub async fn update_full_name_and_username(
    tx: &mut Tx,
    account: &Account,
    full_name: &FullName,
    username: &Username,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET full_name = $1, username = $2, username_canonical = $3 \
         WHERE id = $4 AND username = $5 AND disabled = 0 AND held_at = 0",
    )
    .bind(full_name.as_str())
    .bind(username.as_str())
    .bind(username.canonical())
    .bind(account.id.as_str())
    .bind(account.username.as_str())
    .execute(&mut **tx)
    .await?;
    require_one_changed_row(&result)
}

/// Sets the language in which an account receives notifications.
pub async fn set_account_language(
    tx: &mut Tx,
    id: &AccountId,
    language: Language,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE accounts SET language = $1 WHERE id = $2 AND language <> $1")
        .bind(language.language_tag())
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Sets the language in which an account receives notifications if the account has none yet.
pub async fn set_missing_account_language(
    tx: &mut Tx,
    id: &AccountId,
    language: Language,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE accounts SET language = $1 WHERE id = $2 AND language = ''")
        .bind(language.language_tag())
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Stores the second-factor method that the user last used, which the next sign-in offers first.
pub async fn set_last_used_second_factor(
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

/// Revokes all device cookies of an account and cancels its lost-phone recovery.
///
/// Call it after a change of phone number, e-mail address or password, and after a reset of the second factor by an
/// operator. An attacker may have caused the change.
pub async fn revoke_device_cookies_and_cancel_recovery(
    tx: &mut Tx,
    id: &AccountId,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE accounts SET device_epoch = device_epoch + 1 WHERE id = $1")
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    delete_lost_phone_recovery_of_account(tx, id).await
}

/// Deletes the lost-phone recovery of an account, the links that open or cancel it, and its unsent notifications.
pub async fn delete_lost_phone_recovery_of_account(
    tx: &mut Tx,
    id: &AccountId,
) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM recoveries WHERE account_id = $1",
        "DELETE FROM password_resets WHERE account_id = $1 AND kind IN ('open_recovery', 'cancel_recovery')",
    ] {
        sqlx::query(statement)
            .bind(id.as_str())
            .execute(&mut **tx)
            .await?;
    }
    outbox::delete_unsent_notifications_of_kinds(
        tx,
        id,
        &["recovery_requested", "recovery_reminder"],
    )
    .await
}

/// Reads an account from a row of the `accounts` table.
pub(super) fn account_from_row(row: &AnyRow) -> Result<Account, StoreError> {
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
        phone_changed_at: optional_time_from_row(row, "phone_changed_at")?,
        mfa: row.try_get::<i64, _>("mfa")? == 1,
        has_password_from_mail: row.try_get::<i64, _>("password_from_mail")? == 1,
        last_method: Method::from_name(&last_method),
        disabled: row.try_get::<i64, _>("disabled")? == 1,
        password_reset_required_at: optional_time_from_row(row, "held_at")?,
        delete_at: optional_time_from_row(row, "delete_at")?,
        deletion_by_operator: row.try_get::<i64, _>("deletion_by_operator")? == 1,
        language: Language::from_tag(&language).unwrap_or_default(),
        device_epoch: row.try_get("device_epoch")?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
    })
}

/// Reads a time in milliseconds from this column. Returns `None` for 0, which stands for a missing time.
fn optional_time_from_row(row: &AnyRow, column: &str) -> Result<Option<Timestamp>, StoreError> {
    let millis: i64 = row.try_get(column)?;
    Ok((millis > 0).then(|| Timestamp::from_millis(millis)))
}
