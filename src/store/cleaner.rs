use std::time::Duration;

use sqlx::AssertSqlSafe;

use super::{Store, StoreError, limits};
use domain::Timestamp;

/// How long a finished flow stays, so that an open tab can still show what happened.
const FLOW_KEPT: Duration = Duration::from_hours(24);
/// How long a sent notification is kept, for later inspection.
const NOTIFICATION_KEPT: Duration = Duration::from_hours(7 * 24);

/// How long an expired row stays whose absence would permit something. A clock that is ahead by less, and is then set
/// back, loses none of them (docs/security.md#dur-10).
const CLOCK_MARGIN: Duration = Duration::from_hours(7 * 24);

/// How many rows one statement cleans. A longer one could exceed the time limit of a statement.
const BATCH: u64 = 1_000;

/// Rows that no decision depends on, once the time in `condition` is before `past`.
struct Expired {
    table: &'static str,
    key: &'static str,
    condition: &'static str,
    past: Timestamp,
    /// The start of the statement that cleans them.
    action: Action,
}

enum Action {
    Delete,
    /// These columns get these values.
    Set(&'static str),
}

impl Expired {
    const fn deleted(
        table: &'static str,
        key: &'static str,
        condition: &'static str,
        past: Timestamp,
    ) -> Self {
        Self {
            table,
            key,
            condition,
            past,
            action: Action::Delete,
        }
    }

    /// The statement for one batch. On PostgreSQL it skips rows that a transaction holds: two transactions that lock
    /// several rows in different orders would wait for each other, and one would fail.
    fn statement(&self, store: &Store) -> String {
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
            Action::Delete => format!("DELETE FROM {table}"),
            Action::Set(values) => format!("UPDATE {table} SET {values}"),
        };
        format!(
            "{action} WHERE ({key}) IN \
             (SELECT {key} FROM {table} WHERE {condition} LIMIT {BATCH}{unlocked})"
        )
    }

    async fn clean(&self, store: &Store) -> Result<(), StoreError> {
        let statement = self.statement(store);
        loop {
            let cleaned = sqlx::query(AssertSqlSafe(statement.clone()))
                .bind(self.past.as_millis())
                .execute(store.reader())
                .await?;
            if cleaned.rows_affected() < BATCH {
                return Ok(());
            }
        }
    }
}

/// Deletes rows that no decision depends on. Presence decides nothing, so a cleaner that never runs costs space
/// only (docs/security.md#sm-07, docs/security.md#sm-14).
pub async fn clean(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    limits::date_back(store, now).await?;
    for expired in expired_rows(now) {
        expired.clean(store).await?;
    }
    Ok(())
}

fn expired_rows(now: Timestamp) -> [Expired; 13] {
    let ended = "expires_at < $1";
    [
        Expired::deleted("flows", "id", "ends_at < $1", now - FLOW_KEPT),
        // No provider keeps a code longer.
        Expired::deleted(
            "codes",
            "verification",
            "made_at < $1",
            now - FLOW_KEPT - CLOCK_MARGIN,
        ),
        Expired::deleted("sessions", "token_hash", "ends_at < $1", now),
        Expired::deleted("password_resets", "token_hash", ended, now),
        Expired::deleted("email_proofs", "account_id", ended, now),
        Expired::deleted("recoveries", "account_id", ended, now),
        Expired::deleted("contact_changes", "id", ended, now),
        Expired::deleted("limit_buckets", "key", ended, now - CLOCK_MARGIN),
        Expired::deleted("spent_captchas", "id", ended, now - CLOCK_MARGIN),
        Expired::deleted(
            "authenticators",
            "account_id",
            "secret = '' AND pending_expires_at < $1",
            now,
        ),
        Expired {
            action: Action::Set(
                "pending_secret = '', pending_session = '', \
                 pending_tries = 0, pending_expires_at = 0",
            ),
            ..Expired::deleted(
                "authenticators",
                "account_id",
                "pending_expires_at > 0 AND pending_expires_at < $1",
                now,
            )
        },
        // Providers repeat an event for a shorter time: Twilio for 4 hours.
        Expired::deleted(
            "deliveries",
            "provider, event",
            "received_at < $1",
            now - FLOW_KEPT,
        ),
        Expired::deleted(
            "outbox",
            "id",
            "done_at > 0 AND done_at < $1",
            now - NOTIFICATION_KEPT,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::rate_limit::{Events, Rule};
    use crate::security::token::BucketKey;

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    /// Tests docs/security.md#dur-10.
    #[tokio::test]
    async fn clock_that_is_ahead_deletes_no_limit() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("test.db");
        let url = format!("sqlite://{}", file.display());
        let store = Store::open(&url).await.expect("a database");
        let (key, rule) = (
            BucketKey::new("test", "", b"key"),
            Rule::per(Duration::from_hours(1), 5),
        );
        let mut events = Events::default();
        rule.count(&mut events, NOW);
        let mut tx = store.begin().await.expect("a transaction");
        limits::lock(&mut tx, &key).await.expect("the bucket");
        let put = limits::put(&mut tx, &key, &events, NOW + rule.window).await;
        put.expect("stored");
        tx.commit().await.expect("committed");
        let read = || async { limits::read(&store, &key).await.expect("the bucket") };

        let ahead = NOW + Duration::from_hours(26);
        clean(&store, ahead).await.expect("cleaned");
        assert_eq!(read().await, events);
        // The clock was set back. An event with a later time counts as an event of now.
        let behind = NOW - Duration::from_hours(2);
        clean(&store, behind).await.expect("cleaned");
        assert_eq!(read().await.last(), Some(behind));
        clean(&store, NOW + Duration::from_hours(24 * 9))
            .await
            .expect("cleaned");
        assert!(read().await.is_empty());
    }
}
