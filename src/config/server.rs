//! Settings of the HTTP server: addresses, limits against slow clients, and the log.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::log_filter::{LOG_FILTER_HINT, parse_log_filter};
use super::network::Network;
use super::origin::{Origin, ServiceOrigin};
use super::reader::SettingsReader;
use super::settings::Mode;

/// The remedy in error messages about an address.
pub(super) const ADDRESS_HINT: &str = "set address:port, such as 127.0.0.1:3000";

/// The remedy in the error message about the address of the metrics server.
const METRICS_HINT: &str = "set address:port, such as 127.0.0.1:9464";

/// Network settings of the server: its listening addresses, and the URL under which browsers reach it.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// `SALLYPORT_LISTEN`. Port 0 takes a free port.
    pub listen: SocketAddr,
    /// `SALLYPORT_METRICS_ADDRESS`: the listening address of the metrics server. `None` turns it off.
    pub metrics_address: Option<SocketAddr>,
    /// `SALLYPORT_PUBLIC_URL`: the origin that browsers see.
    pub public_url: ServiceOrigin,
    /// `SALLYPORT_SECURE_COOKIES`: whether cookies have the `__Host-` prefix and `Secure`.
    pub secure_cookies: bool,
    /// `SALLYPORT_TRUSTED_PROXIES`: the networks whose `X-Forwarded-For` header the server accepts.
    pub trusted_proxies: Vec<Network>,
}

impl ServerConfig {
    /// Reads the network settings of the server.
    pub(super) fn read_network_settings(reader: &mut SettingsReader) -> Self {
        let listen = reader.read_parsed("SALLYPORT_LISTEN", ADDRESS_HINT);
        let listen = listen.unwrap_or((Ipv4Addr::LOCALHOST, 3000).into());
        let metrics_address: Option<SocketAddr> =
            reader.read_parsed("SALLYPORT_METRICS_ADDRESS", METRICS_HINT);
        if metrics_address == Some(listen) && listen.port() != 0 {
            reader.report_setting_error(
                "SALLYPORT_METRICS_ADDRESS",
                "is the same address as SALLYPORT_LISTEN",
                "set another port",
            );
        }
        let public_url: Option<Origin> = reader.read_parsed(
            "SALLYPORT_PUBLIC_URL",
            "set what browsers see, such as https://id.example.com",
        );
        let secure_cookies = reader.read_bool("SALLYPORT_SECURE_COOKIES").unwrap_or(true);
        if !secure_cookies && public_url.as_ref().is_some_and(|url| url.https) {
            reader.report_setting_error(
                "SALLYPORT_SECURE_COOKIES",
                "is false although SALLYPORT_PUBLIC_URL is https",
                "remove it or set true",
            );
        }
        Self {
            listen,
            metrics_address,
            public_url: ServiceOrigin::configured_or_listener_origin(public_url, listen),
            secure_cookies,
            trusted_proxies: reader
                .read_list(
                    "SALLYPORT_TRUSTED_PROXIES",
                    "set addresses or networks, such as 127.0.0.1,10.0.0.0/8",
                )
                .unwrap_or_default(),
        }
    }

    /// Returns the origin under which browsers reach the server. `listener` is the address at which the server listens.
    pub fn public_origin(&self, listener: SocketAddr) -> Origin {
        self.public_url.origin_for_listener(listener)
    }
}

/// Settings that protect the HTTP server from slow clients and too many connections.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// `SALLYPORT_HTTP_HEADER_TIMEOUT_SECS`.
    pub header_read_timeout: Duration,
    /// `SALLYPORT_HTTP_BODY_TIMEOUT_SECS`.
    pub body_read_timeout: Duration,
    /// `SALLYPORT_HTTP_REQUEST_DEADLINE_SECS`.
    pub request_deadline: Duration,
    /// `SALLYPORT_HTTP_MAX_CONNECTIONS`.
    pub max_connections: usize,
    /// `SALLYPORT_HTTP_MAX_CONNECTIONS_PER_SOURCE`.
    connections_per_source: Option<usize>,
    /// `SALLYPORT_HTTP_BODY_LIMIT_BYTES`.
    pub body_limit: usize,
}

impl HttpConfig {
    /// Returns how many connections one source may have open.
    ///
    /// That is the configured number, or a quarter of `max_connections` if the operator has set none.
    pub fn max_connections_per_source(&self, max_connections: usize) -> usize {
        let quarter = (max_connections / 4).max(1);
        self.connections_per_source.unwrap_or(quarter)
    }

    /// Reads the timeouts, connection limits and body limit of the HTTP server.
    pub(super) fn read_http_server_settings(reader: &mut SettingsReader) -> Self {
        const PER_SOURCE: &str = "SALLYPORT_HTTP_MAX_CONNECTIONS_PER_SOURCE";
        let connections_per_source = reader
            .read_text(PER_SOURCE)
            .map(|_| reader.read_number(PER_SOURCE, 2_500, 1..=1_000_000));
        let mut secs =
            |name, default| Duration::from_secs(reader.read_number(name, default, 1..=default));
        Self {
            header_read_timeout: secs("SALLYPORT_HTTP_HEADER_TIMEOUT_SECS", 10),
            body_read_timeout: secs("SALLYPORT_HTTP_BODY_TIMEOUT_SECS", 10),
            request_deadline: secs("SALLYPORT_HTTP_REQUEST_DEADLINE_SECS", 15),
            max_connections: reader.read_number(
                "SALLYPORT_HTTP_MAX_CONNECTIONS",
                10_000,
                1..=1_000_000,
            ),
            connections_per_source,
            body_limit: reader.read_number(
                "SALLYPORT_HTTP_BODY_LIMIT_BYTES",
                16_384,
                1_024..=16_384,
            ),
        }
    }
}

/// Settings of the log: filter and format.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// `SALLYPORT_LOG`: the validated filter of events, in the syntax of `tracing`.
    pub filter: String,
    /// `SALLYPORT_LOG_FORMAT`.
    pub format: LogFormat,
}

/// Format of log lines: text for people, or JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl LogConfig {
    /// Reads the settings of the log.
    pub(super) fn read_log_settings(reader: &mut SettingsReader, mode: Mode) -> Self {
        const FILTER: &str = "SALLYPORT_LOG";
        let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
        let filter = reader.read_text(FILTER).unwrap_or("info".to_owned());
        let filter = parse_log_filter(&filter).unwrap_or_else(|problem| {
            reader.report_setting_error(FILTER, problem, LOG_FILTER_HINT);
            filter
        });
        Self {
            filter,
            format: reader
                .read_choice("SALLYPORT_LOG_FORMAT", &formats)
                .unwrap_or(mode.pick_by_mode(LogFormat::Text, LogFormat::Json)),
        }
    }
}
