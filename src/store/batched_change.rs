//! Deletes or changes many rows of one table in batches, so that no statement exceeds the statement timeout.

use sqlx::AssertSqlSafe;

use super::{Store, StoreError, skip_locked_clause};
use domain::Timestamp;

/// The maximum number of rows that one statement deletes or changes.
const MAX_ROWS_PER_STATEMENT: u64 = 1_000;

/// A deletion or change of the rows of one table.
pub(super) struct BatchedChange {
    pub(super) table: &'static str,
    /// The columns of the primary key, separated by commas.
    pub(super) key: &'static str,
    pub(super) action: RowAction,
    /// The SQL condition of the affected rows. After the action, a row must no longer fulfil it.
    pub(super) condition: &'static str,
}

/// The action on each row of a [`BatchedChange`].
pub(super) enum RowAction {
    Delete,
    /// Sets columns, given as an SQL assignment list.
    Set(&'static str),
}

impl BatchedChange {
    /// Deletes or changes the rows, batch by batch, and returns their number.
    ///
    /// The SQL parameters `$1`, `$2`, … of the action and the condition are `times`. On PostgreSQL, skips locked rows,
    /// to avoid deadlocks with transactions that lock rows in another order. The next call finds them.
    pub(super) async fn run(&self, store: &Store, times: &[Timestamp]) -> Result<u64, StoreError> {
        let sql = self.build_sql_for_one_batch(store);
        let mut affected = 0;
        loop {
            let mut statement = sqlx::query(AssertSqlSafe(sql.clone()));
            for time in times {
                statement = statement.bind(time.as_millis());
            }
            let rows = store.execute_single_write(statement).await?.rows_affected();
            affected += rows;
            if rows < MAX_ROWS_PER_STATEMENT {
                return Ok(affected);
            }
        }
    }

    /// Returns the SQL statement for one batch of rows.
    fn build_sql_for_one_batch(&self, store: &Store) -> String {
        let Self {
            table,
            key,
            action,
            condition,
        } = self;
        let action = match action {
            RowAction::Delete => format!("DELETE FROM {table}"),
            RowAction::Set(values) => format!("UPDATE {table} SET {values}"),
        };
        let skip_locked = skip_locked_clause(store.is_sqlite());
        format!(
            "{action} WHERE ({key}) IN \
             (SELECT {key} FROM {table} WHERE {condition} LIMIT {MAX_ROWS_PER_STATEMENT}{skip_locked})"
        )
    }
}
