//! Adds the security headers to every response ([docs/security.md#hdr-01](../../docs/security.md#hdr-01) and
//! following).

use std::fmt;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, SERVER,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Request extension with the CSP nonce of the response.
///
/// Inline scripts repeat the nonce in their attribute `nonce` (CSP3, section 4.2).
#[derive(Clone, PartialEq, Eq)]
pub struct CspNonce(pub Arc<str>);

impl CspNonce {
    /// Generates a random nonce of 144 bits. CSP3 requires at least 128.
    fn generate_random_nonce() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 18]>()).into())
    }
}

/// Prints no value, because a nonce in a log could be used while its response is still being sent.
impl fmt::Debug for CspNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CspNonce")
    }
}

/// Additional sources of the content security policy, each field a space-separated list.
///
/// The sources in [`SecurityHeaderSettings`] apply to every page. The sources in a response extension apply to one
/// page, for example the hosts of a CAPTCHA.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtraCspSources {
    pub script: String,
    pub style: String,
    pub connect: String,
    pub frame: String,
}

/// Response extension that makes the content security policy of a page stricter.
///
/// Scripts can request only files below this URL (without scheme), and forms cannot be submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptFetchRestriction(pub String);

/// Settings of the security headers.
#[derive(Debug, Clone, Default)]
pub struct SecurityHeaderSettings {
    /// Whether the public origin is https. Only then do responses contain `Strict-Transport-Security`.
    pub https: bool,
    pub extra: ExtraCspSources,
}

/// The headers that are the same for every response.
///
/// `Referrer-Policy` is `same-origin`: with `no-referrer`, Chromium sends `Origin: null` with forms of this site,
/// which the request guard rejects. `X-Frame-Options` is for browsers without `frame-ancestors`.
const FIXED: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
         microphone=(), midi=(), payment=(), usb=(), otp-credentials=(self), clipboard-write=(self)",
    ),
];

/// The value of `Strict-Transport-Security`: one year, including subdomains (ASVS 3.4.1).
const HSTS: &str = "max-age=31536000; includeSubDomains";

/// Middleware that creates a nonce before the handler runs, and adds the security headers to the response.
pub(super) async fn add_security_headers(
    State(settings): State<Arc<SecurityHeaderSettings>>,
    mut request: Request,
    next: Next,
) -> Response {
    let nonce = CspNonce::generate_random_nonce();
    request.extensions_mut().insert(nonce.clone());
    let mut response = next.run(request).await;
    let page_sources = response.extensions_mut().remove().unwrap_or_default();
    let fetch_restriction = response.extensions_mut().remove();
    let policy = build_content_security_policy(
        &nonce,
        &settings.extra,
        &page_sources,
        fetch_restriction.as_ref(),
    );
    write_security_headers(response.headers_mut(), &policy, settings.https);
    response
}

/// Adds the security headers to a response. `policy` is its content security policy.
fn write_security_headers(headers: &mut HeaderMap, policy: &str, is_https: bool) {
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A configured source with a line break makes the policy an invalid header. The strictest policy replaces it.
    let policy = HeaderValue::from_str(policy)
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    if is_https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    } else {
        headers.remove(STRICT_TRANSPORT_SECURITY);
    }
    if headers.get_all(CACHE_CONTROL).iter().count() != 1 {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.remove(SERVER);
    headers.remove("x-powered-by");
}

