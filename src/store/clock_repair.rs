//! Corrects times that were stored while the clock was ahead.
//!
//! A session or mailed link would otherwise be valid until the clock reaches that time again, for example a day longer
//! than its lifetime. The next retry of a payment would wait as long (docs/security.md#dur-10).

use sqlx::AssertSqlSafe;

use super::{Store, StoreError};
use crate::security::rate_limit::Events;
use domain::Timestamp;

/// The maximum number of rows that one statement changes, as in the cleanup of expired rows.
const MAX_ROWS_PER_STATEMENT: u64 = 1_000;

/// A correction of the rows of one table.
struct Repair {
    table: &'static str,
    key: &'static str,
    /// The corrected columns. `$1` is the current time.
    values: &'static str,
    /// The rows that are corrected. `$2` is the latest plausible time.
    condition: &'static str,
}

/// The corrections. A session or link keeps its lifetime. The links of an undo and of the end of a recovery are left
/// out, because they end with the change or recovery to which they belong.
const REPAIRS: [Repair; 4] = [
    Repair {
        table: "sessions",
        key: "token_hash",
        values: "ends_at = $1 + ends_at - created_at, created_at = $1",
        condition: "created_at > $2",
    },
    Repair {
        table: "sessions",
        key: "token_hash",
        values: "last_seen_at = $1",
        condition: "last_seen_at > $2",
    },
    Repair {
        table: "password_resets",
        key: "token_hash",
        values: "expires_at = $1 + expires_at - created_at, created_at = $1",
        condition: "created_at > $2 AND kind IN ('reset', 'open_recovery')",
    },
    Repair {
        table: "payments",
        key: "id",
        values: "asked_at = $1",
        condition: "status = 'processing' AND asked_at > $2",
    },
];

/// Moves the times of sessions, mailed links and retries of payments to `now` if they are in the future by more than the
/// tolerated clock difference between server nodes.
///
/// On PostgreSQL, skips locked rows, to avoid deadlocks with transactions that lock rows in another order. The next call
/// moves them.
pub(super) async fn move_future_times_to_now(
    store: &Store,
    now: Timestamp,
) -> Result<(), StoreError> {
    let latest = now + Events::CLOCK_DIFFERENCE;
    let mut moved = 0;
    for repair in &REPAIRS {
        let statement = repair.build_sql_for_one_batch(store);
        loop {
            let rows = sqlx::query(AssertSqlSafe(statement.clone()))
                .bind(now.as_millis())
                .bind(latest.as_millis())
                .execute(store.reader())
                .await?
                .rows_affected();
            moved += rows;
            if rows < MAX_ROWS_PER_STATEMENT {
                break;
            }
        }
    }
    if moved > 0 {
        tracing::warn!(
            moved,
            "stored times are later than the clock of this node and were moved to now; check the time synchronisation"
        );
    }
    Ok(())
}

impl Repair {
    /// Returns the SQL statement that corrects one batch of rows.
    fn build_sql_for_one_batch(&self, store: &Store) -> String {
        let Self {
            table,
            key,
            values,
            condition,
        } = self;
        let unlocked = if store.is_sqlite() {
            ""
        } else {
            " FOR UPDATE SKIP LOCKED"
        };
        format!(
            "UPDATE {table} SET {values} WHERE {key} IN \
             (SELECT {key} FROM {table} WHERE {condition} LIMIT {MAX_ROWS_PER_STATEMENT}{unlocked})"
        )
    }
}
