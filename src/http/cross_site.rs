//! Which requests other sites may make us answer: none that change anything, and otherwise only a visit.
//!
//! Sources: CSRF-01, ENUM-06, SSE-04; W3C Fetch Metadata Request Headers; the Fetch Standard on `Origin`.

use axum::http::{HeaderMap, HeaderName, header::ORIGIN};

use super::field::Field;

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Whether a request that changes something comes from one of our own pages.
///
/// Where a browser sends both headers, both must say so. `Sec-Fetch-Site: none` is a person typing an address,
/// which is never a form of ours, and `Origin: null` is a sandboxed or hidden page.
pub(super) fn may_change(headers: &HeaderMap, own: &[String]) -> bool {
    let is_own = |origin: &str| own.iter().any(|own| own == origin);
    match (Field::of(headers, &SITE), Field::of(headers, &ORIGIN)) {
        (Field::One("same-origin"), Field::Absent) => true,
        (Field::One("same-origin") | Field::Absent, Field::One(origin)) => is_own(origin),
        _ => false,
    }
}

/// Whether a request for programs may be answered: from no browser at all, or from one of our own pages.
///
/// Browsers send `Origin` with every POST (Fetch Standard section 3.2), so a page cannot pass for a program. Node's own
/// `fetch` sends `Sec-Fetch-Mode: cors`, alone.
pub(super) fn may_call(headers: &HeaderMap, own: &[String]) -> bool {
    let browser = [SITE, DEST, ORIGIN];
    let is_program = !browser.iter().any(|name| headers.contains_key(name))
        && matches!(
            Field::of(headers, &MODE),
            Field::Absent | Field::One("cors")
        );
    may_change(headers, own) || is_program
}

/// Whether a request that only reads may be answered: from our pages, by hand, or as a visit in a window of its own.
///
/// Frames, images, scripts and `fetch` of other sites learn nothing, not even whether a page exists. Without Fetch
/// Metadata an `Origin` on a GET is a cross-origin `fetch` or a `WebSocket` (CSRF-07).
pub(super) fn may_read(headers: &HeaderMap, own: &[String]) -> bool {
    match Field::of(headers, &SITE) {
        Field::One("same-origin" | "none") => true,
        Field::One(_) => {
            let document = Field::of(headers, &DEST);
            Field::of(headers, &MODE) == Field::One("navigate")
                && matches!(document, Field::Absent | Field::One("document"))
        }
        Field::Absent => match Field::of(headers, &ORIGIN) {
            Field::Absent => true,
            Field::One(origin) => own.iter().any(|own| own == origin),
            Field::Unclear => false,
        },
        Field::Unclear => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const OWN: &str = "https://id.example.org";

    fn headers(pairs: &[(HeaderName, Option<&str>)]) -> HeaderMap {
        let present = pairs
            .iter()
            .filter_map(|(name, value)| value.map(|value| (name, value)));
        present
            .map(|(name, value)| {
                let value = HeaderValue::from_str(value).expect("the test's value is legal");
                (name.clone(), value)
            })
            .collect()
    }

    #[test]
    fn only_our_own_pages_may_change_something() {
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
                let headers = headers(&[(SITE, site), (ORIGIN, origin)]);
                if may_change(&headers, &[OWN.to_owned()]) {
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
    fn an_origin_must_be_ours_to_the_letter() {
        for near in [
            "https://id.example.org:443",
            "https://id.example.org.evil.example",
            "http://id.example.org",
            "https://ID.example.org",
            "https://id.example.org/",
            "https://id.example.org, https://evil.example",
            "",
        ] {
            let headers = headers(&[(ORIGIN, Some(near))]);
            assert!(!may_change(&headers, &[OWN.to_owned()]), "{near}");
        }
    }

    #[test]
    fn a_header_sent_twice_is_refused_even_if_both_agree() {
        for name in [SITE, ORIGIN] {
            let mut headers = headers(&[(SITE, Some("same-origin")), (ORIGIN, Some(OWN))]);
            let again = headers[&name].clone();
            headers.append(name, again);
            assert!(!may_change(&headers, &[OWN.to_owned()]));
        }
    }

    #[test]
    fn other_sites_may_link_to_us_but_not_embed_or_fetch_us() {
        for (site, mode, dest, may) in [
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
            let headers = headers(&[(SITE, site), (MODE, mode), (DEST, dest)]);
            assert_eq!(
                may_read(&headers, &[OWN.to_owned()]),
                may,
                "{site:?} {mode:?} {dest:?}"
            );
        }
    }

    #[test]
    fn programs_may_call_and_pages_of_other_sites_may_not() {
        let own = [OWN.to_owned()];
        let may = |pairs: &[(HeaderName, Option<&str>)]| may_call(&headers(pairs), &own);
        assert!(may(&[]));
        assert!(may(&[(MODE, Some("cors"))]), "fetch of Node");
        assert!(!may(&[(MODE, Some("no-cors"))]));
        assert!(!may(&[(MODE, Some("cors")), (DEST, Some("empty"))]));
        assert!(may(&[(SITE, Some("same-origin")), (ORIGIN, Some(OWN))]));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(!may(&[(SITE, Some(site))]), "{site}");
            assert!(!may(&[(SITE, Some(site)), (ORIGIN, Some(OWN))]), "{site}");
        }
        for origin in ["https://evil.example", "null", ""] {
            assert!(!may(&[(ORIGIN, Some(origin))]), "{origin}");
        }
    }

    #[test]
    fn an_upgrade_with_a_foreign_origin_is_refused_in_old_browsers_too() {
        let own = [OWN.to_owned()];
        assert!(may_read(&headers(&[(ORIGIN, Some(OWN))]), &own));
        assert!(!may_read(
            &headers(&[(ORIGIN, Some("https://evil.example"))]),
            &own
        ));
        assert!(!may_read(&headers(&[(ORIGIN, Some("null"))]), &own));
    }

    proptest! {
        #[test]
        fn no_invented_value_passes_for_ours(site in "[ -~]{0,20}", origin in "[ -~]{0,40}") {
            prop_assume!(site != "same-origin" && origin != OWN);
            let own = [OWN.to_owned()];
            prop_assert!(!may_change(&headers(&[(SITE, Some(&site))]), &own));
            prop_assert!(!may_change(&headers(&[(ORIGIN, Some(&origin))]), &own));
            prop_assert!(!may_change(&headers(&[(SITE, Some(&site)), (ORIGIN, Some(OWN))]), &own));
            prop_assert!(!may_change(&headers(&[(SITE, Some("same-origin")), (ORIGIN, Some(&origin))]), &own));
        }
    }
}
