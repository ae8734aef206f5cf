//! Reads the metrics of an app in the Prometheus text format.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::app::{Database, TestApp};
use super::wire::{Request, TIMEOUT};

/// The metrics of an app at one time.
pub struct Metrics {
    pub text: String,
    samples: Vec<Sample>,
}

/// The value of one time series.
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: String,
}

/// Starts an app with a metrics server. Returns the app and the address of the metrics server.
pub async fn start_app_with_metrics(database: Database) -> (TestApp, SocketAddr) {
    start_app_with_metrics_and_settings(database, &[]).await
}

/// Starts an app with a metrics server and these further settings, as [`start_app_with_metrics`] does.
pub async fn start_app_with_metrics_and_settings(
    database: Database,
    settings: &[(&str, &str)],
) -> (TestApp, SocketAddr) {
    let builder = TestApp::builder(database)
        .with_setting("SALLYPORT_METRICS_ADDRESS", "127.0.0.1:0")
        .with_setting("SALLYPORT_TRUSTED_PROXIES", "127.0.0.1");
    let builder = settings.iter().fold(builder, |builder, (name, value)| {
        builder.with_setting(name, value)
    });
    let mut app = builder.start().await;
    let address = app
        .process
        .wait_for_output("Metrics server is listening on http://")
        .await;
    (app, address.parse().expect("server logs its address"))
}

impl Metrics {
    /// Requests the metrics, and parses each line.
    pub async fn read(metrics_server: SocketAddr) -> Self {
        let response = Request::get("/metrics").send(metrics_server).await;
        assert_eq!(response.status, 200, "{}", response.text());
        assert_eq!(
            response.header("content-type"),
            Some("text/plain; version=0.0.4; charset=utf-8")
        );
        Self::parse(response.text())
    }

    /// Reads the metrics until they fulfil this condition.
    pub async fn wait_for(metrics_server: SocketAddr, condition: impl Fn(&Self) -> bool) {
        let wait = async {
            while !condition(&Self::read(metrics_server).await) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(TIMEOUT, wait)
            .await
            .expect("metrics change in time");
    }

    /// Parses the text format. Panics on a line that the format does not permit.
    fn parse(text: String) -> Self {
        let mut types = BTreeMap::new();
        let mut samples = Vec::new();
        for line in text.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                let mut words = comment.splitn(3, ' ');
                let (keyword, name, rest) = (words.next(), words.next(), words.next());
                let name = name.filter(|name| is_metric_name(name));
                match (keyword, name, rest) {
                    (Some("HELP"), Some(_), Some(_)) => {}
                    (Some("TYPE"), Some(name), Some("counter" | "gauge" | "histogram")) => {
                        let earlier = types.insert(name.to_owned(), rest.unwrap_or_default());
                        assert_eq!(earlier, None, "two types: {line}");
                    }
                    _ => panic!("malformed comment: {line}"),
                }
                continue;
            }
            let sample = Sample::parse(line).unwrap_or_else(|| panic!("malformed sample: {line}"));
            let base = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|suffix| sample.name.strip_suffix(*suffix))
                .filter(|base| types.get(*base) == Some(&"histogram"));
            let is_described = base.is_some() || types.contains_key(&sample.name);
            assert!(is_described, "sample without a type: {line}");
            samples.push(sample);
        }
        drop(types);
        Self { text, samples }
    }

    /// Returns the sum of all time series of a metric that have these labels. It is 0 if there are none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let has_labels = |sample: &&Sample| {
            sample.name == name
                && labels
                    .iter()
                    .all(|(key, value)| sample.labels.get(*key).is_some_and(|is| is == value))
        };
        let samples = self.samples.iter().filter(has_labels);
        samples
            .map(|sample| {
                let value = sample.value.parse::<u64>();
                value.unwrap_or_else(|_| panic!("not a whole number: {name} {}", sample.value))
            })
            .sum()
    }
}

impl Sample {
    /// Parses a line such as `name{label="value"} 1`.
    fn parse(line: &str) -> Option<Self> {
        let (series, value) = line.rsplit_once(' ')?;
        value.parse::<f64>().ok()?;
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix('}')?),
            None => (series, ""),
        };
        let labels = labels.split(',').filter(|label| !label.is_empty());
        let labels = labels.map(|label| {
            let (key, value) = label.split_once("=\"")?;
            let value = value.strip_suffix('"')?;
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '+');
            let is_valid = is_metric_name(key) && value.chars().all(is_plain);
            is_valid.then(|| (key.to_owned(), value.to_owned()))
        });
        is_metric_name(name).then_some(Self {
            name: name.to_owned(),
            labels: labels.collect::<Option<_>>()?,
            value: value.to_owned(),
        })
    }
}

/// Returns whether a text is the name of a metric or label of this program: lower case letters and underscores.
fn is_metric_name(text: &str) -> bool {
    let is_permitted = |c: char| c.is_ascii_lowercase() || c == '_';
    !text.is_empty() && text.chars().all(is_permitted)
}
