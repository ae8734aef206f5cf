//! The check of the `Host` header. It stops DNS rebinding, and links that name a foreign host.

use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri};

use super::error_response::ErrorResponse;
use super::single_header::SingleHeader;

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
    if own_hosts.is_empty() || own_hosts.iter().any(|own| own.eq_ignore_ascii_case(host)) {
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
            &["id.example.org".to_owned()],
        )
    }

    #[test]
    fn only_the_own_host_is_accepted() {
        assert_eq!(check("/", &["id.example.org"]), Ok(()));
        assert_eq!(check("/", &["ID.Example.org"]), Ok(()));
        assert_eq!(check("http://id.example.org/", &[]), Ok(()));
        for other in [
            "evil.example",
            "id.example.org.evil.example",
            "id.example.org:8080",
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
