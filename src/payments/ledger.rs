use async_trait::async_trait;

use super::{ExecutionResult, NoProcessorResult, PaymentOrder, Processor};
use crate::security::token::TransactionId;
use crate::store::ledger::{self, NewLedgerEntry};
use crate::store::{Store, StoreError};

/// The built-in payment processor. It stores each payment once in a database table, and moves no money.
pub struct Ledger {
    store: Store,
}

impl Ledger {
    /// Creates a payment processor that stores its payments in this database.
    pub const fn new(store: Store) -> Self {
        Self { store }
    }

    /// Stores a payment order once.
    ///
    /// Returns the earlier result if the same order was stored before. Declines a different order with the same key.
    async fn store_payment_order_idempotently(
        &self,
        order: &PaymentOrder,
    ) -> Result<ExecutionResult, StoreError> {
        let id = TransactionId::generate();
        let new = NewLedgerEntry {
            payment: &order.key,
            account: &order.account,
            recipient: &order.recipient,
            amount: order.amount,
            description: &order.description,
            at: order.at,
        };
        let mut tx = self.store.begin().await?;
        let execution = if ledger::insert_ledger_entry(&mut tx, &id, &new).await? {
            ExecutionResult::Executed(id)
        } else {
            match ledger::find_ledger_entry(&mut tx, &new).await? {
                Some(earlier) => ExecutionResult::Executed(earlier),
                // A different order was executed with the same key.
                None => ExecutionResult::Declined,
            }
        };
        tx.commit().await?;
        Ok(execution)
    }
}

#[async_trait]
impl Processor for Ledger {
    async fn execute_payment_order(
        &self,
        order: &PaymentOrder,
    ) -> Result<ExecutionResult, NoProcessorResult> {
        self.store_payment_order_idempotently(order)
            .await
            .map_err(|error| NoProcessorResult(Box::new(error)))
    }
}
