use std::time::Duration;

use sqlx::AssertSqlSafe;

use super::{Store, StoreError, clock_repair, limits};
use domain::Timestamp;

/// How long an ended flow or an expired mailed code is kept, so that the page can still show its result.
const RETENTION_OF_ENDED_FLOWS: Duration = Duration::from_hours(24);
/// How long a sent notification is kept for inspection.
const RETENTION_OF_SENT_NOTIFICATIONS: Duration = Duration::from_hours(7 * 24);

/// How long an expired row is kept if its absence would permit something. A clock that runs ahead by less than this
/// deletes none of them (docs/security.md#dur-10).
const CLOCK_MARGIN: Duration = Duration::from_hours(7 * 24);

/// The maximum number of rows that one cleanup statement changes. More rows could exceed the statement timeout.
const MAX_ROWS_PER_STATEMENT: u64 = 1_000;

/// A cleanup rule for one database table: which rows have expired, and whether they are deleted or changed.
struct CleanupRule {
    table: &'static str,
    key: &'static str,
    condition: &'static str,
    cutoff: Timestamp,
    /// Whether the rows are deleted or changed.
    action: CleanupAction,
}

/// The action of a cleanup rule on expired rows: deletion or change.
enum CleanupAction {
    Delete,
    /// Sets columns, given as an SQL assignment list.
    Set(&'static str),
}

impl CleanupRule {
    /// Creates a cleanup rule that deletes the rows of `table` for which the SQL `condition` is true. The parameter
    /// `$1` of the condition is `cutoff`.
    const fn create_rule_that_deletes_expired_rows(
        table: &'static str,
        key: &'static str,
        condition: &'static str,
        cutoff: Timestamp,
    ) -> Self {
        Self {
            table,
            key,
            condition,
            cutoff,
            action: CleanupAction::Delete,
        }
    }

    /// Returns the SQL statement that cleans one batch of rows.
    ///
    /// On PostgreSQL, the statement skips locked rows, to avoid deadlocks with transactions that lock rows in another
    /// order.
    fn build_cleanup_sql_for_one_batch(&self, store: &Store) -> String {
        let Self {
            table,
            key,
            condition,
            ..
        } = self;
        let unlocked = if store.is_sqlite() {
            ""
        } else {
            " FOR UPDATE SKIP LOCKED"
        };
        let action = match self.action {
            CleanupAction::Delete => format!("DELETE FROM {table}"),
            CleanupAction::Set(values) => format!("UPDATE {table} SET {values}"),
        };
        format!(
            "{action} WHERE ({key}) IN \
             (SELECT {key} FROM {table} WHERE {condition} LIMIT {MAX_ROWS_PER_STATEMENT}{unlocked})"
        )
    }

