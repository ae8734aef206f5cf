//! Page at `/` that shows a simulated phone with the sent messages and mails.
//!
//! It loads nothing from other origins and has no inline script or style, so that its content security policy can be
//! strict.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};

use crate::simulator::Simulator;

/// The content security policy of the phone page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// Returns the HTTP routes of the page that shows a simulated phone, with its style sheet and script.
pub(crate) fn create_phone_page_routes() -> Router<Simulator> {
    Router::new()
        .route(
            "/",
            get(async || {
                build_phone_page_file_response(
                    "text/html; charset=utf-8",
                    include_str!("phone/phone.html"),
                )
            }),
        )
        .route(
            "/_simulator/assets/phone.css",
            get(async || {
                build_phone_page_file_response(
                    "text/css; charset=utf-8",
                    include_str!("phone/phone.css"),
                )
            }),
        )
        .route(
            "/_simulator/assets/phone.js",
            get(async || {
                build_phone_page_file_response(
                    "text/javascript; charset=utf-8",
                    include_str!("phone/phone.js"),
                )
            }),
        )
        .route("/favicon.ico", get(async || StatusCode::NO_CONTENT))
}

/// Returns the HTTP response with a static file of the simulated phone's page.
fn build_phone_page_file_response(content_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // The page changes with each build of the binary.
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}
