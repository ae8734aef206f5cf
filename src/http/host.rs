//! Checks the `Host` header against the host names of this site. This prevents DNS rebinding, and links to a foreign
//! host.

use std::borrow::Cow;

use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri};

use super::error_response::ErrorResponse;
use super::single_header::SingleHeader;

/// Returns the accepted values of the `Host` header for `origin`: its host with and without the default port.
pub(super) fn list_accepted_hosts(origin: &str) -> Vec<String> {
    let Some((scheme, authority)) = origin.split_once("://") else {
        return Vec::new();
    };
    let has_port = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.ends_with(']'));
    let default_port = if scheme == "https" { 443 } else { 80 };
    let mut names = vec![authority.to_owned()];
    if !has_port {
        names.push(format!("{authority}:{default_port}"));
    }
    names
}

/// Removes the final dot of a host name and the colon of an empty port from a host or an origin.
///
/// Examples are `id.example.org.:8443` and `id.example.org:` (RFC 3986, section 3.2.3).
pub(super) fn remove_final_dot_and_empty_port(host: &str) -> Cow<'_, str> {
    let (name, port) = split_host_and_port(host).unwrap_or((host, ""));
    if split_host_and_port(name).is_some() {
        return host.into();
    }
    let bare_host = name
        .strip_suffix('.')
        .filter(|bare_host| !bare_host.is_empty() && !bare_host.ends_with(['.', '/']))
        .unwrap_or(name);
    match port {
        "" => bare_host.into(),
        _ if bare_host == name => host.into(),
        _ => format!("{bare_host}:{port}").into(),
    }
}

/// Splits a host into name and port, which may be empty.
///
/// Returns `None` if there is no colon, or if the port contains anything but digits.
fn split_host_and_port(host: &str) -> Option<(&str, &str)> {
    let (name, port) = host.rsplit_once(':')?;
    port.bytes()
        .all(|b| b.is_ascii_digit())
        .then_some((name, port))
}

