//! The HTTP client for calls to providers: bounded, and going nowhere it was not sent.

use std::time::Duration;

use reqwest::{Client, Url, redirect, retry};
use rustls::crypto::CryptoProvider;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum HttpClientError {
    /// `rustls::crypto::ring::default_provider().install_default()` has to come first.
    #[error("no TLS implementation is installed")]
    NoCryptoProvider,
    /// Most likely the system has no trusted certificates.
    #[error("the HTTP client for the provider could not be built")]
    Build(#[from] reqwest::Error),
}

/// Idle connections kept: enough for a burst of sign-ins, few enough to be forgotten.
const IDLE_CONNECTIONS: usize = 16;
/// Shorter than servers usually wait, so that a request seldom meets a connection being closed.
const IDLE_FOR: Duration = Duration::from_secs(30);

/// A client for a provider's API (PRV-01): verified TLS of 1.2 or later, no redirects, no proxy from the
/// environment, and no second copy of a request. `total_timeout` spans the call up to the last byte of its
/// answer and should be longer than `connect_timeout`: a call cut off by it may have arrived.
pub fn http_client(
    connect_timeout: Duration,
    total_timeout: Duration,
) -> Result<Client, HttpClientError> {
    // The builder would panic.
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
        .pool_idle_timeout(IDLE_FOR)
        .build()?;
    Ok(client)
}

/// The URL, if there is nothing in it but a scheme of HTTP, host, port and path.
pub(super) fn plain_url(text: &str) -> Option<Url> {
    let base = Url::parse(text).ok()?;
    let plain = matches!(base.scheme(), "http" | "https")
        && base.username().is_empty()
        && base.password().is_none()
        && base.query().is_none()
        && base.fragment().is_none();
    plain.then_some(base)
}

/// `base` with these pieces after its path, each percent-encoded.
pub(super) fn below<'a>(base: &Url, pieces: impl IntoIterator<Item = &'a str>) -> Url {
    let mut url = base.clone();
    // There is a path to extend in every http and https URL, and the base is one.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(pieces);
    }
    url
}