    /// Cleans all expired rows of this rule, batch by batch.
    async fn clean_expired_rows(&self, store: &Store) -> Result<(), StoreError> {
        let statement = self.build_cleanup_sql_for_one_batch(store);
        loop {
            let cleaned = sqlx::query(AssertSqlSafe(statement.clone()))
                .bind(self.cutoff.as_millis())
                .execute(store.reader())
                .await?;
            if cleaned.rows_affected() < MAX_ROWS_PER_STATEMENT {
                return Ok(());
            }
        }
    }
}

/// Deletes or clears the expired rows of all tables. A missed run only costs disk space (docs/security.md#sm-07,
/// docs/security.md#sm-14).
pub async fn delete_expired_rows(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    limits::move_future_rate_limit_events_to_now(store, now).await?;
    clock_repair::move_future_times_to_now(store, now).await?;
    for expired in cleanup_rules_of_all_tables(now) {
        expired.clean_expired_rows(store).await?;
    }
    Ok(())
}

/// Returns the cleanup rules of all tables whose rows expire, with their cutoff times at `now`.
fn cleanup_rules_of_all_tables(now: Timestamp) -> [CleanupRule; 13] {
    let ended = "expires_at < $1";
    [
        CleanupRule::create_rule_that_deletes_expired_rows(
            "flows",
            "id",
            "ends_at < $1",
            now - RETENTION_OF_ENDED_FLOWS,
        ),
        // No provider accepts a code for longer.
        CleanupRule::create_rule_that_deletes_expired_rows(
            "codes",
            "verification",
            "made_at < $1",
            now - RETENTION_OF_ENDED_FLOWS - CLOCK_MARGIN,
        ),
        CleanupRule::create_rule_that_deletes_expired_rows(
            "sessions",
            "token_hash",
            "ends_at < $1",
            now,
        ),
        CleanupRule::create_rule_that_deletes_expired_rows(
            "password_resets",
            "token_hash",
            ended,
            now,
        ),
        CleanupRule::create_rule_that_deletes_expired_rows(
            "email_proofs",
            "account_id",
            ended,
            now - RETENTION_OF_ENDED_FLOWS,
        ),
        CleanupRule::create_rule_that_deletes_expired_rows("recoveries", "account_id", ended, now),
        CleanupRule::create_rule_that_deletes_expired_rows("contact_changes", "id", ended, now),
        CleanupRule::create_rule_that_deletes_expired_rows(
            "limit_buckets",
            "key",
            ended,
            now - CLOCK_MARGIN,
        ),
        CleanupRule::create_rule_that_deletes_expired_rows(
            "spent_captchas",
            "id",
            ended,
            now - CLOCK_MARGIN,
        ),
        CleanupRule::create_rule_that_deletes_expired_rows(
            "authenticators",
            "account_id",
            "secret = '' AND pending_expires_at < $1",
            now,
        ),
        CleanupRule {
            action: CleanupAction::Set(
                "pending_secret = '', pending_session = '', \
                 pending_tries = 0, pending_expires_at = 0",
            ),
            ..CleanupRule::create_rule_that_deletes_expired_rows(
                "authenticators",
                "account_id",
                "pending_expires_at > 0 AND pending_expires_at < $1",
                now,
            )
        },
        // Providers repeat an event for less time, for example Twilio for 4 hours.
        CleanupRule::create_rule_that_deletes_expired_rows(
            "deliveries",
            "provider, event",
            "received_at < $1",
            now - RETENTION_OF_ENDED_FLOWS,
        ),
        CleanupRule::create_rule_that_deletes_expired_rows(
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
    use crate::security::rate_limit::{Events, Rule};
    use crate::security::token::BucketKey;

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    /// Cleanup must keep rate limits while the clock is ahead (docs/security.md#dur-10).
    #[tokio::test]
    async fn expired_row_cleanup_while_the_clock_is_ahead_keeps_rate_limits() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("test.db");
        let url = format!("sqlite://{}", file.display());
        let store = Store::open(&url).await.expect("a database");
        let (key, rule) = (
            BucketKey::new("test", "", b"key"),
            Rule::per_window(Duration::from_hours(1), 5),
        );
        let mut events = Events::default();
        rule.count_event(&mut events, NOW);
        let mut tx = store.begin().await.expect("a transaction");
        limits::lock_rate_limit_bucket(&mut tx, &key)
            .await
            .expect("the bucket");
        let put = limits::store_rate_limit_events(&mut tx, &key, &events, NOW + rule.window).await;
        put.expect("stored");
        tx.commit().await.expect("committed");
        let read = || async {
            limits::read_rate_limit_events(&store, &key)
                .await
                .expect("the bucket")
        };

        let ahead = NOW + Duration::from_hours(26);
        delete_expired_rows(&store, ahead).await.expect("cleaned");
        assert_eq!(read().await, events);
        // The clock was set back. An event with a later time counts as an event of now.
        let behind = NOW - Duration::from_hours(2);
        delete_expired_rows(&store, behind).await.expect("cleaned");
        assert_eq!(read().await.latest_event_time(), Some(behind));
        delete_expired_rows(&store, NOW + Duration::from_hours(24 * 9))
            .await
            .expect("cleaned");
        assert!(read().await.is_empty());
    }
}
