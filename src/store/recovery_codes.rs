use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{ReadFrom, Store, StoreError, Tx, require_one_changed_row};
use crate::security::recovery_code::{CODES, CodeHash};
use crate::security::token::AccountId;
use domain::Timestamp;

const COUNT_UNUSED_CODES_SQL: &str =
    "SELECT COUNT(*) AS n FROM recovery_codes WHERE account_id = $1 AND spent_at = 0";

/// The creation time of an account's current recovery codes, and the number of unused codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryCodeSet {
    pub made_at: Timestamp,
    /// The number of unused codes.
    pub unused: u32,
}

/// Replaces the recovery codes of an account; the earlier codes become invalid.
///
/// `replacing` is the creation time of the earlier codes, or `None` if the account has none. Fails with
/// [`StoreError::Raced`] if another request has replaced the codes, for example because a form was sent twice.
pub async fn replace_recovery_codes(
    tx: &mut Tx,
    account: &AccountId,
    replacing: Option<Timestamp>,
    set: &[CodeHash; CODES],
    now: Timestamp,
) -> Result<(), StoreError> {
    // A concurrent request waits for the lock of the first row, then finds it changed and fails.
    for (slot, hash) in (0_i64..).zip(set) {
        let result = sqlx::query(
            "INSERT INTO recovery_codes (account_id, slot, code_hash, made_at, spent_at) \
             VALUES ($1, $2, $3, $4, 0) ON CONFLICT (account_id, slot) DO UPDATE SET \
             code_hash = excluded.code_hash, made_at = excluded.made_at, spent_at = 0 \
             WHERE recovery_codes.made_at = $5",
        )
        .bind(account.as_str())
        .bind(slot)
        .bind(hash.as_str())
        .bind(now.as_millis())
        .bind(replacing.map_or(0, Timestamp::as_millis))
        .execute(&mut **tx)
        .await?;
        require_one_changed_row(&result)?;
    }
    Ok(())
}

/// Marks a recovery code as used.
///
/// Returns `false` if the code is unknown or was used before. Of two concurrent requests with the same code, only one
/// gets `true`.
pub async fn mark_recovery_code_used(
    tx: &mut Tx,
    account: &AccountId,
    code: &CodeHash,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE recovery_codes SET spent_at = $1 \
         WHERE account_id = $2 AND code_hash = $3 AND spent_at = 0",
    )
    .bind(now.as_millis())
    .bind(account.as_str())
    .bind(code.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Returns when the recovery codes of an account were created and how many are unused.
///
/// Returns `None` if the account has no codes.
pub async fn find_recovery_code_set(
    store: &Store,
    account: &AccountId,
) -> Result<Option<RecoveryCodeSet>, StoreError> {
    let row = sqlx::query(
        "SELECT made_at, COUNT(CASE WHEN spent_at = 0 THEN 1 END) AS n FROM recovery_codes \
         WHERE account_id = $1 GROUP BY made_at",
    )
    .bind(account.as_str())
    .fetch_optional(&mut *store.acquire_reader().await?)
    .await?;
    row.map(|row| {
        Ok(RecoveryCodeSet {
            made_at: Timestamp::from_millis(row.try_get("made_at")?),
            unused: recovery_code_count_from_row(&row)?,
        })
    })
    .transpose()
}

/// Returns whether each of `codes` is an unused recovery code of the account.
pub async fn are_recovery_codes_unused(
    store: &Store,
    account: &AccountId,
    codes: &[CodeHash],
) -> Result<bool, StoreError> {
    for code in codes {
        let found = sqlx::query(
            "SELECT 1 FROM recovery_codes \
             WHERE account_id = $1 AND code_hash = $2 AND spent_at = 0",
        )
        .bind(account.as_str())
        .bind(code.as_str())
        .fetch_optional(&mut *store.acquire_reader().await?)
        .await?;
        if found.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns the number of unused recovery codes of an account.
pub async fn count_unused_recovery_codes(
    database: ReadFrom<'_>,
    account: &AccountId,
) -> Result<u32, StoreError> {
    let query = sqlx::query(COUNT_UNUSED_CODES_SQL).bind(account.as_str());
    recovery_code_count_from_row(&database.fetch_one(query).await?)
}

/// Deletes all recovery codes of an account.
pub async fn delete_recovery_codes(tx: &mut Tx, account: &AccountId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM recovery_codes WHERE account_id = $1")
        .bind(account.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Reads a number of recovery codes from a database row.
fn recovery_code_count_from_row(row: &AnyRow) -> Result<u32, StoreError> {
    let count: i64 = row.try_get("n")?;
    u32::try_from(count).map_err(|_| StoreError::Inconsistent {
        table: "recovery_codes",
        column: "slot",
    })
}
