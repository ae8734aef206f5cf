//! The checks that every request must pass before it reaches a handler.
//!
//! Cheap checks come first: number of headers, method, host, origin, media type, then the body.

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
use super::load_shedding::RequestSlots;
use super::{body, cross_site, host};

/// The kind of client that a path is for. It decides what a request must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteKind {
    /// For pages of this site: forms from the own origin.
    Page,
    /// For programs with an access token. They send JSON, and neither `Origin` nor `Sec-Fetch-Site`. A browser sends
    /// both, and cookies too, so it must be on a page of this site.
    JsonApi,
    /// For services that sign a form or JSON. The handler checks the signature, and any origin is accepted.
    Webhook,
}

#[derive(Debug, Clone)]
pub struct RequestGuardSettings {
    /// The own origins as browsers write them: `https://id.example.org`, without default port and slash.
    pub own_origins: Vec<String>,
    /// The accepted values of `Host`. Empty accepts any.
    pub own_hosts: Vec<String>,
    /// The kind of a path.
    pub route_kind: fn(&str) -> RouteKind,
    /// Whether a path is a health probe. Probes may use any host name.
    pub is_probe: fn(&str) -> bool,
    /// Largest body of pages and the JSON API, in bytes.
    pub body_limit: usize,
    /// Largest body of webhooks, in bytes.
    pub webhook_body_limit: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How many headers a request may have, over HTTP/1 and HTTP/2.
    pub max_headers: usize,
}

impl RequestGuardSettings {
    /// Settings with the default limits, the hosts of `own_origins`, and pages only.
    pub fn new(own_origins: Vec<String>) -> Self {
        Self {
            own_hosts: own_origins
                .iter()
                .flat_map(|origin| host::host_names(origin))
                .collect(),
            own_origins,
            route_kind: |_| RouteKind::Page,
            is_probe: |_| false,
            body_limit: 16 * 1024,
            webhook_body_limit: 64 * 1024,
            body_timeout: Duration::from_secs(10),
            max_headers: 64,
        }
    }
}

/// Middleware that refuses a request, or passes it on with its complete body.
pub(super) async fn guard_request(
    State((settings, slots)): State<(Arc<RequestGuardSettings>, RequestSlots)>,
    request: Request,
    next: Next,
) -> Response {
    match check_request(&settings, &slots, request).await {
        Ok(request) => next.run(request).await,
        Err(error) => {
            tracing::debug!(reason = error.reason, "request refused");
            error.into_response()
        }
    }
}

async fn check_request(
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
        // The router of the JSON API refuses other methods itself and says which ones each path has.
        _ if kind == RouteKind::JsonApi => false,
        _ => return Err(ErrorResponse::METHOD),
    };
    let own_hosts: &[String] = if (settings.is_probe)(path) {
        &[]
    } else {
        &settings.own_hosts
    };
    host::check_host(&parts.uri, &parts.headers, own_hosts)?;
    if is_post {
        return check_post(settings, slots, kind, parts, body).await;
    }
    if kind != RouteKind::Webhook && !cross_site::may_read(&parts.headers, &settings.own_origins) {
        return Err(ErrorResponse::CROSS_SITE);
    }
    // No handler reads the body of a GET.
    Ok(Request::from_parts(parts, Body::empty()))
}

async fn check_post(
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
        RouteKind::Page => (body::is_form(headers), settings.body_limit),
        RouteKind::JsonApi => (body::is_json_or_none(headers), settings.body_limit),
        RouteKind::Webhook => (
            body::is_form(headers) || body::is_json(headers),
            settings.webhook_body_limit,
        ),
    };
    if !is_media_type_accepted {
        return Err(ErrorResponse::MEDIA_TYPE);
    }
    let slot = slots.take_for_body(parts.extensions.get());
    let slot = slot.ok_or(ErrorResponse::OVERLOADED)?;
    let whole = body::collect(headers, body, limit, settings.body_timeout).await?;
    drop(slot);
    if kind == RouteKind::JsonApi && !whole.is_empty() && !headers.contains_key(CONTENT_TYPE) {
        return Err(ErrorResponse::MEDIA_TYPE);
    }
    parts.headers.remove(TRANSFER_ENCODING);
    parts
        .headers
        .insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    Ok(Request::from_parts(parts, Body::from(whole)))
}

fn is_origin_accepted(kind: RouteKind, headers: &HeaderMap, own_origins: &[String]) -> bool {
    match kind {
        RouteKind::Page => cross_site::may_change(headers, own_origins),
        RouteKind::JsonApi => cross_site::may_call_api(headers, own_origins),
        RouteKind::Webhook => true,
    }
}
