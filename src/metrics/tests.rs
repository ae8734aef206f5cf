//! The text format of the metrics, and their table in docs/monitoring.md.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::*;

const GAUGES: NodeGauges = NodeGauges {
    waiting_hash_requests: 3,
    is_circuit_breaker_open: true,
    connection_pools: [
        ConnectionPoolSize {
            pool: "write",
            used: 1,
            idle: 2,
        },
        ConnectionPoolSize {
            pool: "read",
            used: 0,
            idle: 4,
        },
    ],
};

/// Returns the text of metrics that have counted one event of each kind.
fn render_metrics_with_one_event_of_each_kind() -> String {
    let metrics = Metrics::default();
    metrics.authentication.count_committed_event(&CountedEvent {
        event: "session_started",
        sign_in: Some(SignInOutcome::Completed),
        password_check: Some(PasswordCheckOutcome::Right),
        code_check: Some(CodeCheck {
            purpose: "sign_in",
            method: "sms",
            outcome: "approved",
        }),
    });
    let second = Duration::from_secs(1);
    let messages = &metrics.messages;
    messages.record_provider_call(ProviderOperation::Check, "approved", second);
    messages.count_code_send("sms", "US", "accepted");
    messages.count_approved_sent_code("US");
    messages.count_delivery_report("twilio", "delivered");
    messages.count_notification("mail", "sent");
    messages.count_rejected_webhook("twilio");
    let node = &metrics.node;
    node.record_http_response(RequestKind::Page, 404, second);
    node.record_hash_queue_wait(second, true);
    node.record_hash_queue_wait(second, false);
    node.record_transaction_wait(second);
    node.count_failed_transaction("busy");
    let _open = node.count_open_event_stream();
    let text = metrics.render_in_text_format(&GAUGES);
    text.expect("metrics are rendered")
}

#[test]
fn metrics_are_rendered_in_the_text_format() {
    let text = render_metrics_with_one_event_of_each_kind();
    for line in [
        "# TYPE sallyport_sign_ins_total counter",
        "sallyport_sign_ins_total{outcome=\"completed\"} 1",
        "sallyport_sign_ins_total{outcome=\"cancelled\"} 0",
        "sallyport_code_sends_total{channel=\"sms\",country=\"US\",outcome=\"accepted\"} 1",
        "sallyport_provider_call_duration_seconds_count{operation=\"check\"} 1",
        "sallyport_provider_call_duration_seconds_count{operation=\"send\"} 0",
        "sallyport_http_responses_total{kind=\"page\",status=\"4xx\"} 1",
        "sallyport_http_responses_total{kind=\"page\",status=\"5xx\"} 0",
        "sallyport_password_hash_queue_requests 3",
        "sallyport_password_hash_queue_refusals_total 1",
        "sallyport_provider_circuit_breaker_open 1",
        "sallyport_event_streams 1",
        "sallyport_database_connections{pool=\"read\",state=\"idle\"} 4",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let version = env!("CARGO_PKG_VERSION");
    let build = format!("sallyport_build_info{{version=\"{version}\"}} 1\n");
    assert!(text.contains(&build), "{text}");
}

#[test]
fn event_stream_is_counted_while_it_is_open() {
    let metrics = Metrics::default();
    let count_is = |count: i64| {
        let text = metrics.render_in_text_format(&GAUGES);
        let text = text.expect("metrics are rendered");
        text.contains(&format!("sallyport_event_streams {count}\n"))
    };
    let streams = [0, 1].map(|_| metrics.node.count_open_event_stream());
    assert!(count_is(2));
    drop(streams);
    assert!(count_is(0));
}

#[test]
fn each_app_has_its_own_metrics() {
    let (first, second) = (Metrics::default(), Metrics::default());
    first.messages.count_rejected_webhook("twilio");
    for (metrics, count) in [(first, 1), (second, 0)] {
        let text = metrics.render_in_text_format(&GAUGES);
        let text = text.expect("metrics are rendered");
        let line = format!("sallyport_webhooks_rejected_total{{provider=\"twilio\"}} {count}\n");
        assert!(text.contains(&line), "{text}");
    }
}

/// Type and label names of each metric, by its name.
type Descriptions = BTreeMap<String, (String, BTreeSet<String>)>;

/// Reads type and label names of each metric from the text format.
fn describe_rendered_metrics(text: &str) -> Descriptions {
    let mut found = Descriptions::new();
    for line in text.lines() {
        if let Some(description) = line.strip_prefix("# TYPE ") {
            let (name, kind) = description.split_once(' ').expect("line has a type");
            found.insert(name.to_owned(), (kind.to_owned(), BTreeSet::new()));
        } else if let Some((name, rest)) = line.split_once('{') {
            let suffixes = ["", "_bucket", "_sum", "_count"];
            let mut names = suffixes.iter().filter_map(|end| name.strip_suffix(*end));
            let name = names.find(|name| found.contains_key(*name));
            let (_, labels) = name
                .and_then(|name| found.get_mut(name))
                .expect("metric has a type");
            let (pairs, _) = rest.split_once('}').expect("labels end");
            let keys = pairs.split(',').filter_map(|pair| pair.split_once('='));
            labels.extend(
                keys.map(|(key, _)| key.to_owned())
                    .filter(|key| key != "le"),
            );
        }
    }
    found
}

/// Reads type and label names of each metric from the table in docs/monitoring.md.
fn describe_documented_metrics() -> Descriptions {
    let page = read_monitoring_page();
    let (_, table) = page
        .split_once("| Metric | Type | Labels | Meaning |")
        .expect("page has the table of metrics");
    let rows = table.lines().skip(2).take_while(|row| row.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let labels = cells[3].split('`').skip(1).step_by(2).map(str::to_owned);
        let name = cells[1].trim_matches('`').to_owned();
        (name, (cells[2].to_owned(), labels.collect()))
    })
    .collect()
}

#[test]
fn country_with_sent_codes_has_a_number_of_approved_codes() {
    let metrics = Metrics::default();
    metrics.messages.count_code_send("sms", "DE", "accepted");
    let text = metrics.render_in_text_format(&GAUGES);
    let text = text.expect("metrics are rendered");
    let line = "sallyport_sent_codes_approved_total{country=\"DE\"} 0\n";
    assert!(text.contains(line), "{text}");
}

/// Reads docs/monitoring.md.
fn read_monitoring_page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/monitoring.md");
    std::fs::read_to_string(path).expect("docs/monitoring.md is read")
}

#[test]
fn every_metric_that_the_monitoring_page_names_exists() {
    let rendered = render_metrics_with_one_event_of_each_kind();
    let page = read_monitoring_page();
    let words = page.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let names: BTreeSet<&str> = words
        .filter(|word| word.starts_with("sallyport_"))
        .collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let forms = [
            format!("\n{name} "),
            format!("\n{name}{{"),
            format!("# TYPE {name} "),
        ];
        let exists = forms.iter().any(|form| rendered.contains(form));
        assert!(exists, "{name}");
    }
}

#[test]
fn monitoring_page_lists_every_metric_with_its_type_and_labels() {
    let rendered = describe_rendered_metrics(&render_metrics_with_one_event_of_each_kind());
    assert_eq!(describe_documented_metrics(), rendered);
}