/// Builds the content security policy of one response.
///
/// It permits scripts by nonce and styles from files of this site only.
fn build_content_security_policy(
    CspNonce(nonce): &CspNonce,
    every_page: &ExtraCspSources,
    this_page: &ExtraCspSources,
    fetch_restriction: Option<&ScriptFetchRestriction>,
) -> String {
    // Styles come only from files of this site, so they need no nonce. WebAssembly needs `wasm-unsafe-eval` to
    // compile.
    let list = |own: &str, every_page: &str, this_page: &str| {
        let parts: Vec<&str> = [own, every_page, this_page]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        if parts.is_empty() {
            "'none'".to_owned()
        } else {
            parts.join(" ")
        }
    };
    let script = list("'self'", &every_page.script, &this_page.script);
    let style = list("'self'", &every_page.style, &this_page.style);
    let (own_connect, form) = match fetch_restriction {
        Some(ScriptFetchRestriction(files)) => (files.as_str(), "'none'"),
        None => ("'self'", "'self'"),
    };
    let connect = list(own_connect, &every_page.connect, &this_page.connect);
    let frame = list("", &every_page.frame, &this_page.frame);
    format!(
        "default-src 'none'; script-src {script} 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src {style}; \
         img-src 'self' data:; manifest-src 'self'; connect-src {connect}; font-src 'none'; frame-src {frame}; form-action {form}; \
         base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the content security policy of a page without additional sources.
    fn default_content_security_policy() -> String {
        let none = ExtraCspSources::default();
        build_content_security_policy(&CspNonce::generate_random_nonce(), &none, &none, None)
    }

    #[test]
    fn content_security_policy_allows_no_inline_code_and_no_eval() {
        let policy = default_content_security_policy();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self' 'nonce-"),
            "{policy}"
        );
        assert!(policy.contains("; style-src 'self'; "), "{policy}");
        assert!(policy.contains("; frame-src 'none'; "), "{policy}");
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
            "{policy}"
        );
        assert!(!policy.contains("http"), "{policy}");
    }

    #[test]
    fn every_response_has_its_own_nonce() {
        assert_ne!(
            default_content_security_policy(),
            default_content_security_policy()
        );
        assert!(
            CspNonce::generate_random_nonce().0.len() >= 22,
            "base64 of 128 bits has 22 letters"
        );
        assert_eq!(
            format!("{:?}", CspNonce::generate_random_nonce()),
            "CspNonce"
        );
    }

    #[test]
    fn page_may_add_sources_to_its_own_content_security_policy() {
        let every_page = ExtraCspSources {
            connect: "ws://127.0.0.1:3001".into(),
            ..ExtraCspSources::default()
        };
        let this_page = ExtraCspSources {
            script: "https://c.example".into(),
            frame: "https://c.example".into(),
            ..ExtraCspSources::default()
        };
        let policy =
            build_content_security_policy(&CspNonce("n".into()), &every_page, &this_page, None);
        assert!(
            policy.contains("script-src 'self' https://c.example 'nonce-n' 'wasm-unsafe-eval';"),
            "{policy}"
        );
        assert!(
            policy.contains("connect-src 'self' ws://127.0.0.1:3001;"),
            "{policy}"
        );
        assert!(policy.contains("frame-src https://c.example;"), "{policy}");
    }

    #[test]
    fn restricted_page_may_request_only_static_files() {
        let none = ExtraCspSources::default();
        let files = ScriptFetchRestriction("127.0.0.1:3000/pkg/".into());
        let policy = build_content_security_policy(
            &CspNonce::generate_random_nonce(),
            &none,
            &none,
            Some(&files),
        );
        assert!(
            policy.contains("; connect-src 127.0.0.1:3000/pkg/;"),
            "{policy}"
        );
        assert!(policy.contains("; form-action 'none';"), "{policy}");
    }

    #[test]
    fn invalid_content_security_policy_is_replaced_by_the_strictest() {
        let mut headers = HeaderMap::new();
        write_security_headers(&mut headers, "script-src a\nb", false);
        assert_eq!(
            headers[CONTENT_SECURITY_POLICY],
            "default-src 'none'; frame-ancestors 'none'"
        );
    }

    #[test]
    fn hsts_is_sent_only_with_an_https_origin() {
        let mut headers = HeaderMap::new();
        write_security_headers(&mut headers, "", true);
        assert_eq!(headers[STRICT_TRANSPORT_SECURITY], HSTS);
        write_security_headers(&mut headers, "", false);
        assert!(!headers.contains_key(STRICT_TRANSPORT_SECURITY));
    }

    #[test]
    fn repeated_cache_control_header_is_replaced() {
        let mut headers = HeaderMap::new();
        write_security_headers(&mut headers, "", false);
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private"));
        write_security_headers(&mut headers, "", false);
        assert_eq!(headers[CACHE_CONTROL], "private");
        headers.append(CACHE_CONTROL, HeaderValue::from_static("public"));
        write_security_headers(&mut headers, "", false);
        assert_eq!(
            headers.get_all(CACHE_CONTROL).iter().collect::<Vec<_>>(),
            ["no-store"]
        );
    }
}
