//! From confirmed to executed, and the end of what nobody confirmed.

use std::time::Duration;

use super::record;
use crate::domain::{PaymentFailure, PaymentId, Timestamp};
use crate::server::context::App;
use crate::server::payments::{Execution, Order};
use crate::server::store::StoreError;
use crate::server::store::audit::Event;
use crate::server::store::payments::{self, Standing};

/// How long whoever confirmed a payment has to get it executed before others look after it.
const OTHERS_AFTER: Duration = Duration::from_secs(15);
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
    let execution = match cx.payments.processor.execute(&order).await {
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
    let (first, event, detail) = match execution {
        Execution::Executed(transaction) => (
            payments::complete(&mut tx, id, &transaction).await?,
            Event::PaymentCompleted,
            format!("payment {id} transaction {}", transaction.as_str()),
        ),
        Execution::Declined => (
            payments::decline(&mut tx, id).await?,
            Event::PaymentFailed,
            format!("payment {id} {}", PaymentFailure::Declined.as_str()),
        ),
    };
    if !first {
        return Ok(());
    }
    record(&mut tx, &payment, event, &detail, now).await?;
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
        let Some(payment) = payments::find(&cx.store, &id).await? else {
            continue;
        };
        let mut tx = cx.store.begin().await?;
        if payments::expire(&mut tx, &id, now).await? {
            let detail = format!("payment {id}");
            record(&mut tx, &payment, Event::PaymentExpired, &detail, now).await?;
            tx.commit().await.map_err(StoreError::from)?;
        }
    }
    finish(cx, now - OTHERS_AFTER).await
}

async fn finish(cx: &App, confirmed_before: Timestamp) -> Result<(), StoreError> {
    for id in payments::unfinished(&cx.store, confirmed_before, BATCH).await? {
        settle(cx, &id).await?;
    }
    Ok(())
}
