use std::time::Duration;

use super::batched_change::{BatchedChange, RowAction};
use super::{Store, StoreError, clock_repair, limits};
use domain::Timestamp;

/// How long an ended flow or an expired mailed code is kept. Its page still shows the result.
const RETENTION_OF_ENDED_FLOWS: Duration = Duration::from_hours(24);
/// How long a sent notification is kept for inspection.
const RETENTION_OF_SENT_NOTIFICATIONS: Duration = Duration::from_hours(7 * 24);

/// How long an expired row is kept if an early deletion would permit a replay or more attempts.
///
/// A clock that is ahead by less than this time deletes no such row early (docs/security.md#dur-10).
const CLOCK_MARGIN: Duration = Duration::from_hours(7 * 24);

/// A cleanup rule for one database table: which rows have expired, and whether they are deleted or changed.
struct CleanupRule {
    rows: BatchedChange,
    /// The time that is the parameter `$1` of the condition.
    cutoff: Timestamp,
}

impl CleanupRule {
    /// Creates a cleanup rule that deletes the rows of `table` for which the SQL `condition` is true.
    ///
    /// The parameter `$1` of the condition is `cutoff`.
    const fn delete(
        table: &'static str,
        key: &'static str,
        condition: &'static str,
        cutoff: Timestamp,
    ) -> Self {
        Self {
            rows: BatchedChange {
                table,
                key,
                action: RowAction::Delete,
                condition,
            },
            cutoff,
        }
    }
}

/// Deletes or clears the expired rows of all tables.
///
/// A missed run only costs disk space (docs/security.md#sm-07, docs/security.md#sm-14).
pub async fn delete_expired_rows(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    limits::move_future_rate_limit_events_to_now(store, now).await?;
    clock_repair::move_future_times_to_now(store, now).await?;
    for rule in cleanup_rules_of_all_tables(now) {
        rule.rows.run(store, &[rule.cutoff]).await?;
    }
    Ok(())
}

/// Returns the cleanup rules of all tables whose rows expire, with their cutoff times at `now`.
fn cleanup_rules_of_all_tables(now: Timestamp) -> [CleanupRule; 13] {
    let ended = "expires_at < $1";
    [
        CleanupRule::delete(
            "flows",
            "id",
            "ends_at < $1",
            now - RETENTION_OF_ENDED_FLOWS,
        ),
        // No provider accepts a code for longer.
        CleanupRule::delete(
            "codes",
            "verification",
            "made_at < $1",
            now - RETENTION_OF_ENDED_FLOWS - CLOCK_MARGIN,
        ),
        CleanupRule::delete("sessions", "token_hash", "ends_at < $1", now),
        CleanupRule::delete("password_resets", "token_hash", ended, now),
        CleanupRule::delete(
            "email_proofs",
            "account_id",
            ended,
            now - RETENTION_OF_ENDED_FLOWS,
        ),
        CleanupRule::delete("recoveries", "account_id", ended, now),
        CleanupRule::delete("contact_changes", "id", ended, now),
        CleanupRule::delete("limit_buckets", "key", ended, now - CLOCK_MARGIN),
        CleanupRule::delete("spent_captchas", "id", ended, now - CLOCK_MARGIN),
        CleanupRule::delete(
            "authenticators",
            "account_id",
            "secret = '' AND pending_expires_at < $1",
            now,
        ),
        CleanupRule {
            rows: BatchedChange {
                table: "authenticators",
                key: "account_id",
                action: RowAction::Set(
                    "pending_secret = '', pending_session = '', \
                     pending_tries = 0, pending_expires_at = 0",
                ),
                condition: "pending_expires_at > 0 AND pending_expires_at < $1",
            },
            cutoff: now,
        },
        // Providers repeat an event for less time, for example Twilio for 4 hours.
        CleanupRule::delete(
            "deliveries",
            "provider, event",
            "received_at < $1",
            now - RETENTION_OF_ENDED_FLOWS,
        ),
        CleanupRule::delete(
            "outbox",
            "id",
            "done_at > 0 AND done_at < $1",
            now - RETENTION_OF_SENT_NOTIFICATIONS,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::rate_limit::{Events, RateLimit, Rule};
    use crate::security::token::BucketKey;

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    /// Cleanup must keep rate limits while the clock is ahead (docs/security.md#dur-10).
    #[tokio::test]
    async fn expired_row_cleanup_while_the_clock_is_ahead_keeps_rate_limits() {
        let directory = tempfile::tempdir().expect("temporary directory is created");
        let file = directory.path().join("test.db");
        let url = format!("sqlite://{}", file.display());
        let store = Store::open(&url).await.expect("database is opened");
        let key = BucketKey::new("test", "", b"key");
        let rule = Rule::per_window(Duration::from_hours(1), 5);
        let mut events = Events::default();
        rule.count_event(&mut events, NOW);
        let mut tx = store.begin().await.expect("transaction begins");
        limits::lock_rate_limit_bucket(&mut tx, &key)
            .await
            .expect("bucket is read");
        let put = limits::store_rate_limit_events(&mut tx, &key, &events, NOW + rule.window).await;
        put.expect("stored");
        tx.commit().await.expect("transaction is committed");
        let read = || async {
            limits::read_rate_limit_events(&store, &key)
                .await
                .expect("bucket is read")
        };

        let ahead = NOW + Duration::from_hours(26);
        delete_expired_rows(&store, ahead)
            .await
            .expect("cleanup succeeds");
        assert_eq!(read().await, events);
        // After the clock was set back, the cleanup changes the times of future events to the current time.
        let behind = NOW - Duration::from_hours(2);
        delete_expired_rows(&store, behind)
            .await
            .expect("cleanup succeeds");
        assert_eq!(read().await.latest_event_time(), Some(behind));
        delete_expired_rows(&store, NOW + Duration::from_hours(24 * 9))
            .await
            .expect("cleanup succeeds");
        assert!(read().await.is_empty());
    }

    #[tokio::test]
    async fn rate_limit_event_moved_to_now_counts_for_the_whole_window_of_its_limit() {
        let directory = tempfile::tempdir().expect("temporary directory is created");
        let file = directory.path().join("test.db");
        let url = format!("sqlite://{}", file.display());
        let store = Store::open(&url).await.expect("database is opened");
        let limit = RateLimit::new(
            BucketKey::new("test", "", b"key"),
            Rule::per_window(Duration::from_hours(366 * 24), 80),
        );
        let mut tx = store.begin().await.expect("transaction begins");
        let counted = limits::count_event_within_limit(&mut tx, &limit, NOW).await;
        assert_eq!(counted.expect("event is counted"), Ok(()));
        tx.commit().await.expect("transaction is committed");

        for hours in [-2, 365 * 24] {
            let now = Timestamp::from_millis(NOW.as_millis() + hours * 3_600_000);
            delete_expired_rows(&store, now)
                .await
                .expect("cleanup succeeds");
            let events = limits::read_rate_limit_events(&store, &limit.key)
                .await
                .expect("bucket is read");
            assert_eq!(events.count_events_after(NOW - limit.rule.window), 1);
        }
    }
}
