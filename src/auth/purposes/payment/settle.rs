//! Executing confirmed payments, and closing those that were not confirmed in time.

use std::time::Duration;

use tokio::time::timeout;

use crate::context::SharedAppState;
use crate::payments::{Execution, Order, Unanswered};
use crate::store::payments::{self, PaymentState};
use crate::store::{ReadFrom, StoreError};
use domain::{PaymentId, Timestamp};

/// How long the node that confirmed a payment has to get it executed before the sweep of any node retries it.
const RETRY_AFTER: Duration = Duration::from_secs(15);
/// How long the payment processor may take. A request has time for this and the check of a code before it.
const PROCESSOR_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum number of payments in one sweep; the next sweep continues.
const BATCH: i64 = 64;

/// Executes a confirmed payment. A failure is logged only: the payment stays in processing, and a later sweep
/// retries it with the same idempotency key.
pub async fn execute(app: &SharedAppState, id: &PaymentId) {
    if let Err(error) = try_execute(app, id).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            payment.id = %id,
            "a payment could not be executed; the payment sweep retries it"
        );
    }
}

/// Calls the processor and stores its answer. Two concurrent calls are safe: the idempotency key is the same,
/// and the first stored answer wins.
async fn try_execute(app: &SharedAppState, id: &PaymentId) -> Result<(), StoreError> {
    let payment = payments::find_payment(ReadFrom::Store(&app.store), id).await?;
    let Some(payment) = payment.filter(|payment| payment.state == PaymentState::Processing) else {
        return Ok(());
    };
    let order = Order {
        key: payment.id.clone(),
        account: payment.account.clone(),
        recipient: payment.recipient.clone(),
        amount: payment.amount,
        description: payment.description.clone(),
        at: app.now(),
    };
    let answer = timeout(
        PROCESSOR_TIMEOUT,
        app.payments.processor.execute_order(&order),
    )
    .await;
    let execution = match answer.unwrap_or_else(|late| Err(Unanswered(Box::new(late)))) {
        Ok(execution) => execution,
        Err(unanswered) => {
            tracing::warn!(
                error = &unanswered as &dyn std::error::Error,
                payment.id = %id,
                "the payment processor did not answer; the payment sweep retries it"
            );
            return Ok(());
        }
    };
    let now = app.now();
    let mut tx = app.store.begin().await?;
    match execution {
        Execution::Executed(transaction) => {
            payments::complete_payment(&mut tx, id, &transaction, now).await?;
        }
        Execution::Declined => payments::decline_payment(&mut tx, id, now).await?,
    }
    tx.commit().await.map_err(StoreError::from)
}

/// Executes the payments that an earlier process left in processing. For the start of a process, when it cannot
/// be executing any itself.
pub async fn resume(app: &SharedAppState) -> Result<(), StoreError> {
    retry(app, app.now()).await
}

/// Expires the payments that were not confirmed in time and retries those without an answer of the processor. No
/// decision about a payment depends on whether the sweep has run.
pub async fn sweep(app: &SharedAppState) -> Result<(), StoreError> {
    let now = app.now();
    for id in payments::list_overdue_payments(&app.store, now, BATCH).await? {
        let mut tx = app.store.begin().await?;
        payments::expire_payment(&mut tx, &id, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
    }
    retry(app, now - RETRY_AFTER).await
}

async fn retry(app: &SharedAppState, before: Timestamp) -> Result<(), StoreError> {
    for id in payments::list_unfinished_payments(&app.store, before, BATCH).await? {
        // Marked first, so that a payment that always fails does not block the others.
        payments::record_status_query(&app.store, &id, app.now()).await?;
        execute(app, &id).await;
    }
    Ok(())
}
