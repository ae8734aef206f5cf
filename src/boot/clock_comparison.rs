//! Compares the clock of this node with that of the database, because each node decides by its own clock what expires.
//!
//! Compares the system clock. The application clock of a development server can be moved.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::start_error::StartError;
use crate::context::{SharedAppState, SystemClock};
use crate::store::{Store, database_clock};

/// The time between two comparisons.
const COMPARISON_INTERVAL: Duration = Duration::from_mins(1);
/// The largest difference in milliseconds that causes no event in the log.
const TOLERATED_MS: u64 = 1_000;
/// The largest difference in milliseconds that is a warning. A larger one is an error.
const MAX_WARNING_MS: u64 = 5_000;
/// The largest difference in milliseconds with which the server starts: one time step of an authenticator code.
const MAX_START_MS: u64 = 30_000;

/// The size of the difference between the clock of this node and the clock of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deviation {
    Tolerated,
    Warning,
    Error,
}

impl Deviation {
    /// Classifies a clock difference in milliseconds. A negative difference means that the node is behind.
    const fn from_clock_difference(node_ahead_ms: i64) -> Self {
        let difference = node_ahead_ms.unsigned_abs();
        if difference > MAX_WARNING_MS {
            Self::Error
        } else if difference > TOLERATED_MS {
            Self::Warning
        } else {
            Self::Tolerated
        }
    }
}

/// Measures by how many milliseconds the clock of this node is ahead of that of the database; negative if behind.
///
/// Returns `None` on SQLite, and logs a warning and returns `None` if the time of the database cannot be read.
async fn measure_clock_difference(store: &Store) -> Option<i64> {
    match database_clock::read_database_time(store, &SystemClock).await {
        Ok(time) => Some(time?.node_ahead_ms()),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "reading the time of the database failed; retrying in {COMPARISON_INTERVAL:?}"
            );
            None
        }
    }
}

/// Fails if the clock of this node differs from the clock of the database by more than 30 seconds.
pub(super) async fn require_clock_near_database_clock(store: &Store) -> Result<(), StartError> {
    let node_ahead_ms = measure_clock_difference(store).await.unwrap_or(0);
    if node_ahead_ms.unsigned_abs() > MAX_START_MS {
        return Err(StartError::describe_clock_difference(node_ahead_ms));
    }
    Ok(())
}

/// Background task that compares the clock of this node with the clock of the database, at once and then once a minute.
///
/// Logs each change between a tolerated difference, one above 1 second and one above 5 seconds. `/readyz` reports the
/// last one. Ends when `stop` is cancelled.
pub(super) async fn watch_difference_to_database_clock(
    app: SharedAppState,
    stop: CancellationToken,
) {
    let mut last = Deviation::Tolerated;
    loop {
        if let Some(node_ahead_ms) = measure_clock_difference(&app.store).await {
            let deviation = Deviation::from_clock_difference(node_ahead_ms);
            let is_wrong = deviation == Deviation::Error;
            app.clock_health.record_clock_comparison(is_wrong);
            if deviation != last {
                log_clock_difference(deviation, node_ahead_ms);
            }
            last = deviation;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(COMPARISON_INTERVAL) => {}
        }
    }
}

/// Logs the difference between the clock of this node and the clock of the database.
fn log_clock_difference(deviation: Deviation, node_ahead_ms: i64) {
    match deviation {
        Deviation::Tolerated => tracing::info!(
            node_ahead_ms,
            "the clock of this node agrees with the clock of the database again"
        ),
        Deviation::Warning => tracing::warn!(
            node_ahead_ms,
            "the clock of this node differs slightly from the clock of the database; check the time synchronisation \
             of both hosts"
        ),
        Deviation::Error => tracing::error!(
            node_ahead_ms,
            "the clock of this node differs from the clock of the database by more than 5 seconds; check the time \
             synchronisation of both hosts"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_difference_is_tolerated_up_to_one_second_and_a_warning_up_to_five() {
        for (milliseconds, deviation) in [
            (0, Deviation::Tolerated),
            (1_000, Deviation::Tolerated),
            (1_001, Deviation::Warning),
            (5_000, Deviation::Warning),
            (5_001, Deviation::Error),
            (i64::MAX, Deviation::Error),
        ] {
            for node_ahead_ms in [milliseconds, -milliseconds] {
                let found = Deviation::from_clock_difference(node_ahead_ms);
                assert_eq!(found, deviation, "{node_ahead_ms}");
            }
        }
    }
}
