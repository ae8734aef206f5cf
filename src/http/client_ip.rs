//! Determines the IP address of the client, to which rate limits apply.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::Response;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The maximum number of addresses in `X-Forwarded-For` that are read.
const MAX_HOPS: usize = 16;

/// Request extension that contains the IP address of the client. IPv4-mapped IPv6 addresses are stored as IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientIp(pub IpAddr);

/// Rate-limiting key of a client: its IPv4 address, or its IPv6 /64 network, which one subscriber usually controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceKey {
    V4(Ipv4Addr),
    /// The network address. Its host bits are zero.
    V6(Ipv6Addr),
}

impl From<ClientIp> for SourceKey {
    fn from(ClientIp(ip): ClientIp) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self::V4(ip),
            IpAddr::V6(ip) => Self::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
        }
    }
}

impl SourceKey {
    /// Returns the IPv6 /48 in which this source is, the largest network of one site (RFC 6177).
    ///
    /// Returns an IPv4 address unchanged.
    pub(super) const fn widen_to_site(self) -> Self {
        match self {
            Self::V4(ip) => Self::V4(ip),
            Self::V6(network) => {
                Self::V6(Ipv6Addr::from_bits(network.to_bits() & (u128::MAX << 80)))
            }
        }
    }
}

impl fmt::Display for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(ip) => ip.fmt(f),
            Self::V6(network) => write!(f, "{network}/64"),
        }
    }
}

/// The reverse proxies whose `X-Forwarded-For` header is trusted.
#[derive(Clone)]
pub struct TrustedProxies(Arc<dyn Fn(IpAddr) -> bool + Send + Sync>);

impl TrustedProxies {
    /// Creates a set of trusted proxies from a predicate on their IP address.
    pub fn new(is_trusted: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(is_trusted))
    }

    /// Creates an empty set of trusted proxies. The client is then always the connected peer.
    pub fn trust_no_proxies() -> Self {
        Self::new(|_| false)
    }

    /// Returns whether `ip` is the address of a trusted proxy.
    pub(super) fn is_trusted_proxy(&self, ip: IpAddr) -> bool {
        (self.0)(ip.to_canonical())
    }

    /// Returns the IPv4 address or IPv6 /64 network under which concurrency limits count a client.
    ///
    /// Returns `None` for a trusted proxy, because it forwards the requests of many users.
    pub(super) fn source_key_for_concurrency_limit(&self, client: ClientIp) -> Option<SourceKey> {
        (!self.is_trusted_proxy(client.0)).then(|| client.into())
    }

    /// Returns the IP address of the client.
    ///
    /// That is the right-most address in `X-Forwarded-For` that is no trusted proxy, or else the connected peer. For an
    /// entry that is no IP address, returns the proxy that added the entry.
    pub fn find_client_ip(&self, peer: IpAddr, headers: &HeaderMap) -> ClientIp {
        // A client can forge every address to the left of the returned one. If a proxy is returned, rate limits count
        // all its clients together, but no client can choose the address.
        let mut source = peer.to_canonical();
        let lists = headers.get_all(FORWARDED_FOR).iter().rev();
        let hops = lists.flat_map(|list| {
            list.to_str()
                .unwrap_or("")
                .rsplit(',')
                .map(parse_forwarded_address)
        });
        for hop in hops.take(MAX_HOPS) {
            if !self.is_trusted_proxy(source) {
                break;
            }
            let Some(hop) = hop else { break };
            source = hop;
        }
        ClientIp(source)
    }
}

/// Parses one address of `X-Forwarded-For`: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or
/// `[2001:db8::1]:4711`.
fn parse_forwarded_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let ip = bare
        .parse::<IpAddr>()
        .or_else(|_| text.parse().map(|address: SocketAddr| address.ip()));
    ip.ok().map(|ip| ip.to_canonical())
}

