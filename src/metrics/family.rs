//! Families of metrics with constant label values.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

/// The labels of one time series, as pairs of name and value.
pub(super) type Labels<const N: usize> = [(&'static str, &'static str); N];

/// Counters with the same name and different label values.
pub(super) type Counters<const N: usize> = Family<Labels<N>, Counter>;

/// Gauges with the same name and different label values.
pub(super) type Gauges<const N: usize> = Family<Labels<N>, Gauge>;

/// Histograms with the same name and different label values.
pub(super) type Histograms<const N: usize> = Family<Labels<N>, Histogram>;

/// The upper limits of the histogram buckets for durations, in seconds.
const DURATION_BUCKETS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// Creates an empty histogram of durations.
pub(super) fn create_duration_histogram() -> Histogram {
    Histogram::new(DURATION_BUCKETS)
}

/// Adds a duration to a histogram, in seconds.
pub(super) fn observe_duration(histogram: &Histogram, duration: Duration) {
    histogram.observe(duration.as_secs_f64());
}

/// Adds a metric to the registry and returns it.
///
/// The registry adds the prefix, `_total` to the name of a counter, and a full stop to the help text.
pub(super) fn register_metric<M: Metric + Clone>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    metric: M,
) -> M {
    registry.register(name, help, metric.clone());
    metric
}

/// Creates the time series of these label values without an event, so that the first event is an increase.
pub(super) fn create_series_at_zero<const N: usize, M>(
    family: Family<Labels<N>, M>,
    all_labels: impl IntoIterator<Item = Labels<N>>,
) -> Family<Labels<N>, M> {
    for labels in all_labels {
        drop(family.get_or_create(&labels));
    }
    family
}
