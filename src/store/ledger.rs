use sqlx::Row as _;

use super::{StoreError, Tx};
use crate::security::token::{AccountId, TransactionId};
use domain::{Amount, Description, PaymentId, Recipient, Timestamp};

/// A new entry of the payment ledger: the record of one executed payment.
#[derive(Clone, Copy, Debug)]
pub struct NewLedgerEntry<'a> {
    /// The id of the payment. Each payment has at most one ledger entry.
    pub payment: &'a PaymentId,
    pub account: &'a AccountId,
    pub recipient: &'a Recipient,
    pub amount: Amount,
    pub description: &'a Description,
    pub at: Timestamp,
}

/// Inserts the ledger entry of a payment. Returns `false` if the payment already has one.
pub async fn insert_ledger_entry(
    tx: &mut Tx,
    id: &TransactionId,
    new: &NewLedgerEntry<'_>,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO ledger_entries (payment_id, id, account_id, recipient, amount_minor, currency, \
         description, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (payment_id) DO NOTHING",
    )
    .bind(new.payment.as_str())
    .bind(id.as_str())
    .bind(new.account.as_str())
    .bind(new.recipient.as_str())
    .bind(new.amount.minor_units())
    .bind(new.amount.currency().code())
    .bind(new.description.as_str())
    .bind(new.at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Finds the ledger entry of a payment.
///
/// Returns `None` if account, recipient or amount of the entry differ from those of the payment.
pub async fn find_ledger_entry(
    tx: &mut Tx,
    new: &NewLedgerEntry<'_>,
) -> Result<Option<TransactionId>, StoreError> {
    let row = sqlx::query(
        "SELECT id FROM ledger_entries WHERE payment_id = $1 AND account_id = $2 \
         AND recipient = $3 AND amount_minor = $4 AND currency = $5",
    )
    .bind(new.payment.as_str())
    .bind(new.account.as_str())
    .bind(new.recipient.as_str())
    .bind(new.amount.minor_units())
    .bind(new.amount.currency().code())
    .fetch_optional(&mut **tx)
    .await?;
    let id = row.map(|row| row.try_get("id")).transpose()?;
    Ok(id.map(TransactionId::from_stored))
}
