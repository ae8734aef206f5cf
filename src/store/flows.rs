//! Rows of the table `flows`: the steps in progress of registrations, sign-ins, payments and other purposes.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{
    ReadFrom, Store, StoreError, Tx, require_one_changed_row, runs_on_sqlite, skip_locked_clause,
};
use crate::security::token::{AccountId, FlowId, TokenHash};
use crate::store::flow_data::FlowData;
use crate::verification::Verification;
use domain::{Purpose, Timestamp};

/// A stored verification flow, for example a sign-in, registration or payment.
#[derive(Clone, Debug)]
pub struct Flow {
    pub id: FlowId,
    pub purpose: Purpose,
    /// The account of the flow. `None` for a registration.
    pub account: Option<AccountId>,
    pub verification: Verification,
    pub data: FlowData,
    version: i64,
}

impl Flow {
    /// Creates a verification flow in memory, which [`insert_flow`] stores.
    pub const fn new(
        id: FlowId,
        purpose: Purpose,
        account: Option<AccountId>,
        verification: Verification,
        data: FlowData,
    ) -> Self {
        Self {
            id,
            purpose,
            account,
            verification,
            data,
            version: 0,
        }
    }
}

/// Inserts a new verification flow, identified by the hash of its flow token.
pub async fn insert_flow(tx: &mut Tx, flow: &Flow, token: &TokenHash) -> Result<(), StoreError> {
    let stored = StoredColumns::serialise_flow(flow)?;
    sqlx::query(
        "INSERT INTO flows (id, purpose, handle_hash, account_id, version, verification, subject, \
         live, phone, opened_at, ends_at) VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8, $9, $10)",
    )
    .bind(flow.id.as_str())
    .bind(flow.purpose.as_str())
    .bind(token.as_str())
    .bind(flow.account.as_ref().map_or("", AccountId::as_str))
    .bind(stored.verification)
    .bind(stored.data)
    .bind(stored.live)
    .bind(stored.phone)
    .bind(flow.verification.opened_at.as_millis())
    .bind(flow.verification.ends_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

macro_rules! columns {
    () => {
        "id, purpose, account_id, version, verification, subject"
    };
}

macro_rules! select {
    ($condition:literal) => {
        concat!("SELECT ", columns!(), " FROM flows ", $condition)
    };
}

/// Records when a page of this verification flow was opened, unless a later page is recorded.
///
/// Leaves the version of the flow unchanged, to avoid conflicts with concurrent updates.
pub async fn set_opening_time_of_flow_page(
    store: &Store,
    id: &FlowId,
    opened_at: Timestamp,
) -> Result<(), StoreError> {
    let statement =
        sqlx::query("UPDATE flows SET returned_at = $1 WHERE id = $2 AND returned_at < $1")
            .bind(opened_at.as_millis())
            .bind(id.as_str());
    store.execute_single_write(statement).await?;
    Ok(())
}

/// Returns whether a page of this verification flow was opened after `time`.
pub async fn was_flow_page_opened_after(
    store: &Store,
    id: &FlowId,
    time: Timestamp,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM flows WHERE id = $1 AND returned_at > $2")
        .bind(id.as_str())
        .bind(time.as_millis())
        .fetch_optional(&mut *store.acquire_reader().await?)
        .await?;
    Ok(row.is_some())
}

/// Finds the verification flow with this flow token and purpose.
pub async fn find_flow(
    database: ReadFrom<'_>,
    purpose: Purpose,
    token: &TokenHash,
) -> Result<Option<Flow>, StoreError> {
    let query = sqlx::query(select!("WHERE handle_hash = $1 AND purpose = $2"))
        .bind(token.as_str())
        .bind(purpose.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(flow_from_row).transpose()
}

/// Finds a verification flow by ID instead of by flow token. The caller must check that the user may access the flow.
pub async fn find_flow_by_id(
    database: ReadFrom<'_>,
    id: &FlowId,
) -> Result<Option<Flow>, StoreError> {
    let query = sqlx::query(select!("WHERE id = $1")).bind(id.as_str());
    let row = database.fetch_optional(query).await?;
    row.as_ref().map(flow_from_row).transpose()
}

/// Updates a stored verification flow. Fails with [`StoreError::Raced`] if another request has saved the flow since it
/// was read.
pub async fn save_flow(tx: &mut Tx, flow: &mut Flow) -> Result<(), StoreError> {
    let stored = StoredColumns::serialise_flow(flow)?;
    let result = sqlx::query(
        "UPDATE flows SET version = version + 1, verification = $1, subject = $2, live = $3, \
         phone = $4, ends_at = $5 WHERE id = $6 AND version = $7",
    )
    .bind(stored.verification)
    .bind(stored.data)
    .bind(stored.live)
    .bind(stored.phone)
    .bind(flow.verification.ends_at.as_millis())
    .bind(flow.id.as_str())
    .bind(flow.version)
    .execute(&mut **tx)
    .await?;
    require_one_changed_row(&result)?;
    flow.version += 1;
    Ok(())
}

/// Locks a stored verification flow until the transaction ends.
///
/// Returns `false` if another request has saved the flow since it was read.
pub async fn lock_flow(tx: &mut Tx, flow: &Flow) -> Result<bool, StoreError> {
    let lock = "UPDATE flows SET version = version WHERE id = $1 AND version = $2";
    let result = sqlx::query(lock)
        .bind(flow.id.as_str())
        .bind(flow.version)
        .execute(&mut **tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

/// Locks the verification flows of an account that have not ended until the transaction ends, and reads them.
///
/// Locks them in the order of their IDs, so that two transactions that end each other's flow do not deadlock.
pub async fn lock_live_flows(tx: &mut Tx, account: &AccountId) -> Result<Vec<Flow>, StoreError> {
    let ids = sqlx::query("SELECT id FROM flows WHERE account_id = $1 AND live = 1 ORDER BY id")
        .bind(account.as_str())
        .fetch_all(&mut **tx)
        .await?;
    let mut live = Vec::with_capacity(ids.len());
    for row in ids {
        let id: String = row.try_get("id")?;
        // Changes nothing. PostgreSQL locks an updated row, and SQLite permits one writing transaction at a time.
        let lock = concat!(
            "UPDATE flows SET version = version WHERE id = $1 AND live = 1 RETURNING ",
            columns!()
        );
        let locked = sqlx::query(lock).bind(id).fetch_optional(&mut **tx).await?;
        live.extend(locked.as_ref().map(flow_from_row).transpose()?);
    }
    Ok(live)
}

/// Locks the flows of an account that have not ended until the transaction ends, and reads them. Skips flows that another
/// transaction has locked.
///
/// It never waits, so it cannot deadlock. Call it to find the flows that were opened after [`lock_live_flows`]: they may
/// precede the locked flows in the order of the IDs.
pub async fn lock_live_flows_without_waiting(
    tx: &mut Tx,
    account: &AccountId,
) -> Result<Vec<Flow>, StoreError> {
    let query = format!(
        "{}{}",
        select!("WHERE account_id = $1 AND live = 1 ORDER BY id"),
        skip_locked_clause(runs_on_sqlite(tx))
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(account.as_str())
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(flow_from_row).collect()
}

/// Lists the verification flows of all accounts and registrations that have not ended.
pub async fn list_all_live_flows(tx: &mut Tx) -> Result<Vec<Flow>, StoreError> {
    let rows = sqlx::query(select!("WHERE live = 1 ORDER BY id"))
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(flow_from_row).collect()
}

struct StoredColumns {
    verification: String,
    data: String,
    live: i64,
    phone: String,
}

impl StoredColumns {
    /// Serialises a verification flow to the values of its database columns.
    fn serialise_flow(flow: &Flow) -> Result<Self, StoreError> {
        let inconsistent = |column| StoreError::Inconsistent {
            table: "flows",
            column,
        };
        let state = &flow.verification.state;
        Ok(Self {
            verification: serde_json::to_string(&flow.verification)
                .map_err(|_| inconsistent("verification"))?,
            data: serde_json::to_string(&flow.data).map_err(|_| inconsistent("subject"))?,
            live: i64::from(!state.is_ended()),
            phone: state
                .phone()
                .map_or_else(String::new, |phone| phone.as_e164().to_owned()),
        })
    }
}

/// Reads a verification flow from a database row.
fn flow_from_row(row: &AnyRow) -> Result<Flow, StoreError> {
    let inconsistent = |column| StoreError::Inconsistent {
        table: "flows",
        column,
    };
    let purpose: String = row.try_get("purpose")?;
    let account: String = row.try_get("account_id")?;
    let verification: String = row.try_get("verification")?;
    let data: String = row.try_get("subject")?;
    Ok(Flow {
        id: FlowId::from_stored(row.try_get("id")?),
        purpose: Purpose::from_name(&purpose).ok_or_else(|| inconsistent("purpose"))?,
        account: (!account.is_empty()).then(|| AccountId::from_stored(account)),
        verification: serde_json::from_str(&verification)
            .map_err(|_| inconsistent("verification"))?,
        data: serde_json::from_str(&data).map_err(|_| inconsistent("subject"))?,
        version: row.try_get("version")?,
    })
}
