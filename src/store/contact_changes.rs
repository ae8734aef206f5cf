//! Rows of the table `contact_changes`: changes of a phone number or e-mail address, which a link sent to the old
//! contact can undo for some days. Undoing a change deletes its row.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{ReadFrom, StoreError, Tx, emails, require_one_changed_row};
use crate::security::token::AccountId;
use domain::{ChangeId, EmailAddress, PhoneNumber, Timestamp};

const PHONE_KIND: &str = "phone";
const EMAIL_KIND: &str = "email";

/// The old phone number or e-mail address that a contact change has replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OldContact {
    Phone(PhoneNumber),
    /// An address that was verified.
    Email(EmailAddress),
}

impl OldContact {
    /// Returns the kind of the old contact as stored in the database: `phone` or `email`.
    const fn stored_kind_of_old_contact(&self) -> &'static str {
        match self {
            Self::Phone(_) => PHONE_KIND,
            Self::Email(_) => EMAIL_KIND,
        }
    }

    /// Returns the old phone number or e-mail address as stored in the database.
    fn stored_value_of_old_contact(&self) -> &str {
        match self {
            Self::Phone(number) => number.as_e164(),
            Self::Email(address) => address.as_str(),
        }
    }

    /// Parses a replaced phone number or e-mail address from the stored kind and value.
    ///
    /// Returns `None` if one of them is invalid.
    fn parse_stored_contact(kind: &str, value: &str) -> Option<Self> {
        match kind {
            PHONE_KIND => PhoneNumber::from_e164(value).map(Self::Phone),
            EMAIL_KIND => EmailAddress::parse(value).ok().map(Self::Email),
            _ => None,
        }
    }
}

/// A change of phone number or e-mail address that a mailed link can still undo. It may be expired.
#[derive(Clone, Debug)]
pub struct ContactChange {
    pub id: ChangeId,
    pub account: AccountId,
    pub old: OldContact,
    /// The position among the changes of the same account and kind, from 1.
    pub position: i64,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Stores a contact change as the latest change of the account's phone number or e-mail address.
pub async fn insert_contact_change(
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
    .bind(old.stored_kind_of_old_contact())
    .bind(old.stored_value_of_old_contact())
    .bind(made_at.as_millis())
    .bind(expires_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Finds a contact change by ID. The caller checks the expiry of the change.
pub async fn find_contact_change(
    database: ReadFrom<'_>,
    id: &ChangeId,
) -> Result<Option<ContactChange>, StoreError> {
    let query = sqlx::query(
        "SELECT id, account_id, kind, old_value, position, made_at, expires_at \
         FROM contact_changes WHERE id = $1",
    )
    .bind(id.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(contact_change_from_row).transpose()
}

/// Returns when the last link that undoes a contact change of the account ends; `None` if there is none.
///
/// The time may be in the past.
pub async fn find_end_of_last_undo_link(
    database: ReadFrom<'_>,
    account: &AccountId,
) -> Result<Option<Timestamp>, StoreError> {
    let query = sqlx::query(
        "SELECT expires_at FROM contact_changes WHERE account_id = $1 ORDER BY expires_at DESC LIMIT 1",
    )
    .bind(account.as_str());
    let row = database.fetch_optional(query).await?;
    row.map(|row| Ok(Timestamp::from_millis(row.try_get("expires_at")?)))
        .transpose()
}

/// Deletes a contact change and all later ones of the same account and kind.
///
/// Returns `false` if another request has deleted it.
pub async fn delete_contact_change_and_later_changes(
    tx: &mut Tx,
    change: &ContactChange,
) -> Result<bool, StoreError> {
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
    .bind(change.old.stored_kind_of_old_contact())
    .bind(change.position)
    .execute(&mut **tx)
    .await?;
    Ok(true)
}

/// Deletes all contact changes of an account after an operator has set its contacts.
///
/// The links that undo the changes become invalid.
pub async fn delete_contact_changes(tx: &mut Tx, account: &AccountId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM contact_changes WHERE account_id = $1")
        .bind(account.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Undoes a contact change: restores the old phone number or e-mail address as verified.
///
/// Blocks sign-in until the password is changed. Deletes the authenticator app and the recovery codes that were added
/// after the change. Starts no cooldown.
///
/// Fails with [`StoreError::Raced`] if an operator has disabled the account, and with [`StoreError::Taken`] if another
/// account has verified the old e-mail address.
pub async fn restore_old_contact(
    tx: &mut Tx,
    change: &ContactChange,
    now: Timestamp,
) -> Result<(), StoreError> {
    match &change.old {
        OldContact::Phone(phone) => {
            restore_old_phone_number(tx, change, phone, now).await?;
        }
        OldContact::Email(email) => {
            emails::restore_earlier_email_of_account(tx, &change.account, email, now).await?;
        }
    }
    require_password_reset(tx, change, now).await
}

/// Restores the old phone number `phone` of an account as verified.
///
/// The number may then have more accounts than the limit for new ones: other accounts that got the number since must not
/// keep the owner from the undo.
///
/// Ends the cooldown of the undone change, so that the account holder can remove the second factors of an attacker.
/// The cooldown of an earlier change continues if a link can still undo that change.
async fn restore_old_phone_number(
    tx: &mut Tx,
    change: &ContactChange,
    phone: &PhoneNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET phone = $1, phone_verified_at = $2, phone_changed_at = \
         (SELECT COALESCE(MAX(made_at), 0) FROM contact_changes \
         WHERE account_id = $3 AND kind = $4 AND position < $5) \
         WHERE id = $3 AND disabled = 0",
    )
    .bind(phone.as_e164())
    .bind(now.as_millis())
    .bind(change.account.as_str())
    .bind(change.old.stored_kind_of_old_contact())
    .bind(change.position)
    .execute(&mut **tx)
    .await?;
    require_one_changed_row(&result)
}

/// Refuses sign-ins to an account until its password is reset.
///
/// Deletes the second factors that were added since the contact change `change`.
async fn require_password_reset(
    tx: &mut Tx,
    change: &ContactChange,
    now: Timestamp,
) -> Result<(), StoreError> {
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

/// Reads a contact change from a database row.
fn contact_change_from_row(row: &AnyRow) -> Result<ContactChange, StoreError> {
    let (kind, value): (String, String) = (row.try_get("kind")?, row.try_get("old_value")?);
    Ok(ContactChange {
        id: ChangeId::from_stored(row.try_get("id")?),
        account: AccountId::from_stored(row.try_get("account_id")?),
        old: OldContact::parse_stored_contact(&kind, &value).ok_or(StoreError::Inconsistent {
            table: "contact_changes",
            column: "old_value",
        })?,
        position: row.try_get("position")?,
        made_at: Timestamp::from_millis(row.try_get("made_at")?),
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
    })
}
