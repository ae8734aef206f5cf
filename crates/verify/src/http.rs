//! Builds the HTTP client and the URLs of provider calls.

use std::time::Duration;

use reqwest::{Client, Url, redirect, retry};
use rustls::crypto::CryptoProvider;

/// Error of building the HTTP client for a provider.
#[derive(Debug, thiserror::Error)]
pub enum HttpClientError {
    /// No TLS implementation is installed. Call `rustls::crypto::ring::default_provider().install_default()` first.
    #[error("no TLS implementation is installed, so the HTTP client cannot be built")]
    NoCryptoProvider,
    /// Building failed, most likely because the system has no trusted certificates.
    #[error("building the HTTP client for the phone provider failed")]
    Build(#[from] reqwest::Error),
}

/// Maximum number of idle connections kept per provider: enough for a burst of sign-ins.
const IDLE_CONNECTIONS: usize = 16;
/// How long an idle connection stays open.
///
/// Most servers keep connections longer, so a request rarely uses a connection that is closing.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Builds the HTTP client for a provider's API.
///
/// It requires TLS 1.2 or later, and has no redirects, no proxy from the environment and no retries. `total_timeout`
/// covers the whole call and should exceed `connect_timeout`.
pub fn build_api_http_client(
    connect_timeout: Duration,
    total_timeout: Duration,
) -> Result<Client, HttpClientError> {
    // The provider may process a request whose response the total timeout cuts off.
    // The client builder panics if no TLS implementation is installed.
    if CryptoProvider::get_default().is_none() {
        return Err(HttpClientError::NoCryptoProvider);
    }
    let client = Client::builder()
        .user_agent(concat!("Sallyport/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connect_timeout)
        .timeout(total_timeout)
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .no_proxy()
        .tls_version_min(reqwest::tls::Version::TLS_1_2)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .build()?;
    Ok(client)
}

/// Parses the base URL of an API. Returns `None` unless it consists only of `http` or `https`, host, port and path.
pub(super) fn parse_base_url(text: &str) -> Option<Url> {
    let base = Url::parse(text).ok()?;
    let plain = matches!(base.scheme(), "http" | "https")
        && base.username().is_empty()
        && base.password().is_none()
        && base.query().is_none()
        && base.fragment().is_none();
    plain.then_some(base)
}

/// Appends path segments to a base URL, percent-encoding each segment.
pub(super) fn append_path<'a>(base: &Url, segments: impl IntoIterator<Item = &'a str>) -> Url {
    let mut url = base.clone();
    // Every http and https URL has a path to extend.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}
