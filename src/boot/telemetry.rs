//! Logging to standard error: as text in development, as JSON lines in production.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{LogConfig, LogFormat};

/// Starts logging to standard error with the configured filter and format. A second call has no effect.
pub fn start_logging(config: &LogConfig) {
    // These libraries never log below `info`, even if the filter permits it. At `trace` they could log secrets:
    // request bodies and bound SQL values.
    let mut filter = EnvFilter::try_new(&config.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    for noisy in [
        "hyper=info",
        "h2=info",
        "lettre=info",
        "mailin=info",
        "reqwest=info",
        "rustls=info",
        "sqlx=warn",
        "server_fn=info",
    ] {
        if let Ok(directive) = noisy.parse() {
            filter = filter.add_directive(directive);
        }
    }
    let lines = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(true);
    let started = match config.format {
        LogFormat::Text => lines.try_init(),
        // Without the list, the line contains the span of the request once.
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .try_init(),
    };
    // An error means that logging has been set up already.
    drop(started);
}