/// Checks that a request names exactly one host, and that it is one of `own_hosts`.
///
/// If `own_hosts` is empty, accepts any host.
pub(super) fn require_accepted_host(
    uri: &Uri,
    headers: &HeaderMap,
    own_hosts: &[String],
) -> Result<(), ErrorResponse> {
    // The host is the authority of an absolute request target, the `:authority` of HTTP/2 or the `Host` header. If a
    // request has two of them, they must agree (RFC 9112, section 3.2; RFC 9110, section 7.4).
    let target = uri.authority().map(axum::http::uri::Authority::as_str);
    let host = match (target, SingleHeader::read_header(headers, &HOST)) {
        (Some(target), SingleHeader::Absent) => target,
        (Some(target), SingleHeader::Value(host))
            if remove_final_dot_and_empty_port(host)
                .eq_ignore_ascii_case(&remove_final_dot_and_empty_port(target)) =>
        {
            host
        }
        (None, SingleHeader::Value(host)) => host,
        _ => return Err(ErrorResponse::MALFORMED),
    };
    let host = remove_final_dot_and_empty_port(host);
    if own_hosts.is_empty() || own_hosts.iter().any(|own| own.eq_ignore_ascii_case(&host)) {
        Ok(())
    } else {
        Err(ErrorResponse::WRONG_HOST)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// Checks whether `https://id.example.org` accepts a request for this URI with these `Host` headers.
    fn check_uri_and_host_headers(
        uri: &'static str,
        hosts: &[&'static str],
    ) -> Result<(), ErrorResponse> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_static(host));
        }
        require_accepted_host(
            &Uri::from_static(uri),
            &headers,
            &list_accepted_hosts("https://id.example.org"),
        )
    }

    #[test]
    fn only_requests_for_the_configured_host_are_accepted() {
        assert_eq!(check_uri_and_host_headers("/", &["id.example.org"]), Ok(()));
        assert_eq!(check_uri_and_host_headers("/", &["ID.Example.org"]), Ok(()));
        assert_eq!(
            check_uri_and_host_headers("/", &["id.example.org:443"]),
            Ok(())
        );
        assert_eq!(
            check_uri_and_host_headers("/", &["id.example.org."]),
            Ok(())
        );
        assert_eq!(
            check_uri_and_host_headers("/", &["Id.example.org.:443"]),
            Ok(())
        );
        assert_eq!(
            check_uri_and_host_headers("http://id.example.org:443/", &[]),
            Ok(())
        );
        assert_eq!(
            check_uri_and_host_headers("http://id.example.org/", &[]),
            Ok(())
        );
        assert_eq!(
            check_uri_and_host_headers("/", &["id.example.org:"]),
            Ok(())
        );
        assert_eq!(
            check_uri_and_host_headers("/", &["ID.EXAMPLE.ORG.:"]),
            Ok(())
        );
        assert_eq!(
            check_uri_and_host_headers("http://id.example.org/", &["id.example.org:"]),
            Ok(())
        );
        for other in [
            "evil.example",
            "id.example.org.evil.example",
            "id.example.org:8080",
            "id.example.org:80",
            "id.example.org..",
            "id.example.org::",
            "id.example.org:443:",
            ".",
            ".:",
            ":",
            ":443",
            "127.0.0.1",
        ] {
            assert_eq!(
                check_uri_and_host_headers("/", &[other]),
                Err(ErrorResponse::WRONG_HOST),
                "{other}"
            );
        }
    }

    #[test]
    fn host_header_may_contain_the_default_port() {
        for (origin, names) in [
            ("https://a.example", &["a.example", "a.example:443"][..]),
            ("http://a.example", &["a.example", "a.example:80"]),
            ("http://a.example:8080", &["a.example:8080"]),
            ("http://[::1]", &["[::1]", "[::1]:80"]),
            ("http://[::1]:3000", &["[::1]:3000"]),
        ] {
            assert_eq!(list_accepted_hosts(origin), names, "{origin}");
        }
    }

    #[test]
    fn every_form_of_an_ipv6_host_is_accepted() {
        let headers = |host| HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
        let names = list_accepted_hosts("https://[2001:db8::a]");
        for (host, accepted) in [
            ("[2001:db8::a]", true),
            ("[2001:DB8::A]", true),
            ("[2001:db8::a]:", true),
            ("[2001:db8::a]:443", true),
            ("[2001:db8::a]:80", false),
            ("[2001:db8::b]", false),
            ("2001:db8::a", false),
        ] {
            let checked = require_accepted_host(&Uri::from_static("/"), &headers(host), &names);
            assert_eq!(checked.is_ok(), accepted, "{host}");
        }
    }

    #[test]
    fn trailing_dot_and_empty_port_are_removed_from_hosts_and_origins() {
        for (written, name) in [
            ("a.example.", "a.example"),
            ("a.example.:80", "a.example:80"),
            ("https://a.example.:8443", "https://a.example:8443"),
            ("a.example..", "a.example.."),
            ("[::1]:80", "[::1]:80"),
            ("http://.", "http://."),
            ("null", "null"),
            ("a.example:", "a.example"),
            ("a.example.:", "a.example"),
            ("[::1]:", "[::1]"),
            ("[::1]", "[::1]"),
            (".", "."),
            ("a.example:80:", "a.example:80:"),
            ("a.example::", "a.example::"),
        ] {
            assert_eq!(remove_final_dot_and_empty_port(written), name, "{written}");
        }
    }

    #[test]
    fn request_with_a_missing_or_contradictory_host_is_malformed() {
        assert_eq!(
            check_uri_and_host_headers("/", &[]),
            Err(ErrorResponse::MALFORMED)
        );
        assert_eq!(
            check_uri_and_host_headers("/", &["id.example.org", "evil.example"]),
            Err(ErrorResponse::MALFORMED)
        );
        assert_eq!(
            check_uri_and_host_headers("http://id.example.org/", &["evil.example"]),
            Err(ErrorResponse::MALFORMED)
        );
    }
}
