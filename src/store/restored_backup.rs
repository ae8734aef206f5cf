//! Statements about all accounts that end what a restored backup makes valid again.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{StoreError, Tx, runs_on_sqlite};
use crate::security::token::AccountId;
use crate::security::totp::TimeStep;
use domain::{Notification, Timestamp};

/// The notifications from which the dispatcher makes a mail with a new code or link.
const NOTIFICATIONS_WITH_CODE_OR_LINK: [Notification; 4] = [
    Notification::EmailChangeRequested,
    Notification::EmailProof,
    Notification::PasswordResetRequested,
    Notification::RecoveryRequested,
];

/// Removes the time limit of the statements of a transaction, because statements about all accounts can exceed it.
pub async fn remove_statement_time_limit(tx: &mut Tx) -> Result<(), StoreError> {
    // SQLite has no such limit.
    if !runs_on_sqlite(tx) {
        sqlx::query("SET LOCAL statement_timeout = 0")
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Deletes the sessions of all accounts, of browsers and of API clients. Returns their number.
pub async fn delete_all_sessions(tx: &mut Tx) -> Result<u64, StoreError> {
    let result = sqlx::query("DELETE FROM sessions")
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected())
}

/// Deletes the pending verifications of e-mail addresses of all accounts. Returns their number.
pub async fn delete_all_email_proofs(tx: &mut Tx) -> Result<u64, StoreError> {
    let result = sqlx::query("DELETE FROM email_proofs")
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected())
}

/// Deletes the mailed links of all accounts, except those that undo a change. Returns their number.
pub async fn delete_all_mailed_links_except_undo_links(tx: &mut Tx) -> Result<u64, StoreError> {
    let result = sqlx::query("DELETE FROM password_resets WHERE kind <> 'undo'")
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected())
}

/// Deletes the unsent notifications that would contain a new code or link. Returns their number.
pub async fn delete_unsent_mails_with_code_or_link(tx: &mut Tx) -> Result<u64, StoreError> {
    let mut deleted = 0;
    for notification in NOTIFICATIONS_WITH_CODE_OR_LINK {
        let result = sqlx::query("DELETE FROM outbox WHERE done_at = 0 AND kind = $1")
            .bind(notification.name())
            .execute(&mut **tx)
            .await?;
        deleted += result.rows_affected();
    }
    Ok(deleted)
}

/// Marks a TOTP time step and all earlier ones as used for the confirmed authenticator apps of all accounts.
///
/// Returns the number of changed authenticator apps.
pub async fn mark_totp_time_step_used_for_all_accounts(
    tx: &mut Tx,
    step: TimeStep,
) -> Result<u64, StoreError> {
    let result = sqlx::query(
        "UPDATE authenticators SET last_step = $1 WHERE secret <> '' AND last_step < $1",
    )
    .bind(step.step_number())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected())
}

/// Marks the unused recovery codes of all accounts as used. Returns their number.
pub async fn mark_all_recovery_codes_used(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    let result = sqlx::query("UPDATE recovery_codes SET spent_at = $1 WHERE spent_at = 0")
        .bind(now.as_millis())
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected())
}

/// Lists the accounts with a lost-phone recovery that has not expired.
pub async fn list_accounts_with_recovery(
    tx: &mut Tx,
    now: Timestamp,
) -> Result<Vec<AccountId>, StoreError> {
    let rows = sqlx::query(
        "SELECT account_id AS id FROM recoveries WHERE expires_at > $1 ORDER BY account_id",
    )
    .bind(now.as_millis())
    .fetch_all(&mut **tx)
    .await?;
    account_ids_from_rows(&rows)
}

/// Lists the accounts with a scheduled erasure that a sign-in can withdraw. The time of the erasure may be over.
pub async fn list_accounts_with_withdrawable_deletion(
    tx: &mut Tx,
) -> Result<Vec<AccountId>, StoreError> {
    let rows = sqlx::query(
        "SELECT id FROM accounts WHERE delete_at > 0 AND erased_at = 0 AND disabled = 0 ORDER BY id",
    )
    .fetch_all(&mut **tx)
    .await?;
    account_ids_from_rows(&rows)
}

/// Lists the usernames of the accounts with unused recovery codes.
pub async fn list_usernames_with_unused_recovery_codes(
    tx: &mut Tx,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "SELECT username FROM accounts WHERE erased_at = 0 AND EXISTS (SELECT 1 FROM recovery_codes \
         WHERE account_id = accounts.id AND spent_at = 0) ORDER BY username_canonical",
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.iter()
        .map(|row| Ok(row.try_get::<String, _>("username")?))
        .collect()
}

/// Counts the confirmed payments without a result. A starting server continues them.
pub async fn count_processing_payments(tx: &mut Tx) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM payments WHERE status = 'processing'")
        .fetch_one(&mut **tx)
        .await?;
    Ok(row.try_get("n")?)
}

/// Reads account IDs from database rows.
fn account_ids_from_rows(rows: &[AnyRow]) -> Result<Vec<AccountId>, StoreError> {
    rows.iter()
        .map(|row| Ok(AccountId::from_stored(row.try_get("id")?)))
        .collect()
}
