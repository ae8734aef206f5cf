//! From confirmed to executed, and the end of what nobody confirmed.

use std::time::Duration;

use tokio::time::timeout;

use crate::context::SharedAppState;
use crate::payments::{Execution, Order, Unanswered};
use crate::store::StoreError;
use crate::store::payments::{self, Standing};
use domain::{PaymentId, Timestamp};

/// How long whoever confirmed a payment has to get it executed before others look after it.
const OTHERS_AFTER: Duration = Duration::from_secs(15);
/// How long the processor may take; with the check of a code before it, a request has time for both.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many payments a round looks after; the next round takes more.
const BATCH: i64 = 64;

/// Has a confirmed payment executed. What goes wrong is only logged: the payment stays processing,
/// and a later round asks again with the same key.
pub async fn settle_soon(app: &SharedAppState, id: &PaymentId) {
    if let Err(error) = settle(app, id).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            payment.id = %id,
            "a payment waits to be settled"
        );
    }
}

/// Asks the processor, and writes down what it says. Asking twice, or at two nodes at once, changes
/// nothing: the key is the same, and the first to write it down wins (PAY-04).
async fn settle(app: &SharedAppState, id: &PaymentId) -> Result<(), StoreError> {
    let payment = payments::find(&app.store, id).await?;
    let Some(payment) = payment.filter(|payment| payment.standing == Standing::Processing) else {
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
    let answer = timeout(PATIENCE, app.payments.processor.execute(&order)).await;
    let execution = match answer.unwrap_or_else(|late| Err(Unanswered(Box::new(late)))) {
        Ok(execution) => execution,
        Err(unanswered) => {
            tracing::warn!(
                error = &unanswered as &dyn std::error::Error,
                payment.id = %id,
                "the processor left a payment open"
            );
            return Ok(());
        }
    };
    let now = app.now();
    let mut tx = app.store.begin().await?;
    match execution {
        Execution::Executed(transaction) => {
            payments::complete(&mut tx, id, &transaction, now).await?;
        }
        Execution::Declined => payments::decline(&mut tx, id, now).await?,
    }
    tx.commit().await.map_err(StoreError::from)
}

/// Finishes what a process that is gone left processing: for the start, when nothing of this
/// process's own can be under way.
pub async fn resume(app: &SharedAppState) -> Result<(), StoreError> {
    finish(app, app.now()).await
}

/// One round of looking after payments: those that hang are asked for again, and those nobody
/// confirmed in time are closed. Nothing is judged by whether it ran (SM-07).
pub async fn sweep(app: &SharedAppState) -> Result<(), StoreError> {
    let now = app.now();
    for id in payments::overdue(&app.store, now, BATCH).await? {
        let mut tx = app.store.begin().await?;
        payments::expire(&mut tx, &id, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
    }
    finish(app, now - OTHERS_AFTER).await
}

async fn finish(app: &SharedAppState, asked_before: Timestamp) -> Result<(), StoreError> {
    for id in payments::unfinished(&app.store, asked_before, BATCH).await? {
        // Before anything of it is read: what cannot be settled holds up nobody else.
        payments::ask(&app.store, &id, app.now()).await?;
        settle_soon(app, &id).await;
    }
    Ok(())
}
