//! From confirmed to executed, and the end of what nobody confirmed.

use std::time::Duration;

use tokio::time::timeout;

use crate::context::App;
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
pub async fn settle_soon(cx: &App, id: &PaymentId) {
    if let Err(error) = settle(cx, id).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            payment.id = %id,
            "a payment waits to be settled"
        );
    }
}

/// Asks the processor, and writes down what it says. Asking twice, or at two nodes at once, changes
/// nothing: the key is the same, and the first to write it down wins (PAY-04).
async fn settle(cx: &App, id: &PaymentId) -> Result<(), StoreError> {
    let payment = payments::find(&cx.store, id).await?;
    let Some(payment) = payment.filter(|payment| payment.standing == Standing::Processing) else {
        return Ok(());
    };
    let order = Order {
        key: payment.id.clone(),
        account: payment.account.clone(),
        recipient: payment.recipient.clone(),
        amount: payment.amount,
        description: payment.description.clone(),
        at: cx.now(),
    };
    let answer = timeout(PATIENCE, cx.payments.processor.execute(&order)).await;
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
    let now = cx.now();
    let mut tx = cx.store.begin().await?;
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
pub async fn resume(cx: &App) -> Result<(), StoreError> {
    finish(cx, cx.now()).await
}

/// One round of looking after payments: those that hang are asked for again, and those nobody
/// confirmed in time are closed. Nothing is judged by whether it ran (SM-07).
pub async fn sweep(cx: &App) -> Result<(), StoreError> {
    let now = cx.now();
    for id in payments::overdue(&cx.store, now, BATCH).await? {
        let mut tx = cx.store.begin().await?;
        payments::expire(&mut tx, &id, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
    }
    finish(cx, now - OTHERS_AFTER).await
}

async fn finish(cx: &App, asked_before: Timestamp) -> Result<(), StoreError> {
    for id in payments::unfinished(&cx.store, asked_before, BATCH).await? {
        // Before anything of it is read: what cannot be settled holds up nobody else.
        payments::ask(&cx.store, &id, cx.now()).await?;
        settle_soon(cx, &id).await;
    }
    Ok(())
}
