use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::audit::{self, AuditEntry, AuditOrigin, Event};
pub use super::payment_rows::{Payment, PaymentState};
use super::payment_rows::{payment_from_row, payment_id_from_row};
use super::sessions::Session;
use super::{PageCursor, ReadFrom, Store, StoreError, Tx};
use crate::security::rate_limit::Events;
use crate::security::token::{AccountId, FlowId, SessionId, TransactionId};
use domain::{
    Amount, Description, PaymentFailure, PaymentId, PaymentStatus, Purpose, Recipient, Timestamp,
};

/// Number and sum of an account's payments without a code since the second factor was last used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PaymentsWithoutCode {
    pub count: i64,
    /// The sum in minor units of the currency of the threshold. Payments in other currencies always need a code.
    pub sum_minor: i64,
}

/// A new payment to be stored.
#[derive(Clone, Debug)]
pub struct NewPayment<'a> {
    pub id: &'a PaymentId,
    pub account: &'a AccountId,
    pub session: &'a SessionId,
    pub source: &'a str,
    /// The key of the request. A repetition of the request has the same key.
    pub request_key: &'a str,
    /// The flow that confirms the payment with a code. A payment without a flow is processed at once.
    pub flow: Option<&'a FlowId>,
    pub recipient: &'a Recipient,
    pub amount: Amount,
    pub description: &'a Description,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Inserts a payment. Returns `false` if an earlier request with the same idempotency key has inserted one.
