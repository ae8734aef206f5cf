//! Checks the origin of requests. Rejects cross-site requests that change state, and accepts cross-site requests that
//! read only if they are navigations.
//!
//! Sources: W3C Fetch Metadata Request Headers; the Fetch Standard on `Origin`;
//! [docs/security.md#csrf-01](../../docs/security.md#csrf-01).

use axum::http::{HeaderMap, HeaderName, header::ORIGIN};

use super::host::remove_final_dot_and_empty_port;
use super::single_header::SingleHeader;

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Returns whether a state-changing request comes from a page of this site.
///
/// Checks the headers `Origin` and `Sec-Fetch-Site`. If the browser sends both, both must match.
pub(super) fn is_state_changing_request_allowed(
    headers: &HeaderMap,
    site_origins: &[String],
) -> bool {
    // `Sec-Fetch-Site: none` is a typed address, which never submits a form. `Origin: null` is a sandboxed page.
    let is_own = |origin: &str| is_own_origin(origin, site_origins);
    match (
        SingleHeader::read_header(headers, &SITE),
        SingleHeader::read_header(headers, &ORIGIN),
    ) {
        (SingleHeader::Value("same-origin"), SingleHeader::Absent) => true,
        (
            SingleHeader::Value("same-origin") | SingleHeader::Absent,
            SingleHeader::Value(origin),
        ) => is_own(origin),
        _ => false,
    }
}

/// Returns whether `origin` is one of `site_origins`.
///
/// Ignores a dot after the host name, as in `https://id.example.org.`.
fn is_own_origin(origin: &str, site_origins: &[String]) -> bool {
    let origin = remove_final_dot_and_empty_port(origin);
    site_origins.iter().any(|own| *own == origin)
}

/// Returns whether a JSON API request comes from a page of this site or from a program.
///
/// A request with the header `Origin` or `Sec-Fetch-Site` comes from a browser.
pub(super) fn is_api_call_allowed(headers: &HeaderMap, site_origins: &[String]) -> bool {
    // Browsers send `Origin` with every POST (Fetch Standard, section 3.2), so a request of a page always shows its
    // origin. `fetch` in Node sends `Sec-Fetch-Mode: cors`, but neither `Sec-Fetch-Site` nor `Origin`.
    let browser_headers = [SITE, DEST, ORIGIN];
    let is_program = !browser_headers
        .iter()
        .any(|name| headers.contains_key(name))
        && matches!(
            SingleHeader::read_header(headers, &MODE),
            SingleHeader::Absent | SingleHeader::Value("cors")
        );
    is_state_changing_request_allowed(headers, site_origins) || is_program
}

