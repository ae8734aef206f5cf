//! Queries that only the export of an account's data needs. Other tables are read by their own modules.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::payment_rows::{Payment, payment_from_row};
use super::{ReadFrom, StoreError};
use crate::security::token::AccountId;
use domain::Timestamp;

/// The times at which an account proved its e-mail address and its phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofTimes {
    /// `None` if the address is unverified, or was verified before times were stored.
    pub email: Option<Timestamp>,
    pub phone: Option<Timestamp>,
}

/// A replaced phone number or e-mail address of an account. It is stored while the change can be undone.
#[derive(Clone, Debug)]
pub struct FormerContact {
    /// `phone` or `email`.
    pub kind: String,
    pub value: String,
    pub changed_at: Timestamp,
    pub undo_until: Timestamp,
}

/// A payment with the times of its confirmation and its execution, for the data export of an account.
#[derive(Clone, Debug)]
pub struct PaymentRecord {
    pub payment: Payment,
    pub confirmed_at: Option<Timestamp>,
    /// The time of the ledger entry of the payment.
    pub executed_at: Option<Timestamp>,
}

/// Returns when the account proved its e-mail address and phone number; `None` if the account is erased.
///
/// A number that an operator has set counts as verified in the table `accounts`, so that only a code to it permits
/// another number. It is not verified until the set-up of the second factor, which updates the time.
pub async fn find_contact_proof_times(
    database: ReadFrom<'_>,
    account: &AccountId,
) -> Result<Option<ProofTimes>, StoreError> {
    let query = sqlx::query(
        "SELECT email_verified_at, CASE WHEN EXISTS (SELECT 1 FROM audit_events \
         WHERE audit_events.account_id = accounts.id AND audit_events.event = 'phone_changed' \
         AND audit_events.source = 'operator' AND audit_events.at = accounts.phone_verified_at) \
         THEN 0 ELSE phone_verified_at END AS phone_verified_at \
         FROM accounts WHERE id = $1 AND erased_at = 0",
    )
    .bind(account.as_str());
    let row = database.fetch_optional(query).await?;
    row.map(|row| {
        Ok(ProofTimes {
            // The migration that added this column has set 1 for the existing addresses.
            email: read_optional_time(&row, "email_verified_at")?.filter(|at| at.as_millis() > 1),
            phone: read_optional_time(&row, "phone_verified_at")?,
        })
    })
    .transpose()
}

/// Lists the replaced phone numbers and e-mail addresses of an account, oldest first.
pub async fn list_former_contacts_of_account(
    database: ReadFrom<'_>,
    account: &AccountId,
) -> Result<Vec<FormerContact>, StoreError> {
    let query = sqlx::query(
        "SELECT kind, old_value, made_at, expires_at FROM contact_changes WHERE account_id = $1 \
         ORDER BY made_at, kind, position",
    )
    .bind(account.as_str());
    let rows = database.fetch_all(query).await?;
    let contact = |row: &AnyRow| {
        Ok(FormerContact {
            kind: row.try_get("kind")?,
            value: row.try_get("old_value")?,
            changed_at: Timestamp::from_millis(row.try_get("made_at")?),
            undo_until: Timestamp::from_millis(row.try_get("expires_at")?),
        })
    };
    rows.iter().map(contact).collect()
}

/// Lists at most `max_count` payments of an account that follow the payment `after`, oldest first.
pub async fn list_payments_after(
    database: ReadFrom<'_>,
    account: &AccountId,
    after: Option<&Payment>,
    max_count: i64,
) -> Result<Vec<PaymentRecord>, StoreError> {
    let query = sqlx::query(
        "SELECT id, account_id, flow_id, source, recipient, amount_minor, currency, description, \
         status, reason, transaction_id, created_at, expires_at, confirmed_at, \
         COALESCE((SELECT at FROM ledger_entries WHERE payment_id = payments.id), 0) AS executed_at \
         FROM payments WHERE account_id = $1 AND recipient <> '' \
         AND (created_at > $2 OR (created_at = $2 AND id > $3)) ORDER BY created_at, id LIMIT $4",
    )
    .bind(account.as_str())
    .bind(after.map_or(0, |payment| payment.created_at.as_millis()))
    .bind(after.map_or("", |payment| payment.id.as_str()))
    .bind(max_count);
    let rows = database.fetch_all(query).await?;
    let record = |row: &AnyRow| {
        Ok(PaymentRecord {
            payment: payment_from_row(row)?,
            confirmed_at: read_optional_time(row, "confirmed_at")?,
            executed_at: read_optional_time(row, "executed_at")?,
        })
    };
    rows.iter().map(record).collect()
}

/// Reads a timestamp column. Returns `None` for 0, which stands for a missing time.
fn read_optional_time(row: &AnyRow, column: &str) -> Result<Option<Timestamp>, StoreError> {
    let millis: i64 = row.try_get(column)?;
    Ok((millis > 0).then(|| Timestamp::from_millis(millis)))
}
