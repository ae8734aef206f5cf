use sqlx::Row as _;

use super::{Store, StoreError, Tx};
use crate::security::token::FlowId;
use domain::{PhoneNumber, Timestamp};
use verify::{Sent, ServiceId, VerificationId};

/// Stores for which flow the provider has sent a verification code.
///
/// Returns `false` if the code is stored already, because the provider has sent the same code again.
pub async fn insert_sent_code_of_flow(
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

/// A verification code that the provider may still accept, with the flow for which it was sent.
#[derive(Clone, Debug)]
pub struct ActiveCode {
    pub verification: VerificationId,
    pub flow: FlowId,
}

/// Lists the verification codes of a phone number that the provider may still accept.
///
/// Includes codes of ended flows. While one exists, Twilio repeats it in place of a new code.
pub async fn list_active_verification_codes(
    tx: &mut Tx,
    phone: &PhoneNumber,
    service: &ServiceId,
) -> Result<Vec<ActiveCode>, StoreError> {
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
            Ok(ActiveCode {
                verification: VerificationId::parse_provider_id(&verification)
                    .ok_or(inconsistent)?,
                flow: FlowId::from_stored(row.try_get("flow_id")?),
            })
        })
        .collect()
}

const DELETE_CODE_SQL: &str = "DELETE FROM codes WHERE verification = $1";

/// Deletes the row of a verification code that was approved in this transaction.
pub async fn delete_used_verification_code(
    tx: &mut Tx,
    verification: &VerificationId,
) -> Result<(), StoreError> {
    sqlx::query(DELETE_CODE_SQL)
        .bind(verification.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Deletes the row of a verification code that the provider no longer accepts.
pub async fn delete_invalid_verification_code(
    store: &Store,
    verification: &VerificationId,
) -> Result<(), StoreError> {
    let statement = sqlx::query(DELETE_CODE_SQL).bind(verification.as_str());
    store.execute_single_write(statement).await?;
    Ok(())
}
