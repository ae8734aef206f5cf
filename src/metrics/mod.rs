//! Metrics for operators: counters, gauges and histograms of this node in the Prometheus text format.
//!
//! Every label value is a constant of the program (`&'static str`). So no phone number, address or name can become a
//! label, and the number of time series is bounded. Each app has its own metrics; there are no global ones.

mod authentication;
mod family;
mod labels;
mod messages;
mod node;
#[cfg(test)]
mod tests;

use std::fmt;

use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub use authentication::{AuthenticationMetrics, CodeCheck, CountedEvent};
pub use labels::{PasswordCheckOutcome, ProviderOperation, RequestKind, SignInOutcome};
pub use messages::MessageMetrics;
pub use node::{ConnectionPoolSize, NodeGauges, NodeMetrics, OpenEventStream};

/// The media type of the Prometheus text format.
pub const TEXT_FORMAT: &str = prometheus_text::CONTENT_TYPE;

/// All metrics of one app. The metrics count from the start of the process.
#[derive(Debug)]
pub struct Metrics {
    pub authentication: AuthenticationMetrics,
    pub messages: MessageMetrics,
    pub node: NodeMetrics,
    registry: Registry,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("sallyport");
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The version of the program", Info::new(version));
        Self {
            authentication: AuthenticationMetrics::register_metrics(&mut registry),
            messages: MessageMetrics::register_metrics(&mut registry),
            node: NodeMetrics::register_metrics(&mut registry),
            registry,
        }
    }
}

impl Metrics {
    /// Renders all metrics in the Prometheus text format, version 0.0.4.
    ///
    /// `gauges` are the values that other parts of the app hold.
    pub fn render_in_text_format(&self, gauges: &NodeGauges) -> Result<String, fmt::Error> {
        self.node.set_gauges(gauges);
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
