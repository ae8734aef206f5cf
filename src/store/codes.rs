use sqlx::Row as _;

use super::{Store, StoreError, Tx};
use crate::security::token::FlowId;
use domain::{PhoneNumber, Timestamp};
use verify::{Sent, ServiceId, VerificationId};

/// Records the flow of a code. Returns `false` if the code is recorded already: the provider repeated a code of this
/// or another flow.
pub async fn claim(
    tx: &mut Tx,
    sent: &Sent,
    phone: &PhoneNumber,
    flow: &FlowId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "INSERT INTO codes (verification, service, phone, flow_id, made_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (verification) DO NOTHING",
    )
    .bind(sent.verification.as_str())
    .bind(sent.service.as_str())
    .bind(phone.as_e164())
    .bind(flow.as_str())
    .bind(now.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// A code that the provider may still accept, and the flow that it was sent for.
#[derive(Clone, Debug)]
pub struct OutCode {
    pub verification: VerificationId,
    pub flow: FlowId,
}

/// Codes that the provider may still accept for this number at this service, of all flows, ended ones too. While one of
/// them exists, Twilio sends the same code again.
pub async fn out_for(
    tx: &mut Tx,
    phone: &PhoneNumber,
    service: &ServiceId,
) -> Result<Vec<OutCode>, StoreError> {
    let select = "SELECT verification, flow_id FROM codes WHERE phone = $1 AND service = $2";
    let rows = sqlx::query(select)
        .bind(phone.as_e164())
        .bind(service.as_str())
        .fetch_all(&mut **tx)
        .await?;
    rows.iter()
        .map(|row| {
            let verification: String = row.try_get("verification")?;
            let inconsistent = StoreError::Inconsistent {
                table: "codes",
                column: "verification",
            };
            Ok(OutCode {
                verification: VerificationId::parse(&verification).ok_or(inconsistent)?,
                flow: FlowId::from_stored(row.try_get("flow_id")?),
            })
        })
        .collect()
}

const DELETE: &str = "DELETE FROM codes WHERE verification = $1";

/// Deletes a code that this transaction has used up.
pub async fn used(tx: &mut Tx, verification: &VerificationId) -> Result<(), StoreError> {
    sqlx::query(DELETE)
        .bind(verification.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Deletes a code that the provider no longer accepts.
pub async fn dead(store: &Store, verification: &VerificationId) -> Result<(), StoreError> {
    sqlx::query(DELETE)
        .bind(verification.as_str())
        .execute(store.reader())
        .await?;
    Ok(())
}
