//! Corrects times that were stored while the clock was ahead.
//!
//! A session or mailed link would otherwise be valid until the clock reaches that time again, for example a day longer
//! than its lifetime. The next retry of a payment would wait as long (docs/security.md#dur-10).

use super::batched_change::{BatchedChange, RowAction};
use super::{Store, StoreError};
use crate::security::rate_limit::Events;
use domain::Timestamp;

/// The SQL updates that correct future times.
///
/// A session or link keeps its lifetime. The links of an undo and of the end of a recovery are left out, because they
/// end with the change or recovery to which they belong. The parameter `$1` is the current time, and `$2` the latest
/// plausible time.
const REPAIRS: [BatchedChange; 4] = [
    BatchedChange {
        table: "sessions",
        key: "token_hash",
        action: RowAction::Set("ends_at = $1 + ends_at - created_at, created_at = $1"),
        condition: "created_at > $2",
    },
    BatchedChange {
        table: "sessions",
        key: "token_hash",
        action: RowAction::Set("last_seen_at = $1"),
        condition: "last_seen_at > $2",
    },
    BatchedChange {
        table: "password_resets",
        key: "token_hash",
        action: RowAction::Set("expires_at = $1 + expires_at - created_at, created_at = $1"),
        condition: "created_at > $2 AND kind IN ('reset', 'open_recovery')",
    },
    BatchedChange {
        table: "payments",
        key: "id",
        action: RowAction::Set("asked_at = $1"),
        condition: "status = 'processing' AND asked_at > $2",
    },
];

/// Moves stored times that are in the future to `now`.
///
/// Changes the times of sessions, mailed links and retries of payments. A time that is ahead by no more than the
/// tolerated clock difference between server nodes stays.
pub(super) async fn move_future_times_to_now(
    store: &Store,
    now: Timestamp,
) -> Result<(), StoreError> {
    let latest = now + Events::CLOCK_DIFFERENCE;
    let mut moved = 0;
    for repair in &REPAIRS {
        moved += repair.run(store, &[now, latest]).await?;
    }
    if moved > 0 {
        tracing::warn!(
            moved,
            "stored times are later than the clock of this node and were moved to now; check the time synchronisation"
        );
    }
    Ok(())
}
