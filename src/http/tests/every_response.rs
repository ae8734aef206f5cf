//! Every kind of response has the security headers, and none has the error text of a library.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::{get as on_get, post as on_post};

use super::super::middleware::add_middleware_to_router;
use super::super::security_headers::{CspNonce, ExtraCspSources};
use super::support::{
    Endless, create_middleware_settings, get_request, only_header_value, post_form_request,
    read_body_text, send_request, with_header,
};
use domain::Language;

/// Request handler that panics with a message.
async fn panic_with_message() -> StatusCode {
    panic!("the secret is hunter2")
}

/// Request handler that panics with a value that is not a text.
async fn panic_without_message() -> StatusCode {
    std::panic::panic_any(7)
}

/// Returns an app with one route for each kind of response.
pub(super) fn create_app_with_all_responses() -> Router {
    let pages = Router::new()
        .route(
            "/",
            on_get(
                |Extension(CspNonce(nonce)): Extension<CspNonce>| async move { nonce.to_string() },
            ),
        )
        .route("/form", on_post(|| async {}))
        .route("/unchanged", on_get(|| async { StatusCode::NOT_MODIFIED }))
        .route("/panic", on_get(panic_with_message))
        .route("/panic/{with}", on_get(panic_without_message))
        .route("/never", on_get(std::future::pending::<()>))
        .route(
            "/hint",
            on_get(|| async {
                (
                    StatusCode::BAD_REQUEST,
                    "leptos says: register it explicitly",
                )
            }),
        )
        .route(
            "/chatty",
            on_get(|| async { ([("server", "x/1.2"), ("x-powered-by", "y")], "hello") }),
        )
        .route(
            "/captcha",
            on_get(|| async {
                let extra = ExtraCspSources {
                    script: "https://captcha.example".into(),
                    ..ExtraCspSources::default()
                };
                (Extension(extra), "hello")
            }),
        );
    let mut settings = create_middleware_settings();
    settings.deadline = Duration::from_millis(50);
    settings.guard.body_timeout = Duration::from_millis(10);
    add_middleware_to_router(pages, settings)
}

/// Checks that each security header occurs once with its expected value.
fn assert_security_headers(headers: &HeaderMap) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
        (
            "strict-transport-security",
            "max-age=31536000; includeSubDomains",
        ),
    ] {
        assert_eq!(only_header_value(headers, name), value);
    }
    for permission in ["camera=()", "otp-credentials=(self)"] {
        assert!(only_header_value(headers, "permissions-policy").contains(permission));
    }
    let policy = only_header_value(headers, "content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self' 'nonce-"),
        "{policy}"
    );
    assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
    assert!(!headers.contains_key("server") && !headers.contains_key("x-powered-by"));
}

/// Returns one request for each kind of response, with the expected status.
pub(super) fn requests_with_status() -> Vec<(u16, Request<Body>)> {
    let (silent, _) = Endless::body(None);
    let mut delete = get_request("/");
    *delete.method_mut() = axum::http::Method::DELETE;
    let many_headers = (0..64).fold(get_request("/"), |mut request, _| {
        request
            .headers_mut()
            .append("x-many", "1".parse().expect("valid header value"));
        request
    });
    let without_host = super::support::without_header(get_request("/"), "host");
    vec![
        (200, get_request("/")),
        (200, get_request("/chatty")),
        (304, get_request("/unchanged")),
        (400, without_host),
        (400, get_request("/hint")),
        (
            403,
            with_header(post_form_request("/form", ""), "origin", "null"),
        ),
        (404, get_request("/profile/x.css")),
        (404, post_form_request("/api/unknown", "a=b")),
        (405, post_form_request("/", "a=b")),
        (405, get_request("/form")),
        (405, delete),
        (408, post_form_request("/form", silent)),
        (413, post_form_request("/form", vec![b'a'; 20_000])),
        (
            415,
            with_header(
                post_form_request("/form", "{}"),
                "content-type",
                "application/json",
            ),
        ),
        (421, with_header(get_request("/"), "host", "evil.example")),
        (431, many_headers),
        (500, get_request("/panic")),
        (500, get_request("/panic/any")),
        (503, get_request("/never")),
    ]
}

#[tokio::test]
async fn every_response_has_every_security_header_once() {
    let app = create_app_with_all_responses();
    for (status, request) in requests_with_status() {
        let what = format!("{} {}", request.method(), request.uri());
        let response = send_request(&app, request).await;
        assert_eq!(response.status(), status, "{what}");
        assert_security_headers(response.headers());
    }
}

