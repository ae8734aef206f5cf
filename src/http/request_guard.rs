//! The request guard: checks that every request must pass before it reaches a handler.
//!
//! Cheap checks come first: number of headers, method, host, origin and media type, then the body.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::error_response::ErrorResponse;
use super::load_shedding::{RequestSlots, refuse_request_beyond_concurrency_limit};
use super::{body, cross_site, host};

/// The kind of client that a URL path serves. It decides which checks a request must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteKind {
    /// Pages for browsers: they accept forms from the own origin.
    Page,
    /// The API for programs with an access token. They send JSON without `Origin` and `Sec-Fetch-Site`. A request with
    /// one of these headers comes from a browser and must come from a page of this site.
    JsonApi,
    /// Paths for services that sign a form or JSON. The handler checks the signature, and any origin is accepted.
    Webhook,
}

/// Settings of the request guard: which origins, hosts, body sizes and numbers of headers it accepts.
#[derive(Debug, Clone)]
pub struct RequestGuardSettings {
    /// The origins of this site as browsers send them, such as `https://id.example.org`, without default port and
    /// final slash.
    pub own_origins: Vec<String>,
    /// The accepted values of `Host`. If it is empty, any host is accepted.
    pub own_hosts: Vec<String>,
    /// Returns the kind of client that uses a path.
    pub route_kind: fn(&str) -> RouteKind,
    /// Whether a path is a health probe. Probes may use any host name.
    pub is_probe: fn(&str) -> bool,
    /// Maximum body of pages and the JSON API, in bytes.
    pub body_limit: usize,
    /// Whether a path accepts a form with a CAPTCHA.
    pub is_captcha_form: fn(&str) -> bool,
    /// Maximum body of forms with a CAPTCHA, in bytes. It has room for the fields that the widget of a CAPTCHA service
    /// adds.
    pub captcha_form_body_limit: usize,
    /// Maximum body of webhooks, in bytes.
    pub webhook_body_limit: usize,
    /// The maximum time in which a body must arrive.
    pub body_timeout: Duration,
    /// Maximum number of headers of a request, over HTTP/1 and HTTP/2.
    pub max_headers: usize,
}

impl RequestGuardSettings {
    /// Creates the settings of the request guard with the default limits.
    ///
    /// They accept only the hosts of `own_origins`, and treat every URL path as a page.
    pub fn new(own_origins: Vec<String>) -> Self {
        Self {
            own_hosts: own_origins
                .iter()
                .flat_map(|origin| host::list_accepted_hosts(origin))
                .collect(),
            own_origins,
            route_kind: |_| RouteKind::Page,
            is_probe: |_| false,
            body_limit: 16 * 1024,
            is_captcha_form: |_| false,
            captcha_form_body_limit: 16 * 1024,
            webhook_body_limit: 64 * 1024,
            body_timeout: Duration::from_secs(10),
            max_headers: 64,
        }
    }
}

/// Middleware that validates host, method, origin, headers and body of a request before it reaches a handler.
pub(super) async fn refuse_invalid_requests(
    State((settings, slots)): State<(Arc<RequestGuardSettings>, RequestSlots)>,
    request: Request,
    next: Next,
) -> Response {
    match validate_request(&settings, &slots, request).await {
        Ok(request) => next.run(request).await,
        Err(error) => {
            tracing::debug!(reason = error.reason, "the request guard refused a request");
            error.into_response()
        }
    }
}

/// Validates a request and reads its body. Returns the request with its complete body, or the error response.
async fn validate_request(
    settings: &RequestGuardSettings,
    slots: &RequestSlots,
    request: Request,
) -> Result<Request, ErrorResponse> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    if parts.headers.len() > settings.max_headers {
        return Err(ErrorResponse::TOO_MANY_HEADERS);
    }
    let kind = (settings.route_kind)(path);
    let is_post = match parts.method {
        Method::GET | Method::HEAD => false,
        Method::POST => true,
        // The router of the JSON API rejects other methods itself, with the allowed ones in `Allow`.
        _ if kind == RouteKind::JsonApi => false,
        _ => return Err(ErrorResponse::METHOD),
    };
    let own_hosts: &[String] = if (settings.is_probe)(path) {
        &[]
    } else {
        &settings.own_hosts
    };
    host::require_accepted_host(&parts.uri, &parts.headers, own_hosts)?;
    if is_post {
        return validate_post_request(settings, slots, kind, parts, body).await;
    }
    if kind != RouteKind::Webhook
        && !cross_site::is_page_request_allowed(&parts.headers, &settings.own_origins)
    {
        return Err(ErrorResponse::CROSS_SITE);
    }
    // No handler reads the body of a GET.
    Ok(Request::from_parts(parts, Body::empty()))
}

/// Validates media type and origin of a POST request, then reads its body.
async fn validate_post_request(
    settings: &RequestGuardSettings,
    slots: &RequestSlots,
    kind: RouteKind,
    mut parts: Parts,
    body: Body,
) -> Result<Request, ErrorResponse> {
    let headers = &parts.headers;
    if !is_origin_accepted(kind, headers, &settings.own_origins) {
        return Err(ErrorResponse::CROSS_SITE);
    }
    let (is_media_type_accepted, limit) = match kind {
        RouteKind::Page => (
            body::has_form_content_type(headers),
            if (settings.is_captcha_form)(parts.uri.path()) {
                settings.captcha_form_body_limit
            } else {
                settings.body_limit
            },
        ),
        RouteKind::JsonApi => (
            body::has_json_or_no_content_type(headers),
            settings.body_limit,
        ),
        RouteKind::Webhook => (
            body::has_form_content_type(headers) || body::has_json_content_type(headers),
            settings.webhook_body_limit,
        ),
    };
    if !is_media_type_accepted {
        return Err(ErrorResponse::MEDIA_TYPE);
    }
    let slot = match slots.take_slot_for_request_body(parts.extensions.get()) {
        Ok(slot) => slot,
        Err(no_slot) => return Err(refuse_request_beyond_concurrency_limit(no_slot).await),
    };
    let full_body = body::read_request_body(headers, body, limit, settings.body_timeout).await?;
    drop(slot);
    if kind == RouteKind::JsonApi && !full_body.is_empty() && !headers.contains_key(CONTENT_TYPE) {
        return Err(ErrorResponse::MEDIA_TYPE);
    }
    parts.headers.remove(TRANSFER_ENCODING);
    parts
        .headers
        .insert(CONTENT_LENGTH, HeaderValue::from(full_body.len()));
    Ok(Request::from_parts(parts, Body::from(full_body)))
}

/// Returns whether a route of this kind accepts the origin of a request.
///
/// The headers `Origin` and `Sec-Fetch-Site` show the origin.
fn is_origin_accepted(kind: RouteKind, headers: &HeaderMap, own_origins: &[String]) -> bool {
    match kind {
        RouteKind::Page => cross_site::is_state_changing_request_allowed(headers, own_origins),
        RouteKind::JsonApi => cross_site::is_api_call_allowed(headers, own_origins),
        RouteKind::Webhook => true,
    }
}
