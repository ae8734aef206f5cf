//! Executes confirmed payments, and expires payments that were not confirmed in time.

use std::time::Duration;

use tokio::time::timeout;

use crate::context::SharedAppState;
use crate::payments::{ExecutionResult, NoProcessorResult, PaymentOrder};
use crate::store::payments::{self, PaymentState};
use crate::store::{ReadFrom, StoreError};
use domain::{PaymentId, Timestamp};

/// The time after which the payment sweep retries a confirmed payment.
///
/// Until then, the node that confirmed it executes it.
const DELAY_BEFORE_PAYMENT_RETRY: Duration = Duration::from_secs(15);
/// The timeout of the payment processor.
///
/// Together with the check of a code it is shorter than the deadline of a request.
const PROCESSOR_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum number of payments in one sweep. The next sweep continues with the others.
const MAX_PAYMENTS_PER_SWEEP: i64 = 64;

/// Executes a confirmed payment.
///
/// After a failure, logs the error and leaves the payment in the status `processing`. A later payment sweep retries the
/// payment with the same idempotency key.
pub async fn execute_payment(app: &SharedAppState, id: &PaymentId) {
    if let Err(error) = try_execute_payment(app, id).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            payment.id = %id,
            "executing a payment failed; the payment sweep retries it"
        );
    }
}

/// Calls the payment processor and stores the result.
///
/// Concurrent calls are safe: they use the same idempotency key, and only the first stored result counts.
async fn try_execute_payment(app: &SharedAppState, id: &PaymentId) -> Result<(), StoreError> {
    let payment = payments::find_payment(ReadFrom::Store(&app.store), id).await?;
    let Some(payment) = payment.filter(|payment| payment.state == PaymentState::Processing) else {
        return Ok(());
    };
    let order = PaymentOrder {
        key: payment.id.clone(),
        account: payment.account.clone(),
        recipient: payment.recipient.clone(),
        amount: payment.amount,
        description: payment.description.clone(),
        at: app.now(),
    };
    let answer = timeout(
        PROCESSOR_TIMEOUT,
        app.payments.processor.execute_payment_order(&order),
    )
    .await;
    let execution = match answer.unwrap_or_else(|late| Err(NoProcessorResult(Box::new(late)))) {
        Ok(execution) => execution,
        Err(unanswered) => {
            tracing::warn!(
                error = &unanswered as &dyn std::error::Error,
                payment.id = %id,
                "the payment processor returned no result; the payment sweep retries the payment"
            );
            return Ok(());
        }
    };
    let now = app.now();
    let mut tx = app.store.begin().await?;
    match execution {
        ExecutionResult::Executed(transaction) => {
            payments::complete_payment(&mut tx, id, &transaction, now).await?;
        }
        ExecutionResult::Declined => payments::decline_payment(&mut tx, id, now).await?,
    }
    tx.commit().await
}

/// Executes the payments that an earlier process has left in the status `processing`.
///
/// Call it at process start, before any other payment is executed.
pub async fn resume_processing_payments(app: &SharedAppState) -> Result<(), StoreError> {
    retry_payments_without_result(app, app.now()).await
}

/// Expires payments that were not confirmed in time, and retries confirmed payments without result.
pub async fn expire_overdue_and_retry_unfinished_payments(
    app: &SharedAppState,
) -> Result<(), StoreError> {
    let now = app.now();
    for id in payments::list_overdue_payments(&app.store, now, MAX_PAYMENTS_PER_SWEEP).await? {
        let mut tx = app.store.begin().await?;
        payments::expire_payment(&mut tx, &id, now).await?;
        tx.commit().await?;
    }
    retry_payments_without_result(app, now - DELAY_BEFORE_PAYMENT_RETRY).await
}

/// Executes the confirmed payments that have no result yet.
///
/// Skips a payment that was confirmed or retried after `cutoff`.
async fn retry_payments_without_result(
    app: &SharedAppState,
    cutoff: Timestamp,
) -> Result<(), StoreError> {
    let now = app.now();
    for id in
        payments::list_unfinished_payments(&app.store, cutoff, now, MAX_PAYMENTS_PER_SWEEP).await?
    {
        // Stores the time of the retry first, so that a payment that always fails does not block the others.
        payments::record_time_of_payment_retry(&app.store, &id, app.now()).await?;
        execute_payment(app, &id).await;
    }
    Ok(())
}
