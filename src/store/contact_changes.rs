//! Rows of the table `contact_changes`: changes of an account's phone number or e-mail address that the old contact can
//! undo for some days. A row is deleted when its change is undone.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{ReadFrom, StoreError, Tx, emails, exactly_one};
use crate::security::token::AccountId;
use domain::{ChangeId, EmailAddress, PhoneNumber, Timestamp};

const PHONE: &str = "phone";
const EMAIL: &str = "email";

/// The value before a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OldContact {
    Phone(PhoneNumber),
    /// A proven address.
    Email(EmailAddress),
}

impl OldContact {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Phone(_) => PHONE,
            Self::Email(_) => EMAIL,
        }
    }

    fn value(&self) -> &str {
        match self {
            Self::Phone(number) => number.as_e164(),
            Self::Email(address) => address.as_str(),
        }
    }

    fn from_stored(kind: &str, value: &str) -> Option<Self> {
        match kind {
            PHONE => PhoneNumber::from_e164(value).map(Self::Phone),
            EMAIL => EmailAddress::parse(value).ok().map(Self::Email),
            _ => None,
        }
    }
}

/// A change that can be undone. It can be expired.
#[derive(Clone, Debug)]
pub struct ContactChange {
    pub id: ChangeId,
    pub account: AccountId,
    pub old: OldContact,
    /// The order of the changes of one account and kind, from 1.
    pub position: i64,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Stores a change as the last one of its account and kind.
pub async fn insert(
    tx: &mut Tx,
    id: &ChangeId,
    account: &AccountId,
    old: &OldContact,
    made_at: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO contact_changes (id, account_id, kind, old_value, position, made_at, expires_at) \
         SELECT $1, $2, $3, $4, COALESCE(MAX(position), 0) + 1, $5, $6 FROM contact_changes \
         WHERE account_id = $2 AND kind = $3",
    )
    .bind(id.as_str())
    .bind(account.as_str())
    .bind(old.kind())
    .bind(old.value())
    .bind(made_at.as_millis())
    .bind(expires_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The change of this id. The caller checks its time.
pub async fn find(
    database: ReadFrom<'_>,
    id: &ChangeId,
) -> Result<Option<ContactChange>, StoreError> {
    let query = sqlx::query(
        "SELECT id, account_id, kind, old_value, position, made_at, expires_at \
         FROM contact_changes WHERE id = $1",
    )
    .bind(id.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(change).transpose()
}

/// Deletes a change and all later ones of its kind: their old values came with the change. `false` if another request
/// was first.
pub async fn delete_with_later(tx: &mut Tx, change: &ContactChange) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM contact_changes WHERE id = $1")
        .bind(change.id.as_str())
        .execute(&mut **tx)
        .await?;
    if result.rows_affected() != 1 {
        return Ok(false);
    }
    sqlx::query(
        "DELETE FROM contact_changes WHERE account_id = $1 AND kind = $2 AND position > $3",
    )
    .bind(change.account.as_str())
    .bind(change.old.kind())
    .bind(change.position)
    .execute(&mut **tx)
    .await?;
    Ok(true)
}

/// Deletes all changes of an account: an operator has decided about its contacts.
pub async fn delete_all(tx: &mut Tx, account: &AccountId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM contact_changes WHERE account_id = $1")
        .bind(account.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Restores the value before the change, as proven, and holds the enabled account: no sign-in before a new password.
/// Deletes the authenticator and the recovery codes that were added after the change.
///
/// [`StoreError::Raced`] if the account is disabled; [`StoreError::Taken`] if another account has proven the address
/// since.
pub async fn restore(
    tx: &mut Tx,
    change: &ContactChange,
    now: Timestamp,
) -> Result<(), StoreError> {
    match &change.old {
        OldContact::Phone(phone) => restore_phone(tx, &change.account, phone, now).await?,
        OldContact::Email(email) => {
            emails::restore_proven(tx, &change.account, email, now).await?;
        }
    }
    hold(tx, change, now).await
}

async fn restore_phone(
    tx: &mut Tx,
    account: &AccountId,
    phone: &PhoneNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET phone = $1, phone_verified_at = $2, phone_changed_at = $2 \
         WHERE id = $3 AND disabled = 0",
    )
    .bind(phone.as_e164())
    .bind(now.as_millis())
    .bind(account.as_str())
    .execute(&mut **tx)
    .await?;
    exactly_one(&result)
}

async fn hold(tx: &mut Tx, change: &ContactChange, now: Timestamp) -> Result<(), StoreError> {
    let account = change.account.as_str();
    sqlx::query(
        "UPDATE accounts SET held_at = $1, \
         last_method = CASE WHEN mfa = 1 THEN 'sms' ELSE last_method END WHERE id = $2",
    )
    .bind(now.as_millis())
    .bind(account)
    .execute(&mut **tx)
    .await?;
    for statement in [
        "DELETE FROM authenticators WHERE account_id = $1 AND (confirmed_at >= $2 OR secret = '')",
        "DELETE FROM recovery_codes WHERE account_id = $1 AND made_at >= $2",
    ] {
        sqlx::query(statement)
            .bind(account)
            .bind(change.made_at.as_millis())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

fn change(row: &AnyRow) -> Result<ContactChange, StoreError> {
    let (kind, value): (String, String) = (row.try_get("kind")?, row.try_get("old_value")?);
    Ok(ContactChange {
        id: ChangeId::from_stored(row.try_get("id")?),
        account: AccountId::from_stored(row.try_get("account_id")?),
        old: OldContact::from_stored(&kind, &value).ok_or(StoreError::Inconsistent {
            table: "contact_changes",
            column: "old_value",
        })?,
        position: row.try_get("position")?,
        made_at: Timestamp::from_millis(row.try_get("made_at")?),
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
    })
}