/// Middleware that adds [`ClientIp`] to the request extensions.
pub(super) async fn add_client_ip_to_request(
    State(proxies): State<TrustedProxies>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    // A test may call the router without a connection.
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| {
        peer.ip()
    });
    let client = proxies.find_client_ip(peer, request.headers());
    request.extensions_mut().insert(client);
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// Parses an IP address that the test expects to be valid.
    fn parse_ip(text: &str) -> IpAddr {
        text.parse().expect("valid IP address")
    }

    /// Returns the client address found for a request from `peer` with these `X-Forwarded-For` headers.
    fn find_client_ip_of_request(peer: &str, forwarded_for: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for list in forwarded_for {
            let list = HeaderValue::from_str(list).expect("valid header value");
            headers.append(FORWARDED_FOR, list);
        }
        let proxies =
            TrustedProxies::new(|ip| ip.is_loopback() || ip == IpAddr::from([10, 0, 0, 7]));
        proxies
            .find_client_ip(parse_ip(peer), &headers)
            .0
            .to_string()
    }

    #[test]
    fn forwarded_header_of_an_untrusted_peer_is_ignored() {
        for list in ["192.0.2.9", "127.0.0.1", "10.0.0.7, 192.0.2.9", "nonsense"] {
            assert_eq!(
                find_client_ip_of_request("198.51.100.1", &[list]),
                "198.51.100.1",
                "{list}"
            );
        }
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_FOR, HeaderValue::from_static("192.0.2.9"));
        assert_eq!(
            TrustedProxies::trust_no_proxies().find_client_ip(parse_ip("127.0.0.1"), &headers),
            ClientIp(parse_ip("127.0.0.1"))
        );
    }

    #[test]
    fn client_is_the_last_address_that_is_not_a_trusted_proxy() {
        assert_eq!(
            find_client_ip_of_request("127.0.0.1", &["192.0.2.1"]),
            "192.0.2.1"
        );
        assert_eq!(
            find_client_ip_of_request("::ffff:127.0.0.1", &["192.0.2.1"]),
            "192.0.2.1"
        );
        assert_eq!(
            find_client_ip_of_request("127.0.0.1", &["203.0.113.66, 192.0.2.1"]),
            "192.0.2.1"
        );
        assert_eq!(
            find_client_ip_of_request("127.0.0.1", &["203.0.113.66, 192.0.2.1, 10.0.0.7"]),
            "192.0.2.1"
        );
        assert_eq!(
            find_client_ip_of_request("127.0.0.1", &["203.0.113.66", "192.0.2.1", "10.0.0.7"]),
            "192.0.2.1"
        );
        assert_eq!(find_client_ip_of_request("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn invalid_forwarded_entry_falls_back_to_the_address_of_the_proxy() {
        for list in [
            "unknown",
            "192.0.2.1, _hidden",
            "192.0.2.1,",
            "192.0.2.1, 999.1.1.1",
            "",
        ] {
            assert_eq!(
                find_client_ip_of_request("127.0.0.1", &[list]),
                "127.0.0.1",
                "{list}"
            );
        }
    }

    #[test]
    fn forwarded_for_header_is_read_only_up_to_the_maximum_number_of_proxies() {
        let long = "10.0.0.7,".repeat(1000) + "10.0.0.7";
        assert_eq!(find_client_ip_of_request("127.0.0.1", &[&long]), "10.0.0.7");
    }

    #[test]
    fn six_notations_of_one_ip_address_give_the_same_source_key() {
        let keys: Vec<_> = [
            "192.0.2.1",
            " 192.0.2.1 ",
            "192.0.2.1:4711",
            "::ffff:192.0.2.1",
            "::FFFF:C000:0201",
            "[0:0:0:0:0:ffff:c000:201]:443",
        ]
        .map(|text| {
            SourceKey::from(ClientIp(
                parse_forwarded_address(text).expect("valid address"),
            ))
        })
        .into();
        assert!(
            keys.iter()
                .all(|key| *key == SourceKey::V4(Ipv4Addr::new(192, 0, 2, 1))),
            "{keys:?}"
        );
    }

    #[test]
    fn addresses_of_one_ipv6_64_have_the_same_source_key() {
        let key = |text| SourceKey::from(ClientIp(parse_ip(text)));
        assert_eq!(
            key("2001:db8:1:2::1"),
            key("2001:db8:1:2:ffff:ffff:ffff:ffff")
        );
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
        assert_eq!(key("2001:db8:1:2::1").to_string(), "2001:db8:1:2::/64");
        assert_eq!(key("::ffff:192.0.2.1").to_string(), "192.0.2.1");
    }
}