/// Returns whether a read-only request is accepted.
///
/// Requests by frames, images, scripts and `fetch` calls of other sites are refused. Navigations, typed addresses and
/// requests of pages of this site are accepted.
pub(super) fn is_page_request_allowed(headers: &HeaderMap, site_origins: &[String]) -> bool {
    // Other sites must not learn whether a page exists. Without Fetch Metadata, an `Origin` on a GET means a
    // cross-origin `fetch` or a `WebSocket`.
    match SingleHeader::read_header(headers, &SITE) {
        SingleHeader::Value("same-origin" | "none") => true,
        SingleHeader::Value(_) => {
            let destination = SingleHeader::read_header(headers, &DEST);
            SingleHeader::read_header(headers, &MODE) == SingleHeader::Value("navigate")
                && matches!(
                    destination,
                    SingleHeader::Absent | SingleHeader::Value("document")
                )
        }
        SingleHeader::Absent => match SingleHeader::read_header(headers, &ORIGIN) {
            SingleHeader::Absent => true,
            SingleHeader::Value(origin) => is_own_origin(origin, site_origins),
            SingleHeader::Ambiguous => false,
        },
        SingleHeader::Ambiguous => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const OWN: &str = "https://id.example.org";

    /// Builds request headers from pairs of name and value. Omits headers whose value is `None`.
    fn create_request_headers(pairs: &[(HeaderName, Option<&str>)]) -> HeaderMap {
        let present = pairs
            .iter()
            .filter_map(|(name, value)| value.map(|value| (name, value)));
        present
            .map(|(name, value)| {
                let value = HeaderValue::from_str(value).expect("valid header value");
                (name.clone(), value)
            })
            .collect()
    }

    #[test]
    fn only_same_origin_pages_may_send_state_changing_requests() {
        let sites = [
            Some("same-origin"),
            Some("same-site"),
            Some("cross-site"),
            Some("none"),
            None,
        ];
        let origins = [
            Some(OWN),
            Some("https://blog.example.org"),
            Some("null"),
            Some("https://evil.example"),
            None,
        ];
        let mut passed = Vec::new();
        for site in sites {
            for origin in origins {
                let headers = create_request_headers(&[(SITE, site), (ORIGIN, origin)]);
                if is_state_changing_request_allowed(&headers, &[OWN.to_owned()]) {
                    passed.push((site, origin));
                }
            }
        }
        let listed = [
            (Some("same-origin"), Some(OWN)),
            (Some("same-origin"), None),
            (None, Some(OWN)),
        ];
        assert_eq!(passed, listed);
    }

    #[test]
    fn origin_must_match_exactly() {
        for similar in [
            "https://id.example.org:443",
            "https://id.example.org.evil.example",
            "http://id.example.org",
            "https://ID.example.org",
            "https://id.example.org/",
            "https://id.example.org, https://evil.example",
            "",
        ] {
            let headers = create_request_headers(&[(ORIGIN, Some(similar))]);
            assert!(
                !is_state_changing_request_allowed(&headers, &[OWN.to_owned()]),
                "{similar}"
            );
        }
    }

    #[test]
    fn repeated_header_is_refused_even_with_equal_values() {
        for name in [SITE, ORIGIN] {
            let mut headers =
                create_request_headers(&[(SITE, Some("same-origin")), (ORIGIN, Some(OWN))]);
            let again = headers[&name].clone();
            headers.append(name, again);
            assert!(!is_state_changing_request_allowed(
                &headers,
                &[OWN.to_owned()]
            ));
        }
    }

    #[test]
    fn other_sites_may_link_to_pages_but_not_embed_or_fetch_them() {
        for (site, mode, dest, expected) in [
            (Some("cross-site"), Some("navigate"), Some("document"), true),
            (Some("same-site"), Some("navigate"), None, true),
            (Some("none"), Some("navigate"), Some("document"), true),
            (Some("same-origin"), Some("cors"), Some("empty"), true),
            (None, None, None, true),
            (Some("cross-site"), Some("navigate"), Some("iframe"), false),
            (Some("cross-site"), Some("navigate"), Some("object"), false),
            (Some("cross-site"), Some("no-cors"), Some("image"), false),
            (Some("cross-site"), Some("no-cors"), Some("script"), false),
            (Some("same-site"), Some("cors"), Some("empty"), false),
            (
                Some("cross-site"),
                Some("websocket"),
                Some("websocket"),
                false,
            ),
            (Some("cross-site"), None, None, false),
            (Some("nonsense"), Some("no-cors"), None, false),
        ] {
            let headers = create_request_headers(&[(SITE, site), (MODE, mode), (DEST, dest)]);
            assert_eq!(
                is_page_request_allowed(&headers, &[OWN.to_owned()]),
                expected,
                "{site:?} {mode:?} {dest:?}"
            );
        }
    }

    #[test]
    fn programs_may_call_the_api_and_pages_of_other_sites_may_not() {
        let own = [OWN.to_owned()];
        let may_call = |pairs: &[(HeaderName, Option<&str>)]| {
            is_api_call_allowed(&create_request_headers(pairs), &own)
        };
        assert!(may_call(&[]));
        assert!(may_call(&[(MODE, Some("cors"))]), "fetch of Node");
        assert!(!may_call(&[(MODE, Some("no-cors"))]));
        assert!(!may_call(&[(MODE, Some("cors")), (DEST, Some("empty"))]));
        assert!(may_call(&[
            (SITE, Some("same-origin")),
            (ORIGIN, Some(OWN))
        ]));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(!may_call(&[(SITE, Some(site))]), "{site}");
            assert!(
                !may_call(&[(SITE, Some(site)), (ORIGIN, Some(OWN))]),
                "{site}"
            );
        }
        for origin in ["https://evil.example", "null", ""] {
            assert!(!may_call(&[(ORIGIN, Some(origin))]), "{origin}");
        }
    }

    #[test]
    fn cross_origin_request_without_fetch_metadata_may_not_read_pages() {
        let own = [OWN.to_owned()];
        assert!(is_page_request_allowed(
            &create_request_headers(&[(ORIGIN, Some(OWN))]),
            &own
        ));
        assert!(!is_page_request_allowed(
            &create_request_headers(&[(ORIGIN, Some("https://evil.example"))]),
            &own
        ));
        assert!(!is_page_request_allowed(
            &create_request_headers(&[(ORIGIN, Some("null"))]),
            &own
        ));
    }

    proptest! {
        #[test]
        fn requests_with_arbitrary_site_or_origin_header_may_not_change_state(site in "[ -~]{0,20}", origin in "[ -~]{0,40}") {
            prop_assume!(site != "same-origin" && origin != OWN);
            let own = [OWN.to_owned()];
            prop_assert!(!is_state_changing_request_allowed(&create_request_headers(&[(SITE, Some(&site))]), &own));
            prop_assert!(!is_state_changing_request_allowed(&create_request_headers(&[(ORIGIN, Some(&origin))]), &own));
            prop_assert!(!is_state_changing_request_allowed(&create_request_headers(&[(SITE, Some(&site)), (ORIGIN, Some(OWN))]), &own));
            prop_assert!(!is_state_changing_request_allowed(&create_request_headers(&[(SITE, Some("same-origin")), (ORIGIN, Some(&origin))]), &own));
        }
    }
}
