use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::audit::{self, AuditEntry, AuditOrigin, Event};
use super::{Mark, ReadFrom, Store, StoreError, Tx};
use crate::security::token::{AccountId, FlowId, SessionId, TransactionId};
use domain::{
    Amount, Currency, Description, PaymentFailure, PaymentId, PaymentStatus, Recipient, Timestamp,
};

/// A payment. Amount and recipient never change; the status does.
#[derive(Clone, Debug)]
pub struct Payment {
    pub id: PaymentId,
    pub account: AccountId,
    /// The flow that verifies the payment. `None` if it needs no code.
    pub flow: Option<FlowId>,
    /// The address that began it, as rate limits count it.
    pub source: String,
    pub recipient: Recipient,
    pub amount: Amount,
    pub description: Description,
    pub state: PaymentState,
    pub created_at: Timestamp,
    /// The time until which the payment can be confirmed.
    pub expires_at: Timestamp,
}

/// The status of a payment, with the data of that status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentState {
    Pending,
    Processing,
    Completed { transaction: TransactionId },
    Failed { failure: PaymentFailure },
    Expired,
}

impl PaymentState {
    pub const fn status(&self) -> PaymentStatus {
        match self {
            Self::Pending => PaymentStatus::Pending,
            Self::Processing => PaymentStatus::Processing,
            Self::Completed { .. } => PaymentStatus::Completed,
            Self::Failed { .. } => PaymentStatus::Failed,
            Self::Expired => PaymentStatus::Expired,
        }
    }
}

impl Payment {
    /// This payment at `now`. An expired payment is expired even if its row is not updated yet
    /// (docs/security.md#sm-07).
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        if self.state == PaymentState::Pending && now >= self.expires_at {
            return Self {
                state: PaymentState::Expired,
                ..self
            };
        }
        self
    }
}

/// The payments without a code of an account since its last factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WithoutFactor {
    pub count: i64,
    /// In minor units of the currency of the threshold: no other currency is paid without a code.
    pub sum_minor: i64,
}

/// A payment that is not stored yet.
#[derive(Clone, Debug)]
pub struct NewPayment<'a> {
    pub id: &'a PaymentId,
    pub account: &'a AccountId,
    pub session: &'a SessionId,
    pub source: &'a str,
    /// The key of the request, which a retry repeats.
    pub request_key: &'a str,
    /// The verification it waits for. A payment without one is processed at once.
    pub flow: Option<&'a FlowId>,
    pub recipient: &'a Recipient,
    pub amount: Amount,
    pub description: &'a Description,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Stores a payment. `false` if an earlier request with the same key has stored one.
pub async fn insert(tx: &mut Tx, new: &NewPayment<'_>) -> Result<bool, StoreError> {
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

/// The payments that the account has made without a code since the last factor of this session: its sign-in or step-up
/// at `factor_at`, or a payment that it has confirmed with a code. Payments of other sessions count too. Declined ones
/// do not.
///
/// The caller holds a lock that serialises the payments of the account.
pub async fn without_code_since_factor(
    tx: &mut Tx,
    account: &AccountId,
    session: &SessionId,
    factor_at: Timestamp,
) -> Result<WithoutFactor, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS payments, CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) AS total \
         FROM payments WHERE account_id = $1 AND flow_id = '' AND status <> 'failed' \
         AND created_at >= $2 AND created_at >= (SELECT COALESCE(MAX(confirmed_at), 0) \
         FROM payments WHERE account_id = $1 AND session_id = $3 AND flow_id <> '')",
    )
    .bind(account.as_str())
    .bind(factor_at.as_millis())
    .bind(session.as_str())
    .fetch_one(&mut **tx)
    .await?;
    Ok(WithoutFactor {
        count: row.try_get("payments")?,
        sum_minor: row.try_get("total")?,
    })
}

const COLUMNS: &str = "SELECT id, account_id, flow_id, source, recipient, amount_minor, currency, \
                       description, status, reason, transaction_id, created_at, expires_at \
                       FROM payments";

