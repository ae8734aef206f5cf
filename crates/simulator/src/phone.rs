//! The page at `/`: a phone that shows what was sent. Nothing in it comes from elsewhere and no
//! script or style is inline, so its policy can be as strict as one gets.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};

use super::Simulator;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The page and its two assets.
pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .route(
            "/",
            get(async || asset("text/html; charset=utf-8", include_str!("phone.html"))),
        )
        .route(
            "/_simulator/assets/phone.css",
            get(async || asset("text/css; charset=utf-8", include_str!("phone.css"))),
        )
        .route(
            "/_simulator/assets/phone.js",
            get(async || asset("text/javascript; charset=utf-8", include_str!("phone.js"))),
        )
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
}

fn asset(content_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // Built into the binary: another build, another page.
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}
