//! The ID of a request, by which support and operators find its log lines and audit events.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::client_ip::TrustedProxies;
use super::single_header::SingleHeader;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Maximum length of an ID that a proxy has chosen, in bytes.
const MAX_BYTES: usize = 64;

/// Request extension with the ID of the request.
///
/// It has 1 to 64 ASCII letters, digits, hyphens, underscores and dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Generates a random ID of 64 bits, as 16 hexadecimal digits. It is short enough to be read out on the phone.
    fn generate_random_id() -> Self {
        Self(hex::encode(rand::random::<[u8; 8]>()).into())
    }

    /// Creates the ID that sample error pages show.
    pub(super) fn sample() -> Self {
        Self("3f9c2a7be81d4056".into())
    }

    /// Parses the ID that a proxy has chosen. Returns `None` if it is too long or has another character.
    fn parse(text: &str) -> Option<Self> {
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let accepted = !text.is_empty() && text.len() <= MAX_BYTES && text.bytes().all(is_safe);
        accepted.then(|| Self(text.into()))
    }

    /// Returns the ID as text. The text needs no escaping in HTML, logs and headers.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Middleware that gives every request an ID and adds it to the response as `X-Request-Id`.
///
/// All log events of the request carry the ID, because they are in the span that this function creates. The ID of a
/// trusted proxy is taken over; that of any other sender is replaced.
pub(super) async fn add_request_id(
    State(proxies): State<TrustedProxies>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_from_proxy = peer.is_some_and(|ConnectInfo(peer)| proxies.is_trusted_proxy(peer.ip()));
    let id = is_from_proxy
        .then(|| read_request_id(request.headers()))
        .flatten()
        .unwrap_or_else(RequestId::generate_random_id);
    request.extensions_mut().insert(id.clone());
    // The level is ERROR, because a filter that hides a span also removes the ID from the events in it.
    let span = tracing::error_span!("request", request_id = %id);
    let mut response = next.run(request).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Reads the ID in the header `X-Request-Id`. Returns `None` if it is absent, repeated or malformed.
fn read_request_id(headers: &HeaderMap) -> Option<RequestId> {
    match SingleHeader::read_header(headers, &REQUEST_ID) {
        SingleHeader::Value(text) => RequestId::parse(text),
        SingleHeader::Absent | SingleHeader::Ambiguous => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the ID that is read from these `X-Request-Id` headers.
    fn read_from_headers(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            let value = HeaderValue::from_bytes(line.as_bytes()).expect("valid header value");
            headers.append(REQUEST_ID, value);
        }
        read_request_id(&headers).map(|id| id.to_string())
    }

    #[test]
    fn request_id_of_a_proxy_is_read_if_it_is_short_and_has_safe_characters() {
        let longest = "a".repeat(64);
        for text in [
            "7",
            "3f9c2a7be81d4056",
            "8d0b6f8e-41a5-4c6b-9d5e-0f6a3a1c2b3d",
            "req_A.1-b",
            &longest,
        ] {
            assert_eq!(read_from_headers(&[text]).as_deref(), Some(text));
        }
    }

    #[test]
    fn unsafe_long_or_repeated_request_id_is_not_read() {
        let long = "a".repeat(65);
        let long = long.as_str();
        for lines in [
            &[][..],
            &[""],
            &["a b"],
            &["a\tb"],
            &["a,b"],
            &["<script>"],
            &["\"a\""],
            &["a\\u0041"],
            &["\u{e9}"],
            &[long],
            &["a", "a"],
        ] {
            assert_eq!(read_from_headers(lines), None, "{lines:?}");
        }
    }

    #[test]
    fn generated_request_ids_are_safe_and_differ() {
        let [one, two] = [(); 2].map(|()| RequestId::generate_random_id());
        assert_ne!(one, two);
        for id in [one, two, RequestId::sample()] {
            assert_eq!(id.as_str().len(), 16);
            assert_eq!(RequestId::parse(id.as_str()), Some(id));
        }
    }
}