#[tokio::test]
async fn every_error_is_a_short_page_without_library_text() {
    let app = create_app_with_all_responses();
    for (status, request) in requests_with_status() {
        let response = send_request(&app, request).await;
        if status < 400 {
            continue;
        }
        assert_eq!(
            only_header_value(response.headers(), "content-type"),
            "text/html; charset=utf-8",
            "{status}"
        );
        let allow = response.headers().contains_key("allow");
        assert_eq!(
            allow,
            status == 405,
            "Allow belongs to 405 (RFC 9110 section 15.5.6), not {status}"
        );
        let page = read_body_text(response).await;
        assert!(
            page.starts_with("<!doctype html>") && page.len() < 1_600,
            "{status}: {page}"
        );
        for word in ["leptos", "hunter2", "panic", "axum", "register"] {
            assert!(!page.contains(word), "{status}: {word} in {page}");
        }
    }
}

#[tokio::test]
async fn headers_that_describe_a_replaced_body_are_removed() {
    let old = [
        ("content-length", "3"),
        ("content-encoding", "br"),
        ("etag", "\"x\""),
        ("retry-after", "9"),
    ];
    let failing = move || async move { (StatusCode::TOO_MANY_REQUESTS, old, "old") };
    let app = add_middleware_to_router(
        Router::new().route("/", on_get(failing)),
        create_middleware_settings(),
    );
    let response = send_request(&app, get_request("/")).await;
    for name in ["content-encoding", "etag"] {
        assert!(!response.headers().contains_key(name), "{name}");
    }
    assert_eq!(only_header_value(response.headers(), "retry-after"), "9");
    let length = only_header_value(response.headers(), "content-length").to_owned();
    assert_eq!(read_body_text(response).await.len().to_string(), length);
}

#[tokio::test]
async fn handler_gets_the_nonce_of_its_response() {
    let app = create_app_with_all_responses();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let response = send_request(&app, get_request("/")).await;
        let policy = only_header_value(response.headers(), "content-security-policy").to_owned();
        let nonce = read_body_text(response).await;
        assert!(
            policy.contains(&format!("'nonce-{nonce}'")),
            "{nonce} in {policy}"
        );
        seen.push(nonce);
    }
    assert_ne!(seen[0], seen[1]);
}

#[tokio::test]
async fn page_adds_csp_sources_only_to_its_own_response() {
    let app = create_app_with_all_responses();
    let policy = async |path| {
        let response = send_request(&app, get_request(path)).await;
        only_header_value(response.headers(), "content-security-policy").contains("captcha.example")
    };
    assert!(policy("/captcha").await);
    assert!(!policy("/").await);
}

#[tokio::test]
async fn panic_ends_only_its_own_request() {
    let app = create_app_with_all_responses();
    for _ in 0..3 {
        assert_eq!(
            send_request(&app, get_request("/panic")).await.status(),
            500
        );
        assert_eq!(send_request(&app, get_request("/")).await.status(), 200);
    }
    let response = send_request(
        &app,
        with_header(get_request("/panic"), "accept", "application/json"),
    )
    .await;
    assert_eq!(
        read_body_text(response).await,
        r#"{"code":"internal","reason":"internal"}"#
    );
}

#[tokio::test]
async fn error_of_a_server_function_keeps_its_body_and_gets_a_media_type() {
    let failing = || async {
        let error = r#"{"code":"credentials"}"#;
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            [("serverfnerror", "/api/x")],
            Body::from(error),
        )
            .into_response()
    };
    let app = add_middleware_to_router(
        Router::new().route("/api/x", on_post(failing)),
        create_middleware_settings(),
    );
    let response: Response<Body> = send_request(&app, post_form_request("/api/x", "a=b")).await;
    assert_eq!(
        only_header_value(response.headers(), "content-type"),
        "application/json"
    );
    assert_eq!(read_body_text(response).await, r#"{"code":"credentials"}"#);
}

#[tokio::test]
async fn error_page_is_in_the_language_of_the_request_and_probe_keeps_its_text() {
    let mut settings = create_middleware_settings();
    settings.language = Arc::new(|_| Language::German);
    settings.guard.is_probe = |path| path == "/readyz";
    let failing = || async { (StatusCode::SERVICE_UNAVAILABLE, "database unreachable") };
    let app = add_middleware_to_router(Router::new().route("/readyz", on_get(failing)), settings);
    let page = read_body_text(send_request(&app, get_request("/nowhere")).await).await;
    assert!(
        page.contains("Unter dieser Adresse gibt es keine Seite."),
        "{page}"
    );
    assert_eq!(
        read_body_text(send_request(&app, get_request("/readyz")).await).await,
        "database unreachable"
    );
}
