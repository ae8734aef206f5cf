//! Rows of the table `recoveries`: open recoveries after a lost phone. Completing or cancelling a recovery deletes
//! its row.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::accounts::Account;
use super::{ReadFrom, StoreError, Tx, outbox};
use crate::security::token::{AccountId, Token, TokenHash};
use domain::{PhoneNumber, RecoveryId, Timestamp};

/// A lost-phone recovery: after a waiting time, the user may set up a new phone number.
///
/// The recovery may be expired, or invalid because the account has changed.
#[derive(Clone, Debug)]
pub struct Recovery {
    pub id: RecoveryId,
    pub account: AccountId,
    /// The e-mail address whose mailed link opened the recovery.
    pub email: String,
    /// The phone number that was lost.
    pub phone: PhoneNumber,
    pub device_epoch: i64,
    /// The hash of the token in the browser that may complete the recovery. `None` if an earlier version opened it.
    pub browser: Option<TokenHash>,
    pub opened_at: Timestamp,
    /// The time from which that browser can set up a new phone number with the password.
    pub due_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Recovery {
    /// Returns whether the account is unchanged since the recovery was opened.
    ///
    /// A change of password, phone number or e-mail address and a reset by an operator make the recovery invalid.
    pub fn is_valid_for(&self, account: &Account) -> bool {
        account.permits_lost_phone_recovery()
            && account.id == self.account
            && account.email == self.email
            && account.phone.as_ref() == Some(&self.phone)
            && account.device_epoch == self.device_epoch
    }

    /// Returns whether this lost-phone recovery is open: it is neither expired nor invalid after a change of `account`.
    pub fn is_recovery_open(&self, account: &Account, now: Timestamp) -> bool {
        now < self.expires_at && self.is_valid_for(account)
    }

    /// Returns whether this lost-phone recovery is open and its waiting time is over.
    ///
    /// The user may then set up a new phone number in the browser of the recovery.
    pub fn is_recovery_usable(&self, account: &Account, now: Timestamp) -> bool {
        self.due_at <= now && self.is_recovery_open(account, now)
    }

    /// Returns whether the browser that has sent this token may complete the recovery.
    ///
    /// The token proves that a mailed link was used in the browser. So the password alone completes no recovery.
    pub fn belongs_to_browser_with_token(&self, token: Option<&Token>) -> bool {
        let hash = token.map(Token::hash);
        hash.is_some() && hash == self.browser
    }
}

/// Inserts a lost-phone recovery. Returns `false` if the account has one already.
pub async fn insert_lost_phone_recovery(tx: &mut Tx, new: &Recovery) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO recoveries (account_id, id, email, phone, device_epoch, opened_at, due_at, expires_at, \
         browser_token_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
    )
    .bind(new.account.as_str())
    .bind(new.id.as_str())
    .bind(new.email.as_str())
    .bind(new.phone.as_e164())
    .bind(new.device_epoch)
    .bind(new.opened_at.as_millis())
    .bind(new.due_at.as_millis())
    .bind(new.expires_at.as_millis())
    .bind(new.browser.as_ref().map_or("", TokenHash::as_str))
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Replaces the browser that may complete a lost-phone recovery. `browser` is the hash of the new browser's token.
///
/// Returns `false` if another request has deleted the recovery.
pub async fn replace_browser_of_lost_phone_recovery(
    tx: &mut Tx,
    recovery: &Recovery,
    browser: &TokenHash,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE recoveries SET browser_token_hash = $1 WHERE account_id = $2 AND id = $3",
    )
    .bind(browser.as_str())
    .bind(recovery.account.as_str())
    .bind(recovery.id.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Finds the lost-phone recovery of an account. The caller checks expiry and validity of the recovery.
pub async fn find_lost_phone_recovery(
    database: ReadFrom<'_>,
    account: &AccountId,
) -> Result<Option<Recovery>, StoreError> {
    let query = sqlx::query(
        "SELECT account_id, id, email, phone, device_epoch, opened_at, due_at, expires_at, \
         browser_token_hash FROM recoveries WHERE account_id = $1",
    )
    .bind(account.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(lost_phone_recovery_from_row).transpose()
}

/// Deletes a lost-phone recovery and its reminders. Returns `false` if another request has deleted it.
pub async fn delete_lost_phone_recovery(
    tx: &mut Tx,
    recovery: &Recovery,
) -> Result<bool, StoreError> {
    let result = sqlx::query("DELETE FROM recoveries WHERE account_id = $1 AND id = $2")
        .bind(recovery.account.as_str())
        .bind(recovery.id.as_str())
        .execute(&mut **tx)
        .await?;
    outbox::delete_unsent_notifications_of_kinds(tx, &recovery.account, &["recovery_reminder"])
        .await?;
    Ok(result.rows_affected() == 1)
}

/// Reads a lost-phone recovery from a database row.
fn lost_phone_recovery_from_row(row: &AnyRow) -> Result<Recovery, StoreError> {
    let phone: String = row.try_get("phone")?;
    let browser: String = row.try_get("browser_token_hash")?;
    Ok(Recovery {
        id: RecoveryId::from_stored(row.try_get("id")?),
        account: AccountId::from_stored(row.try_get("account_id")?),
        email: row.try_get("email")?,
        phone: PhoneNumber::from_e164(&phone).ok_or(StoreError::Inconsistent {
            table: "recoveries",
            column: "phone",
        })?,
        device_epoch: row.try_get("device_epoch")?,
        browser: Some(browser)
            .filter(|hash| !hash.is_empty())
            .map(TokenHash::from_stored),
        opened_at: Timestamp::from_millis(row.try_get("opened_at")?),
        due_at: Timestamp::from_millis(row.try_get("due_at")?),
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
    })
}
