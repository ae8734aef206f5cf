use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Store, StoreError, Tx, exactly_one, payments};
use crate::security::token::{AccountId, FlowId, TokenHash};
use crate::store::flow_data::FlowData;
use crate::verification::{Ending, SentCode, Verification};
use domain::{Purpose, Timestamp};

/// A flow as stored: what it is for, whose it is, and its verification.
#[derive(Clone, Debug)]
pub struct Flow {
    pub id: FlowId,
    pub purpose: Purpose,
    /// Whose it is; a registration is nobody's yet.
    pub account: Option<AccountId>,
    pub verification: Verification,
    pub subject: FlowData,
    version: i64,
}

impl Flow {
    /// A flow to be inserted.
    pub const fn new(
        id: FlowId,
        purpose: Purpose,
        account: Option<AccountId>,
        verification: Verification,
        subject: FlowData,
    ) -> Self {
        Self {
            id,
            purpose,
            account,
            verification,
            subject,
            version: 0,
        }
    }
}

pub async fn insert(tx: &mut Tx, flow: &Flow, handle: &TokenHash) -> Result<(), StoreError> {
    let stored = Stored::of(flow)?;
    sqlx::query(
        "INSERT INTO flows (id, purpose, handle_hash, account_id, version, verification, subject, \
         live, phone, opened_at, ends_at) VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8, $9, $10)",
    )
    .bind(flow.id.as_str())
    .bind(flow.purpose.as_str())
    .bind(handle.as_str())
    .bind(flow.account.as_ref().map_or("", AccountId::as_str))
    .bind(stored.verification)
    .bind(stored.subject)
    .bind(stored.live)
    .bind(stored.phone)
    .bind(flow.verification.opened_at.as_millis())
    .bind(flow.verification.ends_at.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The flow this handle opens, if it is of this purpose (SM-04).
pub async fn find(
    store: &Store,
    purpose: Purpose,
    handle: &TokenHash,
) -> Result<Option<Flow>, StoreError> {
    let row = sqlx::query(
        "SELECT id, purpose, account_id, version, verification, subject FROM flows \
         WHERE handle_hash = $1 AND purpose = $2",
    )
    .bind(handle.as_str())
    .bind(purpose.as_str())
    .fetch_optional(store.reader())
    .await?;
    row.as_ref().map(flow).transpose()
}

/// The flow of this id, for whoever has another proof than its handle that it is theirs.
pub async fn find_by_id(store: &Store, id: &FlowId) -> Result<Option<Flow>, StoreError> {
    let row = sqlx::query(
        "SELECT id, purpose, account_id, version, verification, subject FROM flows WHERE id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(store.reader())
    .await?;
    row.as_ref().map(flow).transpose()
}

/// Writes the flow back, if nobody else has since it was read; [`StoreError::Raced`] otherwise. One
/// that has ended takes the payment along that waited for it.
pub async fn save(tx: &mut Tx, flow: &mut Flow, now: Timestamp) -> Result<(), StoreError> {
    let stored = Stored::of(flow)?;
    let result = sqlx::query(
        "UPDATE flows SET version = version + 1, verification = $1, subject = $2, live = $3, \
         phone = $4, ends_at = $5 WHERE id = $6 AND version = $7",
    )
    .bind(stored.verification)
    .bind(stored.subject)
    .bind(stored.live)
    .bind(stored.phone)
    .bind(flow.verification.ends_at.as_millis())
    .bind(flow.id.as_str())
    .bind(flow.version)
    .execute(&mut **tx)
    .await?;
    exactly_one(&result)?;
    flow.version += 1;
    payments::fail_with(tx, flow, now).await
}

/// Which live flows of an account end, when what they stood on has changed.
#[derive(Clone, Copy, Debug)]
pub enum Void<'a> {
    All,
    /// All but the one that changed it.
    Others(&'a FlowId),
    /// Of this purpose, all but that one.
    OthersOf(Purpose, &'a FlowId),
}

impl Void<'_> {
    fn covers(self, flow: &Flow) -> bool {
        match self {
            Self::All => true,
            Self::Others(id) => flow.id != *id,
            Self::OthersOf(purpose, id) => flow.purpose == purpose && flow.id != *id,
        }
    }
}

/// Ends live flows of the account; the codes they had out, dead here at once and to be cancelled
/// at the provider.
pub async fn void(
    tx: &mut Tx,
    account: &AccountId,
    which: Void<'_>,
    now: Timestamp,
) -> Result<Vec<SentCode>, StoreError> {
    let mut out = Vec::new();
    loop {
        let rows = sqlx::query(
            "SELECT id, purpose, account_id, version, verification, subject FROM flows \
             WHERE account_id = $1 AND live = 1",
        )
        .bind(account.as_str())
        .fetch_all(&mut **tx)
        .await?;
        let mut live = rows.iter().map(flow).collect::<Result<Vec<_>, _>>()?;
        live.retain(|flow| which.covers(flow));
        if live.is_empty() {
            return Ok(out);
        }
        for mut flow in live {
            let code = flow.verification.state.code().cloned();
            flow.verification = flow.verification.ended(Ending::Voided);
            match save(tx, &mut flow, now).await {
                Ok(()) => out.extend(code),
                // It moved on in this very moment, and is read again as it is now.
                Err(StoreError::Raced) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

struct Stored {
    verification: String,
    subject: String,
    live: i64,
    phone: String,
}

impl Stored {
    fn of(flow: &Flow) -> Result<Self, StoreError> {
        let odd = |column| StoreError::Inconsistent {
            table: "flows",
            column,
        };
        let state = &flow.verification.state;
        Ok(Self {
            verification: serde_json::to_string(&flow.verification)
                .map_err(|_| odd("verification"))?,
            subject: serde_json::to_string(&flow.subject).map_err(|_| odd("subject"))?,
            live: i64::from(!state.is_over()),
            phone: state
                .phone()
                .map_or_else(String::new, |phone| phone.as_e164().to_owned()),
        })
    }
}

fn flow(row: &AnyRow) -> Result<Flow, StoreError> {
    let odd = |column| StoreError::Inconsistent {
        table: "flows",
        column,
    };
    let purpose: String = row.try_get("purpose")?;
    let account: String = row.try_get("account_id")?;
    let verification: String = row.try_get("verification")?;
    let subject: String = row.try_get("subject")?;
    Ok(Flow {
        id: FlowId::from_stored(row.try_get("id")?),
        purpose: Purpose::from_name(&purpose).ok_or_else(|| odd("purpose"))?,
        account: (!account.is_empty()).then(|| AccountId::from_stored(account)),
        verification: serde_json::from_str(&verification).map_err(|_| odd("verification"))?,
        subject: serde_json::from_str(&subject).map_err(|_| odd("subject"))?,
        version: row.try_get("version")?,
    })
}
