//! The check of the `Host` header. It stops DNS rebinding, and links that name a foreign host.

use std::borrow::Cow;

use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri};

use super::error_response::ErrorResponse;
use super::single_header::SingleHeader;

/// The values of `Host` that name the host of `origin`: as the origin writes it, and with the default port of its scheme.
pub(super) fn host_names(origin: &str) -> Vec<String> {
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

/// A host, or an origin, without the dot that ends a fully qualified name: `id.example.org.:8443`.
pub(super) fn without_root_dot(host: &str) -> Cow<'_, str> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (name, Some(port)),
        _ => (host, None),
    };
    match (
        name.strip_suffix('.')
            .filter(|name| !name.ends_with(['.', '/'])),
        port,
    ) {
        (None, _) => host.into(),
        (Some(name), None) => name.into(),
        (Some(name), Some(port)) => format!("{name}:{port}").into(),
    }
}

/// Checks that a request names exactly one host, and that it is one of `own_hosts`. Empty `own_hosts` accept any host.
///
/// The host is the authority of an absolute target, the `:authority` of HTTP/2 or the `Host` header. If a request has
/// two of them, they must agree (RFC 9112 section 3.2, RFC 9110 section 7.4).
pub(super) fn check_host(
    uri: &Uri,
    headers: &HeaderMap,
    own_hosts: &[String],
) -> Result<(), ErrorResponse> {
    let target = uri.authority().map(axum::http::uri::Authority::as_str);
    let host = match (target, SingleHeader::read(headers, &HOST)) {
        (Some(target), SingleHeader::Absent) => target,
        (Some(target), SingleHeader::Value(host)) if host.eq_ignore_ascii_case(target) => host,
        (None, SingleHeader::Value(host)) => host,
        _ => return Err(ErrorResponse::MALFORMED),
    };
    let host = without_root_dot(host);
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

    fn check(uri: &'static str, hosts: &[&'static str]) -> Result<(), ErrorResponse> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_static(host));
        }
        check_host(
            &Uri::from_static(uri),
            &headers,
            &host_names("https://id.example.org"),
        )
    }

    #[test]
    fn only_the_own_host_is_accepted() {
        assert_eq!(check("/", &["id.example.org"]), Ok(()));
        assert_eq!(check("/", &["ID.Example.org"]), Ok(()));
        assert_eq!(check("/", &["id.example.org:443"]), Ok(()));
        assert_eq!(check("/", &["id.example.org."]), Ok(()));
        assert_eq!(check("/", &["Id.example.org.:443"]), Ok(()));
        assert_eq!(check("http://id.example.org:443/", &[]), Ok(()));
        assert_eq!(check("http://id.example.org/", &[]), Ok(()));
        for other in [
            "evil.example",
            "id.example.org.evil.example",
            "id.example.org:8080",
            "id.example.org:80",
            "id.example.org..",
            ".",
            "127.0.0.1",
        ] {
            assert_eq!(
                check("/", &[other]),
                Err(ErrorResponse::WRONG_HOST),
                "{other}"
            );
        }
    }

    #[test]
    fn origin_is_named_with_and_without_its_default_port() {
        for (origin, names) in [
            ("https://a.example", &["a.example", "a.example:443"][..]),
            ("http://a.example", &["a.example", "a.example:80"]),
            ("http://a.example:8080", &["a.example:8080"]),
            ("http://[::1]", &["[::1]", "[::1]:80"]),
            ("http://[::1]:3000", &["[::1]:3000"]),
        ] {
            assert_eq!(host_names(origin), names, "{origin}");
        }
    }

    #[test]
    fn root_dot_is_removed_from_hosts_and_origins() {
        for (written, name) in [
            ("a.example.", "a.example"),
            ("a.example.:80", "a.example:80"),
            ("https://a.example.:8443", "https://a.example:8443"),
            ("a.example..", "a.example.."),
            ("[::1]:80", "[::1]:80"),
            ("http://.", "http://."),
            ("null", "null"),
        ] {
            assert_eq!(without_root_dot(written), name, "{written}");
        }
    }

    #[test]
    fn missing_or_contradictory_host_is_malformed() {
        assert_eq!(check("/", &[]), Err(ErrorResponse::MALFORMED));
        assert_eq!(
            check("/", &["id.example.org", "evil.example"]),
            Err(ErrorResponse::MALFORMED)
        );
        assert_eq!(
            check("http://id.example.org/", &["evil.example"]),
            Err(ErrorResponse::MALFORMED)
        );
    }
}
