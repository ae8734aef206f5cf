//! Which requests the guard accepts, and the request that their handlers receive.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method};
use axum::routing::{any, get as on_get};
use axum::{Extension, Router};

use super::super::client_ip::{ClientIp, TrustedProxies};
use super::super::error_response::ErrorResponse;
use super::super::middleware::{MiddlewareSettings, add_middleware_to_router};
use super::support::{
    Endless, OWN, create_middleware_settings, get_request, only_header_value, post_form_request,
    read_body_text, request_status, send_request, with_header, without_header,
};

/// Returns an app and the number of requests that have reached its handler.
fn counting_app(settings: MiddlewareSettings) -> (Router, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let handler = move || async move { counter.fetch_add(1, Ordering::SeqCst).to_string() };
    (
        add_middleware_to_router(Router::new().fallback(any(handler)), settings),
        calls,
    )
}

#[tokio::test]
async fn only_same_origin_requests_reach_a_handler() {
    let (app, calls) = counting_app(create_middleware_settings());
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
            let mut request = without_header(post_form_request("/api/sign-in", "a=b"), "origin");
            if let Some(site) = site {
                request = with_header(request, "sec-fetch-site", site);
            }
            if let Some(origin) = origin {
                request = with_header(request, "origin", origin);
            }
            match request_status(&app, request).await {
                200 => passed.push((site, origin)),
                status => assert_eq!(status, 403, "{site:?} {origin:?}"),
            }
        }
    }
    let listed = [
        (Some("same-origin"), Some(OWN)),
        (Some("same-origin"), None),
        (None, Some(OWN)),
    ];
    assert_eq!(passed, listed);
    assert_eq!(
        calls.load(Ordering::SeqCst),
        listed.len(),
        "refused requests reach no handler"
    );
}

