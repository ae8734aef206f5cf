//! The deletion of accounts: the request, its withdrawal, and the erasure of all personal data.
//!
//! Of an erased account one row stays, with its random id and two times. Payments, ledger entries and audit events
//! refer to that id; they keep amounts, events and times, and lose everything that was typed or sent by the person.

use std::time::Duration;

use sqlx::Row as _;

use super::accounts::{self, Account};
use super::{ReadFrom, Store, StoreError, Tx};
use crate::security::token::AccountId;
use domain::Timestamp;

/// How long erased accounts are erased again: longer than any request runs that has read the account before.
const REPEATED_FOR: Duration = Duration::from_mins(15);

/// The kind of the notification about an erasure. It is the only one that is sent afterwards.
const LAST_NOTIFICATION: &str = "account_erased";

/// Deletes the flows of an account and their codes. `$1` is the id of the account. Each statement can be repeated.
const FLOW_STATEMENTS: &[&str] = &[
    "DELETE FROM codes WHERE flow_id IN (SELECT id FROM flows WHERE account_id = $1) OR flow_id IN \
     (SELECT flow_id FROM audit_events WHERE account_id = $1 AND flow_id <> '')",
    "DELETE FROM flows WHERE account_id = $1 OR id IN \
     (SELECT flow_id FROM audit_events WHERE account_id = $1 AND flow_id <> '')",
];

/// Deletes or clears the other personal data of an account outside the table `accounts`. `$1` is the id of the account. Each
/// statement can be repeated.
const STATEMENTS: &[&str] = &[
    "DELETE FROM sessions WHERE account_id = $1",
    "DELETE FROM authenticators WHERE account_id = $1",
    "DELETE FROM recovery_codes WHERE account_id = $1",
    "DELETE FROM password_resets WHERE account_id = $1",
    "DELETE FROM email_proofs WHERE account_id = $1",
    "DELETE FROM recoveries WHERE account_id = $1",
    "DELETE FROM contact_changes WHERE account_id = $1",
    "UPDATE payments SET source = '', recipient = '', description = '' WHERE account_id = $1 \
     AND (source <> '' OR recipient <> '' OR description <> '')",
    "UPDATE ledger_entries SET description = '' WHERE account_id = $1 AND description <> ''",
    "UPDATE audit_events SET source = CASE source WHEN 'operator' THEN source ELSE '' END, detail = '', \
     device = '' WHERE account_id = $1 AND (source NOT IN ('', 'operator') OR detail <> '' OR device <> '')",
    // A registration has no account yet.
    "UPDATE audit_events SET source = '', detail = '', device = '' WHERE account_id = '' AND flow_id <> '' \
     AND (source <> '' OR detail <> '' OR device <> '') AND flow_id IN \
     (SELECT flow_id FROM audit_events WHERE account_id = $1 AND flow_id <> '')",
];

