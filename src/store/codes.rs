use sqlx::Row as _;

use super::{Store, StoreError, Tx};
use crate::security::token::FlowId;
use domain::{PhoneNumber, Timestamp};
use verify::{Sent, ServiceId, VerificationId};

/// Writes down whose a code is. `false` when it was written down before: the provider sent a code
/// again that was made for this flow earlier, or for another one.
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

/// Codes that may be alive for this number at this service, whichever flow they were made for and
/// whether or not it is over: a new one would be the same code.
pub async fn out_for(
    tx: &mut Tx,
    phone: &PhoneNumber,
    service: &ServiceId,
) -> Result<Vec<VerificationId>, StoreError> {
    let rows = sqlx::query("SELECT verification FROM codes WHERE phone = $1 AND service = $2")
        .bind(phone.as_e164())
        .bind(service.as_str())
        .fetch_all(&mut **tx)
        .await?;
    rows.iter()
        .map(|row| {
            let verification: String = row.try_get("verification")?;
            VerificationId::parse(&verification).ok_or(StoreError::Inconsistent {
                table: "codes",
                column: "verification",
            })
        })
        .collect()
}

const FORGET: &str = "DELETE FROM codes WHERE verification = $1";

/// The code was used up, in this transaction.
pub async fn used(tx: &mut Tx, verification: &VerificationId) -> Result<(), StoreError> {
    sqlx::query(FORGET)
        .bind(verification.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The provider knows the code no more.
pub async fn dead(store: &Store, verification: &VerificationId) -> Result<(), StoreError> {
    sqlx::query(FORGET)
        .bind(verification.as_str())
        .execute(store.reader())
        .await?;
    Ok(())
}
