//! Where a query runs.

use sqlx::any::{Any, AnyArguments, AnyRow};
use sqlx::query::Query;

use super::{Store, Tx};

/// Where a query runs: on a connection of its own, or in a transaction, whose changes it sees.
pub enum ReadFrom<'a> {
    Store(&'a Store),
    Transaction(&'a mut Tx),
}

impl ReadFrom<'_> {
    /// The first row, if there is one.
    pub(super) async fn fetch_optional(
        self,
        query: Query<'_, Any, AnyArguments>,
    ) -> Result<Option<AnyRow>, sqlx::Error> {
        match self {
            Self::Store(store) => query.fetch_optional(store.reader()).await,
            Self::Transaction(tx) => query.fetch_optional(&mut **tx).await,
        }
    }

    /// All rows.
    pub(super) async fn fetch_all(
        self,
        query: Query<'_, Any, AnyArguments>,
    ) -> Result<Vec<AnyRow>, sqlx::Error> {
        match self {
            Self::Store(store) => query.fetch_all(store.reader()).await,
            Self::Transaction(tx) => query.fetch_all(&mut **tx).await,
        }
    }

    /// The row of a query that returns exactly one.
    pub(super) async fn fetch_one(
        self,
        query: Query<'_, Any, AnyArguments>,
    ) -> Result<AnyRow, sqlx::Error> {
        match self {
            Self::Store(store) => query.fetch_one(store.reader()).await,
            Self::Transaction(tx) => query.fetch_one(&mut **tx).await,
        }
    }
}
