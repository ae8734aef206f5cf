//! The clock of the database server, with which each node compares its own clock.

use sqlx::Row as _;

use super::{Store, StoreError};
use domain::{Clock, Timestamp};

/// The time of the database server, with the times of this node immediately before and after it was read.
#[derive(Clone, Copy, Debug)]
pub struct DatabaseTime {
    sent_at: Timestamp,
    database: Timestamp,
    received_at: Timestamp,
}

/// Reads the time of the PostgreSQL server. Returns `None` on SQLite, which has one node and no server.
///
/// `clock` is the clock of this node.
pub async fn read_database_time(
    store: &Store,
    clock: &impl Clock,
) -> Result<Option<DatabaseTime>, StoreError> {
    if store.is_sqlite() {
        return Ok(None);
    }
    // A wait for a connection is no part of the round trip.
    let mut connection = store.acquire_reader().await?;
    let sent_at = clock.now();
    let row = sqlx::query(
        "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS database_time",
    )
    .fetch_one(&mut *connection)
    .await?;
    let received_at = clock.now();
    Ok(Some(DatabaseTime {
        sent_at,
        database: Timestamp::from_millis(row.try_get("database_time")?),
        received_at,
    }))
}

impl DatabaseTime {
    /// Returns by how many milliseconds the clock of this node is ahead of that of the database; negative if behind.
    ///
    /// The database has read its clock at an unknown moment of the round trip. So half of the round trip is taken off
    /// the difference to its middle, and a slow connection never looks like a wrong clock.
    pub const fn node_ahead_ms(self) -> i64 {
        let database = self.database.as_millis();
        let before = self.sent_at.as_millis().saturating_sub(database);
        let after = self.received_at.as_millis().saturating_sub(database);
        if before > 0 {
            before
        } else if after < 0 {
            after
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the difference for a round trip from 10,000 to `received_at` and this time of the database.
    fn node_ahead_ms(received_at: i64, database: i64) -> i64 {
        let reading = DatabaseTime {
            sent_at: Timestamp::from_millis(10_000),
            database: Timestamp::from_millis(database),
            received_at: Timestamp::from_millis(received_at),
        };
        reading.node_ahead_ms()
    }

    #[test]
    fn clock_difference_to_the_database_is_the_smallest_that_the_round_trip_permits() {
        assert_eq!(node_ahead_ms(10_000, 10_000), 0);
        assert_eq!(node_ahead_ms(10_000, 4_000), 6_000);
        assert_eq!(node_ahead_ms(10_000, 16_000), -6_000);
        // A slow connection is no wrong clock.
        assert_eq!(node_ahead_ms(14_000, 10_000), 0);
        assert_eq!(node_ahead_ms(14_000, 14_000), 0);
        assert_eq!(node_ahead_ms(14_000, 9_000), 1_000);
        assert_eq!(node_ahead_ms(14_000, 20_000), -6_000);
    }
}