/// The payment with this id, of any account that is not erased.
pub async fn find(database: ReadFrom<'_>, id: &PaymentId) -> Result<Option<Payment>, StoreError> {
    let query = format!("{COLUMNS} WHERE id = $1 AND recipient <> ''");
    let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(id.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(payment).transpose()
}

/// The newest `count` payments of the account, older than `before`.
pub async fn of_account(
    database: ReadFrom<'_>,
    account: &AccountId,
    before: Option<&Mark<PaymentId>>,
    count: i64,
) -> Result<Vec<Payment>, StoreError> {
    let query = format!(
        "{COLUMNS} WHERE account_id = $1 AND recipient <> '' \
         AND (created_at < $2 OR (created_at = $2 AND id < $3)) \
         ORDER BY created_at DESC, id DESC LIMIT $4"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(account.as_str())
        .bind(before.map_or(i64::MAX, |mark| mark.at.as_millis()))
        .bind(before.map_or("", |mark| mark.id.as_str()))
        .bind(count);
    let rows = database.fetch_all(query).await?;
    rows.iter().map(payment).collect()
}

/// The payment that an earlier request with this key has stored.
pub async fn by_request(
    store: &Store,
    account: &AccountId,
    request_key: &str,
) -> Result<Option<Payment>, StoreError> {
    let query = format!("{COLUMNS} WHERE account_id = $1 AND request_key = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(account.as_str())
        .bind(request_key)
        .fetch_optional(store.reader())
        .await?;
    row.as_ref().map(payment).transpose()
}

/// Moves a payment from pending to processing, once and before it expires. `true` for the one call that confirmed it (docs/security.md#sm-05, docs/security.md#pay-03, docs/security.md#pay-04).
pub async fn confirm(
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

/// Stores that a payment was executed, if it is still in processing.
pub async fn complete(
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
    record(tx, changed, Event::PaymentCompleted, &what, now).await
}

/// Stores that a payment was declined, if it is still in processing.
pub async fn decline(tx: &mut Tx, id: &PaymentId, now: Timestamp) -> Result<(), StoreError> {
    let declined = PaymentFailure::Declined.as_str();
    let changed = sqlx::query(
        "UPDATE payments SET status = 'failed', reason = $1 \
         WHERE id = $2 AND status = 'processing' RETURNING id, account_id, flow_id, source",
    )
    .bind(declined)
    .bind(id.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    record(tx, changed, Event::PaymentFailed, declined, now).await
}

/// Expires a payment whose time is over, if it is still pending.
pub async fn expire(tx: &mut Tx, id: &PaymentId, now: Timestamp) -> Result<(), StoreError> {
    let changed = sqlx::query(
        "UPDATE payments SET status = 'expired' WHERE id = $1 AND status = 'pending' \
         AND expires_at <= $2 RETURNING id, account_id, flow_id, source",
    )
    .bind(id.as_str())
    .bind(now.as_millis())
    .fetch_optional(&mut **tx)
    .await?;
    record(tx, changed, Event::PaymentExpired, "", now).await
}

/// Fails the pending payment of a flow that has ended without confirming it, unless it is no longer pending.
pub async fn fail_for_flow(
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
    record(tx, changed, Event::PaymentFailed, failure.as_str(), now).await
}

/// Writes the audit line about a changed payment, in the transaction of the change.
async fn record(
    tx: &mut Tx,
    changed: Option<AnyRow>,
    event: Event,
    what: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(row) = changed else { return Ok(()) };
    let text = |column| row.try_get::<String, _>(column);
    let (account, flow, source) = (text("account_id")?, text("flow_id")?, text("source")?);
    let detail = format!("payment {} {what}", id(&row)?);
    let entry = AuditEntry {
        event,
        account: Some(&AccountId::from_stored(account)),
        flow: Some(&FlowId::from_stored(flow)),
        origin: AuditOrigin::without_device(&source),
        detail: detail.trim_end(),
    };
    audit::record(tx, &entry, now).await
}

/// Pending payments whose time is over, at most `most`.
pub async fn overdue(
    store: &Store,
    now: Timestamp,
    most: i64,
) -> Result<Vec<PaymentId>, StoreError> {
    let rows = sqlx::query(
        "SELECT id FROM payments WHERE status = 'pending' AND expires_at <= $1 \
         ORDER BY expires_at, id LIMIT $2",
    )
    .bind(now.as_millis())
    .bind(most)
    .fetch_all(store.reader())
    .await?;
    rows.iter().map(id).collect()
}

/// Payments confirmed at `before` or earlier whose result is unknown and was not requested since, at most `most`. The
/// longest wait comes first.
pub async fn unfinished(
    store: &Store,
    before: Timestamp,
    most: i64,
) -> Result<Vec<PaymentId>, StoreError> {
    let rows = sqlx::query(
        "SELECT id FROM payments WHERE status = 'processing' AND confirmed_at <= $1 \
         AND asked_at <= $1 ORDER BY asked_at, confirmed_at, id LIMIT $2",
    )
    .bind(before.as_millis())
    .bind(most)
    .fetch_all(store.reader())
    .await?;
    rows.iter().map(id).collect()
}

/// Stores that the processor was asked about a payment, so that the next round asks about others first.
pub async fn ask(store: &Store, id: &PaymentId, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE payments SET asked_at = $1 WHERE id = $2")
        .bind(now.as_millis())
        .bind(id.as_str())
        .execute(store.reader())
        .await?;
    Ok(())
}

const fn odd(column: &'static str) -> StoreError {
    StoreError::Inconsistent {
        table: "payments",
        column,
    }
}

fn id(row: &AnyRow) -> Result<PaymentId, StoreError> {
    let id: String = row.try_get("id")?;
    PaymentId::parse(&id).ok_or(odd("id"))
}

pub(super) fn payment(row: &AnyRow) -> Result<Payment, StoreError> {
    let text = |column| row.try_get::<String, _>(column);
    let millis = |column| row.try_get(column).map(Timestamp::from_millis);
    let currency = Currency::from_stored(&text("currency")?).ok_or(odd("currency"))?;
    let flow = text("flow_id")?;
    Ok(Payment {
        id: id(row)?,
        account: AccountId::from_stored(text("account_id")?),
        flow: (!flow.is_empty()).then(|| FlowId::from_stored(flow)),
        source: text("source")?,
        recipient: Recipient::parse(&text("recipient")?).map_err(|_| odd("recipient"))?,
        amount: Amount::from_minor(row.try_get("amount_minor")?, currency)
            .ok_or(odd("amount_minor"))?,
        description: Description::parse(&text("description")?).map_err(|_| odd("description"))?,
        state: parse_state(&text("status")?, &text("reason")?, text("transaction_id")?)?,
        created_at: millis("created_at")?,
        expires_at: millis("expires_at")?,
    })
}

fn parse_state(
    status: &str,
    reason: &str,
    transaction: String,
) -> Result<PaymentState, StoreError> {
    Ok(match PaymentStatus::from_name(status) {
        Some(PaymentStatus::Pending) => PaymentState::Pending,
        Some(PaymentStatus::Processing) => PaymentState::Processing,
        Some(PaymentStatus::Completed) => PaymentState::Completed {
            transaction: TransactionId::from_stored(transaction),
        },
        Some(PaymentStatus::Failed) => PaymentState::Failed {
            failure: PaymentFailure::from_name(reason).ok_or(odd("reason"))?,
        },
        Some(PaymentStatus::Expired) => PaymentState::Expired,
        None => return Err(odd("status")),
    })
}