/// Sets the time of the erasure. `false` if a deletion was requested before, or the account is erased.
pub async fn request(tx: &mut Tx, id: &AccountId, at: Timestamp) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET delete_at = $1 WHERE id = $2 AND delete_at = 0 AND erased_at = 0",
    )
    .bind(at.as_millis())
    .bind(id.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Brings the erasure forward, and disables sign-in until then. Whether a deletion was requested makes no difference.
pub async fn request_now(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE accounts SET delete_at = $1, disabled = 1 WHERE id = $2 AND erased_at = 0")
        .bind(now.as_millis())
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Withdraws a requested deletion. `false` if none is requested any more.
pub async fn withdraw(tx: &mut Tx, id: &AccountId) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET delete_at = 0 WHERE id = $1 AND delete_at > 0 AND erased_at = 0 \
         AND disabled = 0",
    )
    .bind(id.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// The accounts whose erasure is due, at most `most`.
pub async fn due(store: &Store, now: Timestamp, most: i64) -> Result<Vec<AccountId>, StoreError> {
    let query = sqlx::query(
        "SELECT id FROM accounts WHERE delete_at > 0 AND delete_at <= $1 ORDER BY delete_at, id LIMIT $2",
    )
    .bind(now.as_millis())
    .bind(most);
    ids(&query.fetch_all(store.reader()).await?)
}

/// The accounts that were erased lately, for [`erase_again`].
pub async fn recently_erased(store: &Store, now: Timestamp) -> Result<Vec<AccountId>, StoreError> {
    let query = sqlx::query("SELECT id FROM accounts WHERE erased_at > 0 AND erased_at > $1")
        .bind((now - REPEATED_FOR).as_millis());
    ids(&query.fetch_all(store.reader()).await?)
}

fn ids(rows: &[sqlx::any::AnyRow]) -> Result<Vec<AccountId>, StoreError> {
    rows.iter()
        .map(|row| Ok(AccountId::from_stored(row.try_get("id")?)))
        .collect()
}

/// Why an account was not erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotErased {
    /// The deletion was withdrawn, or another node has erased the account.
    NotDue,
    /// A payment is not finished. The erasure is tried again later.
    OpenPayment,
}

/// Erases an account whose erasure is due. Returns the account as it was, for the last notification. The caller rolls
/// the transaction back on any error.
///
/// The change of the account changes unique columns. On PostgreSQL it therefore waits for every transaction that adds a row
/// with a foreign key to the account, and later ones wait for this transaction.
pub async fn erase(
    tx: &mut Tx,
    id: &AccountId,
    now: Timestamp,
) -> Result<Result<Account, NotErased>, StoreError> {
    let Some(account) = accounts::find(ReadFrom::Transaction(tx), id).await? else {
        return Ok(Err(NotErased::NotDue));
    };
    // Before the account, as in the transactions of a sign-in, so that the two do not wait for each other.
    execute_all(tx, FLOW_STATEMENTS, id).await?;
    if !clear_account(tx, &account, now).await? {
        return Ok(Err(NotErased::NotDue));
    }
    if has_open_payment(tx, id).await? {
        return Ok(Err(NotErased::OpenPayment));
    }
    clear_ledger_recipients(tx, &account).await?;
    delete_notifications(tx, &account).await?;
    erase_again(tx, id).await?;
    Ok(Ok(account))
}

/// Clears what a request has added that began before the erasure and ended after it.
pub async fn erase_again(tx: &mut Tx, id: &AccountId) -> Result<(), StoreError> {
    execute_all(tx, FLOW_STATEMENTS, id).await?;
    execute_all(tx, STATEMENTS, id).await?;
    sqlx::query("DELETE FROM outbox WHERE account_id = $1 AND kind <> $2")
        .bind(id.as_str())
        .bind(LAST_NOTIFICATION)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn execute_all(
    tx: &mut Tx,
    statements: &[&'static str],
    id: &AccountId,
) -> Result<(), StoreError> {
    for statement in statements {
        sqlx::query(*statement)
            .bind(id.as_str())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Clears the row of the account. `false` if the erasure is not due, or the addresses have changed since it was read.
async fn clear_account(tx: &mut Tx, account: &Account, now: Timestamp) -> Result<bool, StoreError> {
    let phone = account.phone.as_ref().map_or("", |phone| phone.as_e164());
    // No username or e-mail address contains a space.
    let result = sqlx::query(
        "UPDATE accounts SET full_name = '', username = '', username_canonical = 'erased ' || id, \
         email = '', email_canonical = 'erased ' || id, password_hash = '', phone = '', \
         phone_verified_at = 0, email_verified_at = 0, mfa = 0, last_method = '', disabled = 1, language = '', \
         phone_changed_at = 0, device_epoch = device_epoch + 1, slow_hash = 0, delete_at = 0, \
         erased_at = $1 WHERE id = $2 AND delete_at > 0 AND delete_at <= $1 AND erased_at = 0 \
         AND email = $3 AND phone = $4",
    )
    .bind(now.as_millis())
    .bind(account.id.as_str())
    .bind(account.email.as_str())
    .bind(phone)
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

async fn has_open_payment(tx: &mut Tx, id: &AccountId) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM payments WHERE account_id = $1 AND status IN ('pending', 'processing') LIMIT 1",
    )
    .bind(id.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// The ledger keeps who was paid, for the books, except where the recipient names the account's owner.
async fn clear_ledger_recipients(tx: &mut Tx, account: &Account) -> Result<(), StoreError> {
    let rows = sqlx::query("SELECT DISTINCT recipient FROM ledger_entries WHERE account_id = $1")
        .bind(account.id.as_str())
        .fetch_all(&mut **tx)
        .await?;
    for row in rows {
        let recipient: String = row.try_get("recipient")?;
        if names_owner(&recipient, account) {
            sqlx::query(
                "UPDATE ledger_entries SET recipient = '' WHERE account_id = $1 AND recipient = $2",
            )
            .bind(account.id.as_str())
            .bind(recipient)
            .execute(&mut **tx)
            .await?;
        }
    }
    Ok(())
}

/// Whether a text contains name, username, e-mail address or number of the account. Case makes no difference.
fn names_owner(text: &str, account: &Account) -> bool {
    let text = text.to_lowercase();
    let phone = account.phone.as_ref().map_or("", |phone| phone.as_e164());
    [
        account.full_name.as_str(),
        account.username.as_str(),
        account.email.as_str(),
        phone,
    ]
    .iter()
    .any(|personal| !personal.is_empty() && text.contains(&personal.to_lowercase()))
}

/// Deletes notifications of the account that wait. Rows of earlier versions name no account, only the recipient.
async fn delete_notifications(tx: &mut Tx, account: &Account) -> Result<(), StoreError> {
    let phone = account.phone.as_ref().map_or("", |phone| phone.as_e164());
    sqlx::query(
        "DELETE FROM outbox WHERE account_id = $1 OR (account_id = '' AND recipient <> '' \
         AND recipient IN ($2, $3))",
    )
    .bind(account.id.as_str())
    .bind(account.email.as_str())
    .bind(phone)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
