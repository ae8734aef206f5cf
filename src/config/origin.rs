//! The web origin of a service: scheme, host and port.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use reqwest::Url;

/// Web origin in the form of the `Origin` header: lower case, without default port and trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub https: bool,
    /// A name or an address. An IPv6 address keeps its brackets.
    pub host: String,
    /// `None` for the default port of the scheme.
    pub port: Option<u16>,
}

impl Origin {
    /// Creates the `http` origin of a listening address.
    ///
    /// The unspecified address (`0.0.0.0`) becomes the loopback address.
    pub fn from_listening_address(listener: SocketAddr) -> Self {
        let host = match listener.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) if ip.is_unspecified() => format!("[{}]", Ipv6Addr::LOCALHOST),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        Self {
            https: false,
            host,
            port: (listener.port() != 80).then_some(listener.port()),
        }
    }

    /// Returns the origin of Twilio's Verify API.
    pub(super) fn twilio_verify_api_origin() -> Self {
        Self {
            https: true,
            host: "verify.twilio.com".to_owned(),
            port: None,
        }
    }

    /// Returns the origin of Telnyx's API.
    pub(super) fn telnyx_api_origin() -> Self {
        Self {
            https: true,
            host: "api.telnyx.com".to_owned(),
            port: None,
        }
    }

    /// Returns the origin of Twilio's Messaging API in the region of this Verify API origin.
    ///
    /// An origin outside twilio.com serves both APIs and is returned unchanged.
    #[must_use]
    pub fn twilio_messaging_api_origin(&self) -> Self {
        let region = self
            .host
            .strip_prefix("verify.")
            .filter(|_| self.is_twilio_origin());
        let host = region.map_or_else(|| self.host.clone(), |rest| format!("api.{rest}"));
        Self {
            host,
            ..self.clone()
        }
    }

    /// Returns whether the origin is a host of Twilio over https.
    pub fn is_twilio_origin(&self) -> bool {
        self.https && self.port.is_none() && self.host.ends_with(".twilio.com")
    }

    /// Returns whether the origin is a host of Telnyx over https.
    pub fn is_telnyx_origin(&self) -> bool {
        self.https && self.port.is_none() && self.host.ends_with(".telnyx.com")
    }

    /// Returns whether the host is `localhost` or a loopback IP address.
    pub fn is_loopback(&self) -> bool {
        let address = self.host.trim_matches(['[', ']']).parse::<IpAddr>();
        self.host == "localhost" || address.is_ok_and(|ip| ip.to_canonical().is_loopback())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// Reason why a text is not a valid web origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrigin {
    #[error("the origin must begin with `https://` or `http://`")]
    Scheme,
    #[error("the origin must contain only scheme, host and port")]
    Extra,
    #[error("the host must be a host name or an IP address")]
    Host,
    /// The host has characters outside ASCII. The value is its ASCII form, which browsers send.
    #[error("the host has characters outside ASCII; write it as `{0}`")]
    InternationalHost(String),
    #[error("the port must be a number from 1 to 65535")]
    Port,
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let text = text.to_ascii_lowercase();
        let (https, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            _ => return Err(InvalidOrigin::Scheme),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#', '@', '\\']) {
            return Err(InvalidOrigin::Extra);
        }
        // In a bare IPv6 address, the last colon does not start a port.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        if !is_valid_host(host) {
            let ascii_form = convert_international_host_to_ascii(host);
            let error = ascii_form.map_or(InvalidOrigin::Host, InvalidOrigin::InternationalHost);
            return Err(error);
        }
        let port = port
            .map(|port| match port.parse() {
                Ok(0) | Err(_) => Err(InvalidOrigin::Port),
                Ok(number) => Ok(number),
            })
            .transpose()?;
        let default_port = if https { 443 } else { 80 };
        let host = if host.starts_with('[') {
            canonical_ipv6_host(host).ok_or(InvalidOrigin::Host)?
        } else {
            host.to_owned()
        };
        Ok(Self {
            https,
            host,
            port: port.filter(|port| *port != default_port),
        })
    }
}

/// Returns whether a text is a host name, an IPv4 address or an IPv6 address in brackets.
fn is_valid_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[') {
        return inner
            .strip_suffix(']')
            .is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok());
    }
    // Container names may contain an underscore; domain names may not.
    host.split('.').all(|label| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    })
}

/// Returns an IPv6 address in brackets in the form that browsers send: `[2001:db8:0:0::7]` as `[2001:db8::7]`.
fn canonical_ipv6_host(host: &str) -> Option<String> {
    let url = Url::parse(&format!("https://{host}")).ok()?;
    url.host_str().map(str::to_owned)
}

/// Converts a host with characters outside ASCII to its ASCII form, such as `xn--mnchen-3ya.example` (RFC 5891).
///
/// Returns `None` if the host is ASCII already or is not valid.
fn convert_international_host_to_ascii(host: &str) -> Option<String> {
    if host.is_ascii() || host.contains(':') {
        return None;
    }
    let url = Url::parse(&format!("https://{host}")).ok()?;
    let ascii_form = url.host_str().filter(|ascii| is_valid_host(ascii))?;
    Some(ascii_form.to_owned())
}

/// Origin of a service.
///
/// It is fixed, or follows from the port that the operating system assigns to the listener of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceOrigin {
    Fixed(Origin),
    /// Plain HTTP at the address of the listener, known once the listener is open.
    Listener,
}

