//! Logs: text for people in development, JSON lines for machines in production (LEAK-05).

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{LogConfig, LogFormat};

/// Starts logging to standard error. Calling it twice is harmless; the first call stands.
///
/// Other crates never log below `info`, whatever the filter says: at `trace` some of them print
/// request bodies and bound values (LEAK-04).
pub fn start(config: &LogConfig) {
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
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    // Only a second start fails, and the first one is as good.
    drop(started);
}
