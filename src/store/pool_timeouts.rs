//! Finds out why PostgreSQL had no connection for a transaction or a read in time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::Outage;
use super::location::DatabaseLocation;
use crate::metrics::Metrics;

/// How long the result of a diagnosis applies to further timeouts. So a diagnosis starts at most once in this time.
const RESULT_LIFETIME: Duration = Duration::from_secs(5);

/// Counts timeouts of the PostgreSQL connection pools by their cause, and logs the cause.
///
/// A pool retries a refused connection until its timeout, and its error does not contain the cause. So a timeout starts a
/// diagnosis in a background task, which opens a connection.
#[derive(Debug, Default)]
pub(super) struct PoolTimeouts(Mutex<Diagnosis>);

/// The running diagnosis and the result of the last one.
#[derive(Debug, Default)]
struct Diagnosis {
    is_running: bool,
    /// The number of timeouts that the running diagnosis counts when it ends.
    uncounted: u64,
    last: Option<(Instant, Outage)>,
}

/// The next step after a timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextStep {
    /// Count the timeout with the cause that the last diagnosis found.
    Count(Outage),
    StartDiagnosis,
    /// The running diagnosis counts the timeout.
    AwaitResult,
}

impl PoolTimeouts {
    /// Counts a timeout of a connection pool. Starts a diagnosis in a background task if the cause is not known.
    pub(super) fn count_pool_timeout(
        self: &Arc<Self>,
        location: &Arc<DatabaseLocation>,
        metrics: &Arc<Metrics>,
    ) {
        let step = self.lock_diagnosis().add_timeout(Instant::now());
        match step {
            NextStep::Count(outage) => metrics.node.count_failed_transaction(outage.as_str()),
            NextStep::AwaitResult => {}
            NextStep::StartDiagnosis => {
                let (timeouts, location) = (Arc::clone(self), Arc::clone(location));
                let metrics = Arc::clone(metrics);
                tokio::spawn(async move { timeouts.diagnose(&location, &metrics).await });
            }
        }
    }

    /// Opens a connection to find the cause of timeouts. Counts these timeouts, and logs why the connection failed.
    async fn diagnose(&self, location: &DatabaseLocation, metrics: &Metrics) {
        let failure = location.diagnose_postgres_connection().await;
        let outage = failure
            .as_ref()
            .map_or(Outage::Busy, |failure| failure.outage);
        let uncounted = self.lock_diagnosis().finish(Instant::now(), outage);
        for _ in 0..uncounted {
            metrics.node.count_failed_transaction(outage.as_str());
        }
        if let Some(failure) = failure {
            tracing::error!(
                "no database connection was available in time: {location}: {}",
                failure.cause
            );
        }
    }

    /// Locks the state of the diagnosis.
    fn lock_diagnosis(&self) -> MutexGuard<'_, Diagnosis> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Diagnosis {
    /// Adds a timeout. Returns whether to count it now, to start a diagnosis, or to wait for the running one.
    fn add_timeout(&mut self, now: Instant) -> NextStep {
        if self.is_running {
            self.uncounted += 1;
            return NextStep::AwaitResult;
        }
        match self.last {
            Some((at, outage)) if now.saturating_duration_since(at) < RESULT_LIFETIME => {
                NextStep::Count(outage)
            }
            _ => {
                self.is_running = true;
                self.uncounted = 1;
                NextStep::StartDiagnosis
            }
        }
    }

    /// Ends the running diagnosis with its result. Returns the number of timeouts to count with it.
    fn finish(&mut self, now: Instant, outage: Outage) -> u64 {
        self.is_running = false;
        self.last = Some((now, outage));
        std::mem::take(&mut self.uncounted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_start_one_diagnosis_at_a_time_and_at_most_one_in_five_seconds() {
        let mut diagnosis = Diagnosis::default();
        let start = Instant::now();
        let second = Duration::from_secs(1);
        assert_eq!(diagnosis.add_timeout(start), NextStep::StartDiagnosis);
        assert_eq!(
            diagnosis.add_timeout(start + 60 * second),
            NextStep::AwaitResult
        );
        let end = start + 61 * second;
        assert_eq!(diagnosis.finish(end, Outage::Unreachable), 2);
        assert_eq!(
            diagnosis.add_timeout(end + 4 * second),
            NextStep::Count(Outage::Unreachable)
        );
        assert_eq!(
            diagnosis.add_timeout(end + 5 * second),
            NextStep::StartDiagnosis
        );
        assert_eq!(diagnosis.finish(end + 6 * second, Outage::Busy), 1);
    }
}
