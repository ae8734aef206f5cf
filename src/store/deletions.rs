//! Deletes accounts: stores the request and its withdrawal, and erases all personal data.
//!
//! One row of an erased account remains, with its random id and two times. Payments, ledger entries and audit events
//! refer to that id. They keep amounts, events and times, and lose all text that the user entered or sent. That includes
//! recipients: they are free text, and can contain a former name of the user, which is stored nowhere else.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Row as _};

use super::accounts::{self, Account};
use super::{
    ReadFrom, Store, StoreError, Tx, email_proofs, flows, runs_on_sqlite, skip_locked_clause,
};
use crate::security::token::AccountId;
use domain::Timestamp;

/// How long the erasure of an account is repeated.
///
/// It is longer than any request that read the account before its erasure can run.
const ERASURE_REPEAT_PERIOD: Duration = Duration::from_mins(15);

/// The kind of the notification about an erasure: the only notification that is sent after it.
const ERASURE_NOTIFICATION: &str = "account_erased";

/// Deletes the codes of the flows of an account, including those of its registration. `$1` is the account id.
const DELETE_CODES: &str = "DELETE FROM codes WHERE flow_id IN \
     (SELECT id FROM flows WHERE account_id = $1) OR flow_id IN \
     (SELECT flow_id FROM audit_events WHERE account_id = $1 AND flow_id <> '')";

/// Selects the ids of the flows of an account, including that of its registration. `$1` is the account id.
const SELECT_FLOW_IDS: &str = "SELECT id FROM flows WHERE account_id = $1 OR id IN \
     (SELECT flow_id FROM audit_events WHERE account_id = $1 AND flow_id <> '')";

/// Statements that delete or clear most personal data of an account. `$1` is the account id. All can be repeated.
///
/// They leave out flows, codes, e-mail proofs and the table `accounts`.
const ERASURE_STATEMENTS: &[&str] = &[
    "DELETE FROM sessions WHERE account_id = $1",
    "DELETE FROM authenticators WHERE account_id = $1",
    "DELETE FROM recovery_codes WHERE account_id = $1",
    "DELETE FROM password_resets WHERE account_id = $1",
    "DELETE FROM recoveries WHERE account_id = $1",
    "DELETE FROM contact_changes WHERE account_id = $1",
    "UPDATE payments SET source = '', recipient = '', description = '' WHERE account_id = $1 \
     AND (source <> '' OR recipient <> '' OR description <> '')",
    "UPDATE ledger_entries SET recipient = '', description = '' WHERE account_id = $1 \
     AND (recipient <> '' OR description <> '')",
    "UPDATE audit_events SET source = CASE source WHEN 'operator' THEN source ELSE '' END, detail = '', \
     device = '', request_id = '' WHERE account_id = $1 AND (source NOT IN ('', 'operator') OR detail <> '' \
     OR device <> '' OR request_id <> '')",
    // Events of the registration have no account id.
    "UPDATE audit_events SET source = '', detail = '', device = '', request_id = '' WHERE account_id = '' \
     AND flow_id <> '' AND (source <> '' OR detail <> '' OR device <> '' OR request_id <> '') AND flow_id IN \
     (SELECT flow_id FROM audit_events WHERE account_id = $1 AND flow_id <> '')",
];

/// Who requests or withdraws the deletion of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletionActor {
    /// The user. While an operator has disabled the account, its erasure waits, and the user cannot withdraw it.
    User,
    Operator,
}

