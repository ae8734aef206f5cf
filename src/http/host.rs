//! For which names we answer: none but our own, so that no foreign name is rebound to us or written into a link.

use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri};

use super::field::Field;
use super::refusal::ErrorResponse;

/// The name a request is for must be given once and be one of `own` (RFC 9112 section 3.2, RFC 9110 section 7.4).
///
/// An absolute target or HTTP/2's `:authority` counts as the name; a `Host` beside it must agree. With `own` empty
/// any single name is good.
pub(super) fn check(uri: &Uri, headers: &HeaderMap, own: &[String]) -> Result<(), ErrorResponse> {
    let target = uri.authority().map(axum::http::uri::Authority::as_str);
    let host = match (target, Field::of(headers, &HOST)) {
        (Some(target), Field::Absent) => target,
        (Some(target), Field::One(host)) if host.eq_ignore_ascii_case(target) => host,
        (None, Field::One(host)) => host,
        _ => return Err(ErrorResponse::MALFORMED),
    };
    if own.is_empty() || own.iter().any(|own| own.eq_ignore_ascii_case(host)) {
        Ok(())
    } else {
        Err(ErrorResponse::WRONG_HOST)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn checked(uri: &'static str, hosts: &[&'static str]) -> Result<(), ErrorResponse> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_static(host));
        }
        check(
            &Uri::from_static(uri),
            &headers,
            &["id.example.org".to_owned()],
        )
    }

    #[test]
    fn we_answer_for_our_own_name_only() {
        assert_eq!(checked("/", &["id.example.org"]), Ok(()));
        assert_eq!(checked("/", &["ID.Example.org"]), Ok(()));
        assert_eq!(checked("http://id.example.org/", &[]), Ok(()));
        for other in [
            "evil.example",
            "id.example.org.evil.example",
            "id.example.org:8080",
            "127.0.0.1",
        ] {
            assert_eq!(
                checked("/", &[other]),
                Err(ErrorResponse::WRONG_HOST),
                "{other}"
            );
        }
    }

    #[test]
    fn a_missing_or_contradictory_name_is_malformed() {
        assert_eq!(checked("/", &[]), Err(ErrorResponse::MALFORMED));
        assert_eq!(
            checked("/", &["id.example.org", "evil.example"]),
            Err(ErrorResponse::MALFORMED)
        );
        assert_eq!(
            checked("http://id.example.org/", &["evil.example"]),
            Err(ErrorResponse::MALFORMED)
        );
    }
}