impl ServiceOrigin {
    /// Returns the origin `configured`, if it is set, or the origin of the listening address `listen`.
    ///
    /// If its port is 0, the origin is unknown until the listener is open.
    pub(super) fn configured_or_listener_origin(
        configured: Option<Origin>,
        listen: SocketAddr,
    ) -> Self {
        match configured {
            Some(origin) => Self::Fixed(origin),
            None if listen.port() == 0 => Self::Listener,
            None => Self::Fixed(Origin::from_listening_address(listen)),
        }
    }

    /// Returns the fixed origin of the service, or else the origin of its listener.
    ///
    /// `listener` is the address at which the service listens.
    pub fn origin_for_listener(&self, listener: SocketAddr) -> Origin {
        match self {
            Self::Fixed(origin) => origin.clone(),
            Self::Listener => Origin::from_listening_address(listener),
        }
    }

    /// Returns the origin, or `None` if it depends on the port that the operating system assigns to the listener.
    pub fn origin_known_before_listening(&self) -> Option<&Origin> {
        match self {
            Self::Fixed(origin) => Some(origin),
            Self::Listener => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_is_formatted_like_the_origin_header() {
        for (given, sent) in [
            ("https://Id.Example.COM/", "https://id.example.com"),
            ("https://id.example.com:443", "https://id.example.com"),
            ("http://id.example.com:80", "http://id.example.com"),
            ("https://id.example.com:80", "https://id.example.com:80"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("http://[::1]", "http://[::1]"),
            ("https://[2001:DB8:0:0::7]", "https://[2001:db8::7]"),
        ] {
            let origin: Result<Origin, _> = given.parse();
            assert_eq!(
                origin.map(|o| o.to_string()),
                Ok(sent.to_owned()),
                "{given}"
            );
        }
    }

    #[test]
    fn origin_with_more_than_scheme_host_and_port_is_refused() {
        for (given, why) in [
            ("id.example.com", InvalidOrigin::Scheme),
            ("ftp://id.example.com", InvalidOrigin::Scheme),
            ("https://id.example.com/login", InvalidOrigin::Extra),
            ("https://ann:pw@id.example.com", InvalidOrigin::Extra),
            ("https://evil.example#.twilio.com", InvalidOrigin::Extra),
            ("https://", InvalidOrigin::Host),
            ("https://a..b", InvalidOrigin::Host),
            ("https://[::1", InvalidOrigin::Host),
            ("https://a b", InvalidOrigin::Host),
            ("https://a:0", InvalidOrigin::Port),
            ("https://a:65536", InvalidOrigin::Port),
            ("https://a:", InvalidOrigin::Port),
        ] {
            assert_eq!(given.parse::<Origin>(), Err(why), "{given}");
        }
    }

    #[test]
    fn error_of_an_international_host_has_its_ascii_form() {
        for (given, ascii_form) in [
            ("https://münchen.example", "xn--mnchen-3ya.example"),
            ("https://MÜNCHEN.example:8443/", "xn--mnchen-3ya.example"),
            ("https://id.bücher.example", "id.xn--bcher-kva.example"),
        ] {
            let error = given.parse::<Origin>().expect_err("host is not ASCII");
            assert!(error.to_string().contains(ascii_form), "{error}");
            let origin = format!("https://{ascii_form}").parse::<Origin>();
            assert_eq!(origin.map(|o| o.host), Ok(ascii_form.to_owned()));
        }
        for given in ["https://münchen..example", "https://mün chen.example"] {
            let parsed = given.parse::<Origin>();
            assert_eq!(parsed, Err(InvalidOrigin::Host), "{given}");
        }
    }

    #[test]
    fn origin_of_a_listener_on_the_unspecified_address_is_loopback() {
        for (listener, origin) in [
            ("0.0.0.0:3000", "http://127.0.0.1:3000"),
            ("[::]:3000", "http://[::1]:3000"),
            ("[fd00::1]:80", "http://[fd00::1]"),
        ] {
            let listener = listener.parse().map(Origin::from_listening_address);
            assert_eq!(listener.map(|o| o.to_string()), Ok(origin.to_owned()));
        }
    }

    #[test]
    fn twilio_messaging_api_url_has_the_region_of_the_verify_api_url() {
        for (verify, messages) in [
            ("https://verify.twilio.com", "https://api.twilio.com"),
            (
                "https://verify.dublin.ie1.twilio.com",
                "https://api.dublin.ie1.twilio.com",
            ),
            ("http://127.0.0.1:4010", "http://127.0.0.1:4010"),
            ("https://verify.example.com", "https://verify.example.com"),
        ] {
            let origin = verify
                .parse::<Origin>()
                .map(|o| o.twilio_messaging_api_origin());
            assert_eq!(origin.map(|o| o.to_string()), Ok(messages.to_owned()));
        }
    }

    #[test]
    fn loopback_origins_are_recognised() {
        let loopback = |text: &str| text.parse::<Origin>().map(|o| o.is_loopback());
        assert_eq!(loopback("http://localhost:1"), Ok(true));
        assert_eq!(loopback("http://127.9.9.9"), Ok(true));
        assert_eq!(loopback("http://[::1]:1"), Ok(true));
        assert_eq!(loopback("http://[::ffff:127.0.0.1]"), Ok(true));
        assert_eq!(loopback("http://127.0.0.1.example.com"), Ok(false));
    }
}
