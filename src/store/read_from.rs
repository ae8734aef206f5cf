//! Selects where a query runs: on a pooled connection or in a transaction.

use sqlx::any::{Any, AnyArguments, AnyRow};
use sqlx::query::Query;

use super::{Store, Tx};

/// The source of a query's rows: a pooled connection, or a transaction, whose uncommitted changes the query sees.
pub enum ReadFrom<'a> {
    Store(&'a Store),
    Transaction(&'a mut Tx),
}

impl ReadFrom<'_> {
    /// Executes a query and returns its first row, if there is one.
    pub(super) async fn fetch_optional(
        self,
        query: Query<'_, Any, AnyArguments>,
    ) -> Result<Option<AnyRow>, sqlx::Error> {
        match self {
            Self::Store(store) => {
                query
                    .fetch_optional(&mut *store.acquire_reader().await?)
                    .await
            }
            Self::Transaction(tx) => query.fetch_optional(&mut **tx).await,
        }
    }

    /// Executes a query and returns all its rows.
    pub(super) async fn fetch_all(
        self,
        query: Query<'_, Any, AnyArguments>,
    ) -> Result<Vec<AnyRow>, sqlx::Error> {
        match self {
            Self::Store(store) => query.fetch_all(&mut *store.acquire_reader().await?).await,
            Self::Transaction(tx) => query.fetch_all(&mut **tx).await,
        }
    }

    /// Executes a query that always returns exactly one row.
    pub(super) async fn fetch_one(
        self,
        query: Query<'_, Any, AnyArguments>,
    ) -> Result<AnyRow, sqlx::Error> {
        match self {
            Self::Store(store) => query.fetch_one(&mut *store.acquire_reader().await?).await,
            Self::Transaction(tx) => query.fetch_one(&mut **tx).await,
        }
    }
}