pub async fn insert_payment(tx: &mut Tx, new: &NewPayment<'_>) -> Result<bool, StoreError> {
    let (status, confirmed_at) = match new.flow {
        Some(_) => (PaymentStatus::Pending, 0),
        None => (PaymentStatus::Processing, new.created_at.as_millis()),
    };
    let result = sqlx::query(
        "INSERT INTO payments (id, account_id, session_id, source, request_key, flow_id, recipient, \
         amount_minor, currency, description, status, reason, transaction_id, created_at, \
         expires_at, confirmed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', $12, $13, $14) \
         ON CONFLICT (account_id, request_key) DO NOTHING",
    )
    .bind(new.id.as_str())
    .bind(new.account.as_str())
    .bind(new.session.as_str())
    .bind(new.source)
    .bind(new.request_key)
    .bind(new.flow.map_or("", FlowId::as_str))
    .bind(new.recipient.as_str())
    .bind(new.amount.minor_units())
    .bind(new.amount.currency().code())
    .bind(new.description.as_str())
    .bind(status.as_str())
    .bind(new.created_at.as_millis())
    .bind(new.expires_at.as_millis())
    .bind(confirmed_at)
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Returns number and sum of an account's payments without a code since `session` last used the second factor.
///
/// A use of the second factor is the step-up, or the last payment that the session confirmed with a code. Includes
/// payments of all sessions, except failed ones. Ignores uses of the second factor in the future, which were stored
/// while the clock was ahead. The caller's transaction holds the lock of the account's payment limit.
pub async fn sum_payments_without_code(
    tx: &mut Tx,
    account: &AccountId,
    session: &Session,
    now: Timestamp,
) -> Result<PaymentsWithoutCode, StoreError> {
    let factor_at = session.step_up_time(now).map_or(0, Timestamp::as_millis);
    let latest = now + Events::CLOCK_DIFFERENCE;
    let row = sqlx::query(
        "SELECT COUNT(*) AS payments, CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) AS total \
         FROM payments WHERE account_id = $1 AND flow_id = '' AND status <> 'failed' \
         AND created_at >= $2 AND created_at >= (SELECT COALESCE(MAX(confirmed_at), 0) \
         FROM payments WHERE account_id = $1 AND session_id = $3 AND flow_id <> '' \
         AND confirmed_at <= $4)",
    )
    .bind(account.as_str())
    .bind(factor_at)
    .bind(session.id.as_str())
    .bind(latest.as_millis())
    .fetch_one(&mut **tx)
    .await?;
    Ok(PaymentsWithoutCode {
        count: row.try_get("payments")?,
        sum_minor: row.try_get("total")?,
    })
}

const SELECT_PAYMENT_SQL: &str = "SELECT id, account_id, flow_id, source, recipient, amount_minor, \
                                  currency, description, status, reason, transaction_id, \
                                  created_at, expires_at FROM payments";

/// Finds a payment by ID. Returns `None` if the payment does not exist or its account is erased.
pub async fn find_payment(
    database: ReadFrom<'_>,
    id: &PaymentId,
) -> Result<Option<Payment>, StoreError> {
    let query = format!("{SELECT_PAYMENT_SQL} WHERE id = $1 AND recipient <> ''");
    let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(id.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(payment_from_row).transpose()
}

/// Lists the newest `count` payments of an account that are older than the cursor `before`.
pub async fn list_payments_older_than_cursor(
    database: ReadFrom<'_>,
    account: &AccountId,
    before: Option<&PageCursor<PaymentId>>,
    count: i64,
) -> Result<Vec<Payment>, StoreError> {
    let query = format!(
        "{SELECT_PAYMENT_SQL} WHERE account_id = $1 AND recipient <> '' \
         AND (created_at < $2 OR (created_at = $2 AND id < $3)) \
         ORDER BY created_at DESC, id DESC LIMIT $4"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(account.as_str())
        .bind(before.map_or(i64::MAX, |mark| mark.at.as_millis()))
        .bind(before.map_or("", |mark| mark.id.as_str()))
        .bind(count);
    let rows = database.fetch_all(query).await?;
    rows.iter().map(payment_from_row).collect()
}

/// Finds the payment that an earlier request with this idempotency key has inserted.
pub async fn find_payment_by_idempotency_key(
    store: &Store,
    account: &AccountId,
    request_key: &str,
) -> Result<Option<Payment>, StoreError> {
    let query = format!("{SELECT_PAYMENT_SQL} WHERE account_id = $1 AND request_key = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(account.as_str())
        .bind(request_key)
        .fetch_optional(&mut *store.acquire_reader().await?)
        .await?;
    row.as_ref().map(payment_from_row).transpose()
}

/// Changes a payment from pending to processing, at most once and before the payment expires.
///
/// Returns `true` only to the call that made the change (docs/security.md#sm-05, docs/security.md#pay-03,
/// docs/security.md#pay-04).
pub async fn confirm_payment(
    tx: &mut Tx,
    id: &PaymentId,
    flow: &FlowId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE payments SET status = 'processing', confirmed_at = $1 \
         WHERE id = $2 AND flow_id = $3 AND status = 'pending' AND expires_at > $1",
    )
    .bind(now.as_millis())
    .bind(id.as_str())
    .bind(flow.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// Changes a payment from processing to completed. Does nothing for a payment in another status.
pub async fn complete_payment(
    tx: &mut Tx,
    id: &PaymentId,
    transaction: &TransactionId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed = sqlx::query(
        "UPDATE payments SET status = 'completed', transaction_id = $1 \
         WHERE id = $2 AND status = 'processing' RETURNING id, account_id, flow_id, source",
    )
    .bind(transaction.as_str())
    .bind(id.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    let what = format!("transaction {}", transaction.as_str());
    record_payment_status_change(tx, changed, Event::PaymentCompleted, &what, now).await
}

/// Changes a payment from processing to declined. Does nothing for a payment in another status.
pub async fn decline_payment(
    tx: &mut Tx,
    id: &PaymentId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let declined = PaymentFailure::Declined.as_str();
    let changed = sqlx::query(
        "UPDATE payments SET status = 'failed', reason = $1 \
         WHERE id = $2 AND status = 'processing' RETURNING id, account_id, flow_id, source",
    )
    .bind(declined)
    .bind(id.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    record_payment_status_change(tx, changed, Event::PaymentFailed, declined, now).await
}

/// Marks a pending payment as expired if its expiry time is over.
pub async fn expire_payment(tx: &mut Tx, id: &PaymentId, now: Timestamp) -> Result<(), StoreError> {
    let changed = sqlx::query(
        "UPDATE payments SET status = 'expired' WHERE id = $1 AND status = 'pending' \
         AND expires_at <= $2 RETURNING id, account_id, flow_id, source",
    )
    .bind(id.as_str())
    .bind(now.as_millis())
    .fetch_optional(&mut **tx)
    .await?;
    record_payment_status_change(tx, changed, Event::PaymentExpired, "", now).await
}

/// Marks the pending payment of a verification flow as failed, because the flow ended before the payment was confirmed.
pub async fn fail_payment_of_flow(
    tx: &mut Tx,
    flow: &FlowId,
    failure: PaymentFailure,
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed = sqlx::query(
        "UPDATE payments SET status = 'failed', reason = $1 \
         WHERE flow_id = $2 AND status = 'pending' RETURNING id, account_id, flow_id, source",
    )
    .bind(failure.as_str())
    .bind(flow.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    record_payment_status_change(tx, changed, Event::PaymentFailed, failure.as_str(), now).await
}

/// Writes an audit event about a payment whose status has changed, in the same transaction.
///
/// Does nothing if the update has changed no row.
async fn record_payment_status_change(
    tx: &mut Tx,
    changed: Option<AnyRow>,
    event: Event,
    what: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(row) = changed else { return Ok(()) };
    let text = |column| row.try_get::<String, _>(column);
    let (account, flow, source) = (text("account_id")?, text("flow_id")?, text("source")?);
    let detail = format!("payment {} {what}", payment_id_from_row(&row)?);
    let entry = AuditEntry {
        event,
        account: Some(&AccountId::from_stored(account)),
        flow: Some(&FlowId::from_stored(flow)),
        purpose: Some(Purpose::Payment),
        origin: AuditOrigin::audit_origin_without_device(&source),
        detail: detail.trim_end(),
    };
    audit::record_audit_entry(tx, &entry, now).await
}

/// Lists at most `max_count` pending payments that have expired.
pub async fn list_overdue_payments(
    store: &Store,
    now: Timestamp,
    max_count: i64,
) -> Result<Vec<PaymentId>, StoreError> {
    let rows = sqlx::query(
        "SELECT id FROM payments WHERE status = 'pending' AND expires_at <= $1 \
         ORDER BY expires_at, id LIMIT $2",
    )
    .bind(now.as_millis())
    .bind(max_count)
    .fetch_all(&mut *store.acquire_reader().await?)
    .await?;
    rows.iter().map(payment_id_from_row).collect()
}

/// Lists at most `max_count` payments in status `processing` that are due for a retry.
///
/// Their confirmation and last retry were at or before `before`. The payment with the oldest retry comes first. A
/// confirmation that is later than `now` was stored while the clock was ahead, so it does not delay the payment.
pub async fn list_unfinished_payments(
    store: &Store,
    before: Timestamp,
    now: Timestamp,
    max_count: i64,
) -> Result<Vec<PaymentId>, StoreError> {
    let rows = sqlx::query(
        "SELECT id FROM payments WHERE status = 'processing' \
         AND (confirmed_at <= $1 OR confirmed_at > $2) AND asked_at <= $1 \
         ORDER BY asked_at, confirmed_at, id LIMIT $3",
    )
    .bind(before.as_millis())
    .bind((now + Events::CLOCK_DIFFERENCE).as_millis())
    .bind(max_count)
    .fetch_all(&mut *store.acquire_reader().await?)
    .await?;
    rows.iter().map(payment_id_from_row).collect()
}

/// Stores the time of the last retry of a payment without result.
///
/// The next payment sweep then retries other payments first.
pub async fn record_time_of_payment_retry(
    store: &Store,
    id: &PaymentId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let statement = sqlx::query("UPDATE payments SET asked_at = $1 WHERE id = $2")
        .bind(now.as_millis())
        .bind(id.as_str());
    store.execute_single_write(statement).await?;
    Ok(())
}
