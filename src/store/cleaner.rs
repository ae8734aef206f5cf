use std::time::Duration;

use super::{Store, StoreError};
use domain::Timestamp;

/// How long a finished flow stays, so that an open tab can still be told what happened.
const FLOW_KEPT: Duration = Duration::from_hours(24);
/// How long a sent notification is kept, for later inspection.
const NOTICE_KEPT: Duration = Duration::from_hours(7 * 24);

/// Removes what no decision depends on any more: nothing is judged by being present, so a
/// cleaner that never runs costs space and no safety (docs/security.md#sm-07, docs/security.md#sm-14).
pub async fn clean(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let past = [
        ("DELETE FROM flows WHERE ends_at < $1", now - FLOW_KEPT),
        // No provider keeps one longer.
        ("DELETE FROM codes WHERE made_at < $1", now - FLOW_KEPT),
        ("DELETE FROM sessions WHERE ends_at < $1", now),
        ("DELETE FROM limit_buckets WHERE expires_at < $1", now),
        ("DELETE FROM spent_captchas WHERE expires_at < $1", now),
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
        // Longer than any provider repeats itself: Twilio for four hours.
        (
            "DELETE FROM deliveries WHERE received_at < $1",
            now - FLOW_KEPT,
        ),
        (
            "DELETE FROM outbox WHERE done_at > 0 AND done_at < $1",
            now - NOTICE_KEPT,
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
