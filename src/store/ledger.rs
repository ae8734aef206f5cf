use sqlx::Row as _;

use super::{StoreError, Tx};
use crate::security::token::{AccountId, TransactionId};
use domain::{Amount, Description, PaymentId, Recipient, Timestamp};

/// An entry about to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry<'a> {
    /// The payment: there is one entry of it at most.
    pub payment: &'a PaymentId,
    pub account: &'a AccountId,
    pub recipient: &'a Recipient,
    pub amount: Amount,
    pub description: &'a Description,
    pub at: Timestamp,
}

/// Makes an entry, if there is none of this payment; `false` when there is one.
pub async fn enter(
    tx: &mut Tx,
    id: &TransactionId,
    new: &NewEntry<'_>,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO ledger_entries (payment_id, id, account_id, recipient, amount_minor, currency, \
         description, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (payment_id) DO NOTHING",
    )
    .bind(new.payment.as_str())
    .bind(id.as_str())
    .bind(new.account.as_str())
    .bind(new.recipient.as_str())
    .bind(new.amount.minor())
    .bind(new.amount.currency().code())
    .bind(new.description.as_str())
    .bind(new.at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// The entry of this payment; `None` when what was entered for it was something else.
pub async fn entered(tx: &mut Tx, new: &NewEntry<'_>) -> Result<Option<TransactionId>, StoreError> {
    let row = sqlx::query(
        "SELECT id FROM ledger_entries WHERE payment_id = $1 AND account_id = $2 \
         AND recipient = $3 AND amount_minor = $4 AND currency = $5",
    )
    .bind(new.payment.as_str())
    .bind(new.account.as_str())
    .bind(new.recipient.as_str())
    .bind(new.amount.minor())
    .bind(new.amount.currency().code())
    .fetch_optional(&mut **tx)
    .await?;
    let id = row.map(|row| row.try_get("id")).transpose()?;
    Ok(id.map(TransactionId::from_stored))
}