#[tokio::test]
async fn only_get_head_and_post_are_accepted() {
    let (app, calls) = counting_app(create_middleware_settings());
    for method in [
        "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get",
    ] {
        let mut request = post_form_request("/", "");
        *request.method_mut() = Method::from_bytes(method.as_bytes()).expect("valid method");
        let request = with_header(request, "access-control-request-method", "POST");
        let response = send_request(&app, request).await;
        assert_eq!(response.status(), 405, "{method}");
        assert_eq!(
            only_header_value(response.headers(), "allow"),
            "GET, HEAD, POST"
        );
        let cors = response
            .headers()
            .keys()
            .any(|name| name.as_str().starts_with("access-control"));
        assert!(!cors, "no CORS header is sent");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn post_that_is_not_a_form_is_refused() {
    let (app, calls) = counting_app(create_middleware_settings());
    for kind in [
        "text/plain",
        "application/json",
        "multipart/form-data; boundary=x",
    ] {
        assert_eq!(
            request_status(
                &app,
                with_header(post_form_request("/", "a=b"), "content-type", kind)
            )
            .await,
            415,
            "{kind}"
        );
    }
    assert_eq!(
        request_status(
            &app,
            without_header(post_form_request("/", "a=b"), "content-type")
        )
        .await,
        415
    );
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn handler_gets_the_complete_body_of_at_most_16_kib() {
    let handler = |headers: HeaderMap, body: Bytes| async move {
        assert_eq!(
            only_header_value(&headers, "content-length"),
            body.len().to_string()
        );
        assert!(!headers.contains_key("transfer-encoding"));
        body.len().to_string()
    };
    let app = add_middleware_to_router(
        Router::new().route("/", any(handler)),
        create_middleware_settings(),
    );
    let most = 16 * 1024;
    let chunked = with_header(
        post_form_request("/", vec![b'a'; most]),
        "transfer-encoding",
        "chunked",
    );
    assert_eq!(
        read_body_text(send_request(&app, chunked).await).await,
        most.to_string()
    );
    assert_eq!(
        request_status(&app, post_form_request("/", vec![b'a'; most + 1])).await,
        413
    );
    let (endless, _dropped) = Endless::body(Some(b"aaaa"));
    assert_eq!(
        request_status(&app, post_form_request("/", endless)).await,
        413
    );
    let (unread, _dropped) = Endless::body(None);
    assert_eq!(
        request_status(
            &app,
            with_header(post_form_request("/", unread), "content-length", "16385")
        )
        .await,
        413
    );
}

#[tokio::test]
async fn only_a_form_with_a_captcha_has_room_for_the_fields_of_its_widget() {
    let mut settings = create_middleware_settings();
    settings.guard.is_captcha_form = |path| path == "/captcha";
    settings.guard.captcha_form_body_limit = 32 * 1024;
    let (app, calls) = counting_app(settings);
    let status = async |path: &str, bytes: usize| {
        request_status(&app, post_form_request(path, vec![b'a'; bytes])).await
    };
    assert_eq!(status("/captcha", 32 * 1024).await, 200);
    assert_eq!(status("/captcha", 32 * 1024 + 1).await, 413);
    assert_eq!(status("/", 16 * 1024 + 1).await, 413);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn body_that_does_not_arrive_in_time_is_refused() {
    let mut settings = create_middleware_settings();
    settings.guard.body_timeout = Duration::from_millis(20);
    let (app, calls) = counting_app(settings);
    let (silent, _dropped) = Endless::body(None);
    assert_eq!(
        request_status(&app, post_form_request("/", silent)).await,
        408
    );
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn body_of_a_get_request_is_not_read() {
    let app = add_middleware_to_router(
        Router::new().route(
            "/",
            on_get(|body: Bytes| async move { body.len().to_string() }),
        ),
        create_middleware_settings(),
    );
    let (endless, _dropped) = Endless::body(Some(b"aaaa"));
    let mut request = get_request("/");
    *request.body_mut() = endless;
    assert_eq!(read_body_text(send_request(&app, request).await).await, "0");
}

#[tokio::test]
async fn foreign_host_is_refused_except_for_probes() {
    let mut settings = create_middleware_settings();
    settings.guard.is_probe = |path| path == "/healthz";
    let (app, _) = counting_app(settings);
    assert_eq!(
        request_status(&app, with_header(get_request("/"), "host", "evil.example")).await,
        421
    );
    assert_eq!(
        request_status(
            &app,
            with_header(get_request("/healthz"), "host", "10.1.2.3:3000")
        )
        .await,
        200
    );
    assert_eq!(
        request_status(&app, without_header(get_request("/healthz"), "host")).await,
        400
    );
    assert_eq!(
        request_status(&app, without_header(get_request("/"), "host")).await,
        400
    );
}

#[tokio::test]
async fn request_with_too_many_headers_is_refused() {
    let (app, _) = counting_app(create_middleware_settings());
    let mut request = get_request("/");
    for _ in 0..64 {
        request
            .headers_mut()
            .append("x-many", "1".parse().expect("valid header value"));
    }
    assert_eq!(request_status(&app, request).await, 431);
}

#[tokio::test]
async fn other_sites_may_link_to_pages_but_not_embed_or_fetch_them() {
    let (app, _) = counting_app(create_middleware_settings());
    let cross_site = |mode, dest| {
        let request = with_header(get_request("/dashboard"), "sec-fetch-site", "cross-site");
        with_header(
            with_header(request, "sec-fetch-mode", mode),
            "sec-fetch-dest",
            dest,
        )
    };
    assert_eq!(
        request_status(&app, cross_site("navigate", "document")).await,
        200
    );
    assert_eq!(
        request_status(&app, cross_site("navigate", "iframe")).await,
        403
    );
    assert_eq!(
        request_status(&app, cross_site("no-cors", "image")).await,
        403
    );
    assert_eq!(request_status(&app, cross_site("cors", "empty")).await, 403);
    assert_eq!(
        request_status(
            &app,
            with_header(get_request("/"), "origin", "https://evil.example")
        )
        .await,
        403
    );
}

#[tokio::test]
async fn handler_gets_the_client_address_from_a_trusted_proxy() {
    let handler = |Extension(ClientIp(ip)): Extension<ClientIp>| async move { ip.to_string() };
    let mut settings = create_middleware_settings();
    settings.trusted_proxies = TrustedProxies::new(|ip| ip.is_loopback());
    let app = add_middleware_to_router(Router::new().route("/", on_get(handler)), settings);
    for (peer, client) in [
        ("127.0.0.1:9", "192.0.2.1"),
        ("198.51.100.1:9", "198.51.100.1"),
    ] {
        let mut request = with_header(
            get_request("/"),
            "x-forwarded-for",
            "203.0.113.66, 192.0.2.1",
        );
        let peer: SocketAddr = peer.parse().expect("valid address");
        request.extensions_mut().insert(ConnectInfo(peer));
        assert_eq!(
            read_body_text(send_request(&app, request).await).await,
            client
        );
    }
}

#[tokio::test]
async fn client_that_accepts_json_gets_the_reason_in_json() {
    let (app, _) = counting_app(create_middleware_settings());
    let request = with_header(post_form_request("/", "a=b"), "origin", "null");
    let response = send_request(&app, with_header(request, "accept", "application/json")).await;
    assert_eq!(
        only_header_value(response.headers(), "content-type"),
        "application/json"
    );
    let reason = ErrorResponse::CROSS_SITE.reason;
    assert_eq!(
        read_body_text(response).await,
        format!(r#"{{"code":"bad_request","reason":"{reason}"}}"#)
    );
}
