use sqlx::Row as _;

use super::flows::Flow;
use super::{Store, StoreError, Tx};
use domain::{Delivery, Timestamp};
use verify::VerificationId;

/// A report from the provider on the delivery of one message with a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    pub provider: &'static str,
    /// The provider's id of the event, which is the same in every repetition.
    pub event: String,
    pub verification: VerificationId,
    pub status: Delivery,
    /// Why the message was not delivered: the provider's error code, if the report has one. It is not stored.
    pub error_code: Option<u32>,
}

/// Stores a delivery report. Returns `false` if the same report was stored before.
pub async fn insert_delivery_report(
    tx: &mut Tx,
    report: &DeliveryReport,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let kept = sqlx::query(
        "INSERT INTO deliveries (provider, event, verification, status, received_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (provider, event) DO NOTHING",
    )
    .bind(report.provider)
    .bind(report.event.as_str())
    .bind(report.verification.as_str())
    .bind(report.status.as_str())
    .bind(now.as_millis())
    .execute(&mut **tx)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// Returns the delivery status of the message with the current code of a verification flow.
///
/// Returns `None` if the flow has no code. Ignores reports about earlier messages. Without any report, the status is
/// [`Delivery::Sent`].
pub async fn find_delivery_status(
    store: &Store,
    flow: &Flow,
) -> Result<Option<Delivery>, StoreError> {
    let Some(code) = flow.verification.state.sent_code() else {
        return Ok(None);
    };
    let rows =
        sqlx::query("SELECT status FROM deliveries WHERE verification = $1 AND received_at >= $2")
            .bind(code.verification.as_str())
            .bind(code.sent_at.as_millis())
            .fetch_all(&mut *store.acquire_reader().await?)
            .await?;
    let mut furthest = Delivery::Sent;
    for row in &rows {
        let status: String = row.try_get("status")?;
        let status = Delivery::from_name(&status).ok_or(StoreError::Inconsistent {
            table: "deliveries",
            column: "status",
        })?;
        furthest = furthest.max(status);
    }
    Ok(Some(furthest))
}
