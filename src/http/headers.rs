//! The security headers of every response, whoever made it (HDR-01 to HDR-03).

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

/// A request extension: the one value inline scripts of this response must carry (CSP3 section 4.2).
#[derive(Clone, PartialEq, Eq)]
pub struct CspNonce(pub Arc<str>);

impl CspNonce {
    /// 144 random bits; HDR-01 asks for 128.
    fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 18]>()).into())
    }
}

/// Whoever reads the log during a response could use it.
impl fmt::Debug for CspNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CspNonce")
    }
}

/// Sources beside our own, each a space-separated list as CSP writes it.
///
/// In the settings they hold for every page (the live-reload socket of development); as a response extension they
/// hold for that page alone (the hosts of a CAPTCHA).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtraSources {
    pub script: String,
    pub style: String,
    pub connect: String,
    pub frame: String,
}

#[derive(Debug, Clone, Default)]
pub struct HeaderSettings {
    /// Whether the public origin is https; only then may browsers be told to insist on it.
    pub https: bool,
    pub extra: ExtraSources,
}

/// `same-origin` rather than `no-referrer`: under the latter Chromium sends `Origin: null` with our own forms, which
/// the guard refuses. `X-Frame-Options` is for browsers that do not read `frame-ancestors`.
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

/// One year, with every name below ours (ASVS 3.4.1).
const HSTS: &str = "max-age=31536000; includeSubDomains";

/// Makes the nonce before the handler runs and writes the headers after it.
pub(super) async fn secure(
    State(settings): State<Arc<HeaderSettings>>,
    mut request: Request,
    next: Next,
) -> Response {
    let nonce = CspNonce::random();
    request.extensions_mut().insert(nonce.clone());
    let mut response = next.run(request).await;
    let page = response.extensions_mut().remove().unwrap_or_default();
    let policy = policy(&nonce, &settings.extra, &page);
    write(response.headers_mut(), &policy, settings.https);
    response
}

fn write(headers: &mut HeaderMap, policy: &str, https: bool) {
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Sources an operator wrote with a line break in them open nothing.
    let policy = HeaderValue::from_str(policy)
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    if https {
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

/// HDR-01. Styles come from our own files only, so they need no nonce; wasm needs its own word to compile.
fn policy(CspNonce(nonce): &CspNonce, always: &ExtraSources, page: &ExtraSources) -> String {
    let list = |own: &str, always: &str, page: &str| {
        let parts: Vec<&str> = [own, always, page]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        if parts.is_empty() {
            "'none'".to_owned()
        } else {
            parts.join(" ")
        }
    };
    let script = list("'self'", &always.script, &page.script);
    let style = list("'self'", &always.style, &page.style);
    let connect = list("'self'", &always.connect, &page.connect);
    let frame = list("", &always.frame, &page.frame);
    format!(
        "default-src 'none'; script-src {script} 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src {style}; \
         img-src 'self' data:; connect-src {connect}; font-src 'none'; frame-src {frame}; form-action 'self'; \
         base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict() -> String {
        let none = ExtraSources::default();
        policy(&CspNonce::random(), &none, &none)
    }

    #[test]
    fn the_policy_allows_nothing_inline_and_no_evaluation() {
        let policy = strict();
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
    fn two_responses_never_share_a_nonce() {
        assert_ne!(strict(), strict());
        assert!(
            CspNonce::random().0.len() >= 22,
            "base64 of 128 bits has 22 letters"
        );
        assert_eq!(format!("{:?}", CspNonce::random()), "CspNonce");
    }

    #[test]
    fn a_page_may_add_hosts_for_itself() {
        let always = ExtraSources {
            connect: "ws://127.0.0.1:3001".into(),
            ..ExtraSources::default()
        };
        let page = ExtraSources {
            script: "https://c.example".into(),
            frame: "https://c.example".into(),
            ..ExtraSources::default()
        };
        let policy = policy(&CspNonce("n".into()), &always, &page);
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
    fn a_policy_that_is_no_header_opens_nothing() {
        let mut headers = HeaderMap::new();
        write(&mut headers, "script-src a\nb", false);
        assert_eq!(
            headers[CONTENT_SECURITY_POLICY],
            "default-src 'none'; frame-ancestors 'none'"
        );
    }

    #[test]
    fn browsers_are_told_to_insist_on_https_only_where_we_have_it() {
        let mut headers = HeaderMap::new();
        write(&mut headers, "", true);
        assert_eq!(headers[STRICT_TRANSPORT_SECURITY], HSTS);
        write(&mut headers, "", false);
        assert!(!headers.contains_key(STRICT_TRANSPORT_SECURITY));
    }

    #[test]
    fn a_handlers_cache_rule_stands_unless_it_wrote_two() {
        let mut headers = HeaderMap::new();
        write(&mut headers, "", false);
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private"));
        write(&mut headers, "", false);
        assert_eq!(headers[CACHE_CONTROL], "private");
        headers.append(CACHE_CONTROL, HeaderValue::from_static("public"));
        write(&mut headers, "", false);
        assert_eq!(
            headers.get_all(CACHE_CONTROL).iter().collect::<Vec<_>>(),
            ["no-store"]
        );
    }
}
