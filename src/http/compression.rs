//! Middleware that compresses pages for clients without cookies.
//!
//! The length of a compressed page reveals whether a text chosen by an attacker repeats another text of the page
//! (BREACH). Therefore only responses to requests without credentials are compressed, because they contain no secrets
//! (docs/security.md#hdr-06).

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::encoding::{accepts_encoding, compress_with_gzip};
use super::error_response::ErrorResponse;

/// The maximum length of a page that is compressed, in bytes. Pages have a few kilobytes.
const MAX_PAGE: usize = 1024 * 1024;

/// Middleware that compresses a page with gzip if the request has no credentials.
pub(super) async fn compress_public_page(request: Request, next: Next) -> Response {
    let is_public = request.method() == Method::GET && has_no_credentials(request.headers());
    let accepts_gzip = accepts_encoding(request.headers(), "gzip");
    let mut response = next.run(request).await;
    if !is_public || !is_uncompressed_html(response.headers()) {
        return response;
    }
    let varies = HeaderValue::from_static("accept-encoding, cookie");
    response.headers_mut().append(VARY, varies);
    if !accepts_gzip {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(page) = to_bytes(body, MAX_PAGE).await else {
        tracing::error!(
            "compressing a page failed: it was cut off or has more than {MAX_PAGE} bytes"
        );
        return ErrorResponse::INTERNAL.into_response();
    };
    let Ok(compressed) = compress_with_gzip(&page) else {
        return Response::from_parts(parts, Body::from(page));
    };
    parts.headers.remove(CONTENT_LENGTH);
    let encoding = HeaderValue::from_static("gzip");
    parts.headers.insert(CONTENT_ENCODING, encoding);
    Response::from_parts(parts, Body::from(compressed))
}

/// Returns whether the request has neither cookies nor an `Authorization` header.
fn has_no_credentials(request_headers: &HeaderMap) -> bool {
    !request_headers.contains_key(COOKIE) && !request_headers.contains_key(AUTHORIZATION)
}

/// Returns whether the response is an HTML page that is not compressed yet.
fn is_uncompressed_html(response_headers: &HeaderMap) -> bool {
    let is_html = response_headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    is_html && !response_headers.contains_key(CONTENT_ENCODING)
}
