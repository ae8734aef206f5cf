//! A database transaction that may write. It counts its audit events in the metrics once it is committed.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::{Any, AnyConnection, Transaction};

use super::StoreError;
use super::error::Outage;
use crate::metrics::{CountedEvent, Metrics};

/// A database transaction that may write. It is rolled back when it is dropped without a commit.
#[derive(Debug)]
pub struct Tx {
    transaction: Transaction<'static, Any>,
    metrics: Arc<Metrics>,
    /// The audit events of the transaction. The metrics count them after the commit.
    events: Vec<CountedEvent>,
}

impl Tx {
    /// Wraps a transaction that has begun.
    pub(super) fn from_begun_transaction(
        transaction: Transaction<'static, Any>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            transaction,
            metrics,
            events: Vec::new(),
        }
    }

    /// Counts an audit event in the metrics if the transaction is committed.
    pub(super) fn count_event_after_commit(&mut self, event: CountedEvent) {
        self.events.push(event);
    }

    /// Commits the transaction, and counts its audit events in the metrics.
    pub async fn commit(self) -> Result<(), StoreError> {
        let Self {
            transaction,
            metrics,
            events,
        } = self;
        if let Err(error) = transaction.commit().await {
            let reason = reason_of_failed_transaction(&error);
            metrics.node.count_failed_transaction(reason);
            return Err(error.into());
        }
        for event in &events {
            metrics.authentication.count_committed_event(event);
        }
        Ok(())
    }

    /// Rolls the transaction back. The metrics do not count its audit events.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.transaction.rollback().await?)
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.transaction
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}

/// Returns why a transaction could not begin or commit, as a label value of the metrics.
pub(super) fn reason_of_failed_transaction(error: &sqlx::Error) -> &'static str {
    Outage::from_driver_error(error).map_or("other", Outage::as_str)
}