/// Schedules the erasure of an account for the time `at`.
///
/// Returns `false` if an erasure is scheduled already, or if the account is erased.
pub async fn schedule_account_erasure(
    tx: &mut Tx,
    id: &AccountId,
    at: Timestamp,
    by: DeletionActor,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET delete_at = $1, deletion_by_operator = $2 WHERE id = $3 AND delete_at = 0 \
         AND erased_at = 0",
    )
    .bind(at.as_millis())
    .bind(i64::from(by == DeletionActor::Operator))
    .bind(id.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Postpones the scheduled erasure of an account to the time `at`.
///
/// Changes nothing if none is scheduled, if it is scheduled for a later time, or if the account is disabled.
pub async fn postpone_scheduled_erasure(
    tx: &mut Tx,
    id: &AccountId,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE accounts SET delete_at = $1 WHERE id = $2 AND delete_at > 0 AND delete_at < $1 \
         AND erased_at = 0 AND disabled = 0",
    )
    .bind(at.as_millis())
    .bind(id.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Disables an account and schedules its erasure for `now`, with or without an earlier deletion request.
pub async fn request_immediate_account_deletion(
    tx: &mut Tx,
    id: &AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE accounts SET delete_at = $1, deletion_by_operator = 1, disabled = 1 \
         WHERE id = $2 AND erased_at = 0",
    )
    .bind(now.as_millis())
    .bind(id.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Cancels the scheduled erasure of an account.
///
/// Returns `false` if none is scheduled, or if `by` is the user of a disabled account.
pub async fn cancel_scheduled_erasure(
    tx: &mut Tx,
    id: &AccountId,
    by: DeletionActor,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE accounts SET delete_at = 0, deletion_by_operator = 0 WHERE id = $1 AND delete_at > 0 \
         AND erased_at = 0 AND (disabled = 0 OR $2 = 1)",
    )
    .bind(id.as_str())
    .bind(i64::from(by == DeletionActor::Operator))
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Lists at most `max_count` accounts whose scheduled erasure is due.
///
/// Leaves out a disabled account whose user requested the deletion: its user cannot sign in to keep it.
pub async fn list_accounts_due_for_erasure(
    store: &Store,
    now: Timestamp,
    max_count: i64,
) -> Result<Vec<AccountId>, StoreError> {
    let query = sqlx::query(
        "SELECT id FROM accounts WHERE delete_at > 0 AND delete_at <= $1 \
         AND (disabled = 0 OR deletion_by_operator = 1) ORDER BY delete_at, id LIMIT $2",
    )
    .bind(now.as_millis())
    .bind(max_count);
    account_ids_from_rows(&query.fetch_all(&mut *store.acquire_reader().await?).await?)
}

/// Lists the IDs of recently erased accounts.
///
/// [`delete_personal_data_of_erased_account`] then deletes data that concurrent requests have added after the erasure.
pub async fn list_recently_erased_accounts(
    store: &Store,
    now: Timestamp,
) -> Result<Vec<AccountId>, StoreError> {
    let query = sqlx::query("SELECT id FROM accounts WHERE erased_at > 0 AND erased_at > $1")
        .bind((now - ERASURE_REPEAT_PERIOD).as_millis());
    account_ids_from_rows(&query.fetch_all(&mut *store.acquire_reader().await?).await?)
}

/// Reads account IDs from database rows.
fn account_ids_from_rows(rows: &[sqlx::any::AnyRow]) -> Result<Vec<AccountId>, StoreError> {
    rows.iter()
        .map(|row| Ok(AccountId::from_stored(row.try_get("id")?)))
        .collect()
}

/// The reason why an account was not erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureRefusal {
    /// The deletion was withdrawn, an operator has disabled the account, or another node has erased it.
    NotDue,
    /// A payment is unfinished. The erasure is tried again later.
    OpenPayment,
}

/// Erases the personal data of an account whose scheduled erasure is due.
///
/// Returns the account with its former data, for the last notification. The caller rolls the transaction back after an
/// error.
pub async fn erase_account(
    tx: &mut Tx,
    id: &AccountId,
    now: Timestamp,
) -> Result<Result<Account, ErasureRefusal>, StoreError> {
    let Some(account) = accounts::find_account(ReadFrom::Transaction(tx), id).await? else {
        return Ok(Err(ErasureRefusal::NotDue));
    };
    // Locks flows and the e-mail proof before the account (see `account_locks`). Those that a request adds meanwhile are
    // deleted in a later transaction.
    delete_flows_and_email_proof(tx, id).await?;
    // Updates unique columns. On PostgreSQL it therefore waits for transactions that insert rows for this account.
    if !clear_personal_data_of_account_row(tx, &account, now).await? {
        return Ok(Err(ErasureRefusal::NotDue));
    }
    if has_unfinished_payment(tx, id).await? {
        return Ok(Err(ErasureRefusal::OpenPayment));
    }
    delete_unsent_notifications_of_account(tx, &account).await?;
    delete_data_of_account_except_flows(tx, id).await?;
    Ok(Ok(account))
}

/// Deletes the verification flows, sessions and other personal data of an account after the erasure.
///
/// Runs repeatedly, because concurrent requests can add data.
pub async fn delete_personal_data_of_erased_account(
    tx: &mut Tx,
    id: &AccountId,
) -> Result<(), StoreError> {
    delete_flows_and_email_proof(tx, id).await?;
    delete_data_of_account_except_flows(tx, id).await
}

/// Deletes the flows of an account, their codes and the pending e-mail proof. Can be repeated.
async fn delete_flows_and_email_proof(tx: &mut Tx, id: &AccountId) -> Result<(), StoreError> {
    // Codes are locked before flows, as in the check of a code.
    sqlx::query(DELETE_CODES)
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    flows::lock_live_flows(tx, id).await?;
    // Skips a flow that was opened since and that another transaction has locked. Waiting for it could deadlock.
    let delete_flows = format!(
        "DELETE FROM flows WHERE id IN ({SELECT_FLOW_IDS}{})",
        skip_locked_clause(runs_on_sqlite(tx))
    );
    sqlx::query(AssertSqlSafe(delete_flows))
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    email_proofs::delete_email_proof(tx, id).await?;
    Ok(())
}

/// Deletes or clears the personal data of an account, except its flows, their codes and the e-mail proof.
async fn delete_data_of_account_except_flows(
    tx: &mut Tx,
    id: &AccountId,
) -> Result<(), StoreError> {
    for statement in ERASURE_STATEMENTS {
        sqlx::query(*statement)
            .bind(id.as_str())
            .execute(&mut **tx)
            .await?;
    }
    sqlx::query("DELETE FROM outbox WHERE account_id = $1 AND kind <> $2")
        .bind(id.as_str())
        .bind(ERASURE_NOTIFICATION)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Clears the personal data in the row of an account.
///
/// Returns `false` if the erasure is not due or waits because the account is disabled, or if the contacts have changed
/// since the account was read.
async fn clear_personal_data_of_account_row(
    tx: &mut Tx,
    account: &Account,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let phone = account.phone.as_ref().map_or("", |phone| phone.as_e164());
    // No username or e-mail address contains a space.
    let result = sqlx::query(
        "UPDATE accounts SET full_name = '', username = '', username_canonical = 'erased ' || id, \
         email = '', email_canonical = 'erased ' || id, password_hash = '', phone = '', \
         phone_verified_at = 0, email_verified_at = 0, mfa = 0, last_method = '', disabled = 1, language = '', \
         phone_changed_at = 0, device_epoch = device_epoch + 1, slow_hash = 0, delete_at = 0, \
         deletion_by_operator = 0, password_from_mail = 0, erased_at = $1 WHERE id = $2 AND delete_at > 0 AND delete_at <= $1 \
         AND (disabled = 0 OR deletion_by_operator = 1) AND erased_at = 0 AND email = $3 AND phone = $4",
    )
    .bind(now.as_millis())
    .bind(account.id.as_str())
    .bind(account.email.as_str())
    .bind(phone)
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Returns whether the account has a pending or processing payment.
async fn has_unfinished_payment(tx: &mut Tx, id: &AccountId) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM payments WHERE account_id = $1 AND status IN ('pending', 'processing') LIMIT 1",
    )
    .bind(id.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// Deletes the unsent notifications of an account, by account ID or by recipient.
async fn delete_unsent_notifications_of_account(
    tx: &mut Tx,
    account: &Account,
) -> Result<(), StoreError> {
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
