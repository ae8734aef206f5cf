use std::time::Duration;

use super::{Store, StoreError, limits};
use domain::Timestamp;

/// How long a finished flow stays, so that an open tab can still show what happened.
const FLOW_KEPT: Duration = Duration::from_hours(24);
/// How long a sent notification is kept, for later inspection.
const NOTIFICATION_KEPT: Duration = Duration::from_hours(7 * 24);

/// How long an expired row stays whose absence would permit something. A clock that is ahead by less, and is then set
/// back, loses none of them (docs/security.md#dur-10).
const CLOCK_MARGIN: Duration = Duration::from_hours(7 * 24);

/// Deletes rows that no decision depends on. Presence decides nothing, so a cleaner that never runs costs space
/// only (docs/security.md#sm-07, docs/security.md#sm-14).
pub async fn clean(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    limits::date_back(store, now).await?;
    let past = [
        ("DELETE FROM flows WHERE ends_at < $1", now - FLOW_KEPT),
        // No provider keeps one longer.
        (
            "DELETE FROM codes WHERE made_at < $1",
            now - FLOW_KEPT - CLOCK_MARGIN,
        ),
        ("DELETE FROM sessions WHERE ends_at < $1", now),
        ("DELETE FROM password_resets WHERE expires_at < $1", now),
        (
            "DELETE FROM limit_buckets WHERE expires_at < $1",
            now - CLOCK_MARGIN,
        ),
        (
            "DELETE FROM spent_captchas WHERE expires_at < $1",
            now - CLOCK_MARGIN,
        ),
        (
            "DELETE FROM authenticators WHERE secret = '' AND pending_expires_at < $1",
            now,
        ),
        (
            "UPDATE authenticators SET pending_secret = '', pending_session = '', \
             pending_tries = 0, pending_expires_at = 0 \
             WHERE pending_expires_at > 0 AND pending_expires_at < $1",
            now,
        ),
        // Providers repeat an event for a shorter time: Twilio for 4 hours.
        (
            "DELETE FROM deliveries WHERE received_at < $1",
            now - FLOW_KEPT,
        ),
        (
            "DELETE FROM outbox WHERE done_at > 0 AND done_at < $1",
            now - NOTIFICATION_KEPT,
        ),
    ];
    for (statement, before) in past {
        sqlx::query(statement)
            .bind(before.as_millis())
            .execute(store.reader())
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::rate_limit::{Events, Rule};
    use crate::security::token::BucketKey;

    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

    /// docs/security.md#dur-10
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
        // The clock is behind: an event of the future is one of now.
        let behind = NOW - Duration::from_hours(2);
        clean(&store, behind).await.expect("cleaned");
        assert_eq!(read().await.last(), Some(behind));
        clean(&store, NOW + Duration::from_hours(24 * 9))
            .await
            .expect("cleaned");
        assert!(read().await.is_empty());
    }
}
