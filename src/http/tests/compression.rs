//! Compression of pages: only for requests without credentials.

use std::io::Read as _;

use axum::Router;
use axum::body::to_bytes;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::get as get_route;
use flate2::read::GzDecoder;

use super::super::middleware::add_middleware_to_router;
use super::support::{
    create_middleware_settings, get_request, only_header_value, read_body_text, send_request,
    with_header,
};

const PAGE: &str = "<!DOCTYPE html><p>page page page page page</p>";

/// Returns an app that serves an HTML page and a response of another type.
fn create_compressed_app() -> Router {
    let router = Router::new()
        .route("/page", get_route(|| async { Html(PAGE) }))
        .route(
            "/data",
            get_route(|| async { ([(CONTENT_TYPE, "application/json")], "{}") }),
        );
    add_middleware_to_router(router, create_middleware_settings())
}

#[tokio::test]
async fn page_for_a_client_without_cookies_is_compressed() {
    let response = send_request(
        &create_compressed_app(),
        with_header(get_request("/page"), "accept-encoding", "br, gzip"),
    )
    .await;
    assert_eq!(
        only_header_value(response.headers(), "content-encoding"),
        "gzip"
    );
    assert_eq!(
        only_header_value(response.headers(), "vary"),
        "accept-encoding, cookie"
    );
    let body = to_bytes(response.into_body(), 1024)
        .await
        .expect("the body is read");
    let mut page = String::new();
    GzDecoder::new(&*body)
        .read_to_string(&mut page)
        .expect("the body is gzip");
    assert_eq!(page, PAGE);
}

#[tokio::test]
async fn page_for_a_client_with_credentials_is_not_compressed() {
    for (name, value) in [
        ("cookie", "__Host-sallyport-session=x"),
        ("cookie", ""),
        ("authorization", "Bearer x"),
    ] {
        let request = with_header(get_request("/page"), "accept-encoding", "gzip");
        let response =
            send_request(&create_compressed_app(), with_header(request, name, value)).await;
        assert!(
            !response.headers().contains_key("content-encoding"),
            "{name}"
        );
        assert_eq!(read_body_text(response).await, PAGE);
    }
}

#[tokio::test]
async fn page_for_a_client_without_gzip_is_not_compressed() {
    for accepted in ["", "br", "gzip;q=0"] {
        let response = send_request(
            &create_compressed_app(),
            with_header(get_request("/page"), "accept-encoding", accepted),
        )
        .await;
        assert!(
            !response.headers().contains_key("content-encoding"),
            "{accepted}"
        );
        assert_eq!(read_body_text(response).await, PAGE);
    }
}

#[tokio::test]
async fn only_html_is_compressed() {
    let response = send_request(
        &create_compressed_app(),
        with_header(get_request("/data"), "accept-encoding", "gzip"),
    )
    .await;
    assert!(!response.headers().contains_key("content-encoding"));
    assert_eq!(read_body_text(response).await, "{}");
}
