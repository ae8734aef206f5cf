//! Rows of the table `recoveries`: recoveries after a lost phone that are open. A row is deleted when its recovery is
//! completed or cancelled.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::accounts::Account;
use super::{ReadFrom, StoreError, Tx, outbox};
use crate::security::token::AccountId;
use domain::{PhoneNumber, RecoveryId, Timestamp};

/// An open recovery. It can be expired, or void because the account has changed.
#[derive(Clone, Debug)]
pub struct Recovery {
    pub id: RecoveryId,
    pub account: AccountId,
    /// The address that opened it.
    pub email: String,
    /// The lost number.
    pub phone: PhoneNumber,
    pub device_epoch: i64,
    pub opened_at: Timestamp,
    /// From here on the password is enough to set up a number.
    pub due_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Recovery {
    /// Whether the account is as it was when the recovery was opened. Every change of password, number, address or
    /// second factor by user or operator makes the recovery void, also if that change did not cancel it.
    pub fn still_holds(&self, account: &Account) -> bool {
        account.mfa
            && account.may_sign_in()
            && account.id == self.account
            && account.email == self.email
            && account.phone.as_ref() == Some(&self.phone)
            && account.device_epoch == self.device_epoch
    }

    /// Whether the recovery is pending or due: not expired, and not void.
    pub fn is_open(&self, account: &Account, now: Timestamp) -> bool {
        now < self.expires_at && self.still_holds(account)
    }

    /// Whether the waiting time is over, and a number can be set up.
    pub fn is_due(&self, account: &Account, now: Timestamp) -> bool {
        self.due_at <= now && self.is_open(account, now)
    }
}

/// Opens a recovery. `false` if the account has one.
pub async fn insert(tx: &mut Tx, new: &Recovery) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO recoveries (account_id, id, email, phone, device_epoch, opened_at, due_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(new.account.as_str())
    .bind(new.id.as_str())
    .bind(new.email.as_str())
    .bind(new.phone.as_e164())
    .bind(new.device_epoch)
    .bind(new.opened_at.as_millis())
    .bind(new.due_at.as_millis())
    .bind(new.expires_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// The recovery of an account. The caller checks its time and whether it still holds.
pub async fn find(
    database: ReadFrom<'_>,
    account: &AccountId,
) -> Result<Option<Recovery>, StoreError> {
    let query = sqlx::query(
        "SELECT account_id, id, email, phone, device_epoch, opened_at, due_at, expires_at \
         FROM recoveries WHERE account_id = $1",
    )
    .bind(account.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(recovery).transpose()
}

/// Ends a recovery and its reminders. `false` if another request was first.
pub async fn delete(tx: &mut Tx, recovery: &Recovery) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM recoveries WHERE account_id = $1 AND id = $2")
        .bind(recovery.account.as_str())
        .bind(recovery.id.as_str())
        .execute(&mut **tx)
        .await?;
    outbox::delete_waiting(tx, &recovery.account, &["recovery_reminder"]).await?;
    Ok(result.rows_affected() == 1)
}

fn recovery(row: &AnyRow) -> Result<Recovery, StoreError> {
    let phone: String = row.try_get("phone")?;
    Ok(Recovery {
        id: RecoveryId::from_stored(row.try_get("id")?),
        account: AccountId::from_stored(row.try_get("account_id")?),
        email: row.try_get("email")?,
        phone: PhoneNumber::from_e164(&phone).ok_or(StoreError::Inconsistent {
            table: "recoveries",
            column: "phone",
        })?,
        device_epoch: row.try_get("device_epoch")?,
        opened_at: Timestamp::from_millis(row.try_get("opened_at")?),
        due_at: Timestamp::from_millis(row.try_get("due_at")?),
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
    })
}
