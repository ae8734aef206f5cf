//! The one door in front of every route: what passes here is a request our own pages could have made.
//!
//! Cheap checks come first (LIM-05): headers and name, method, origin, type, then the body.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::refusal::ErrorResponse;
use super::{body, cross_site, host};

/// Who is meant to call a path, and so what a request to it must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A page of ours: forms, from our origin.
    Page,
    /// A program with a token of its own, which sends JSON and neither `Origin` nor `Sec-Fetch-Site`. A browser that
    /// sends either must be on a page of ours, because cookies come along with it.
    Program,
    /// A service that signs what it sends, a form or JSON: the handler checks the signature, and where it comes from is
    /// not asked here.
    Signed,
}

/// What the door needs to know about the house.
#[derive(Debug, Clone)]
pub struct GuardSettings {
    /// Our origins as browsers write them: `https://id.example.org`, without a default port or a slash.
    pub own_origins: Vec<String>,
    /// The `Host` values we answer for. Empty answers for any.
    pub own_hosts: Vec<String>,
    /// Who calls a path.
    pub caller: fn(&str) -> Caller,
    /// Paths asked by machines inside, which use any host name.
    pub probe: fn(&str) -> bool,
    /// Bytes the body of a page or a program may have.
    pub body_limit: usize,
    /// Bytes a signed message may have.
    pub signed_body_limit: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How many headers a request may have, by any protocol.
    pub max_headers: usize,
}

impl GuardSettings {
    /// The limits of LIM-02, pages as the only callers, and the hosts of the given origins.
    pub fn new(own_origins: Vec<String>) -> Self {
        let authority = |origin: &String| origin.split_once("://").map(|(_, host)| host.to_owned());
        Self {
            own_hosts: own_origins.iter().filter_map(authority).collect(),
            own_origins,
            caller: |_| Caller::Page,
            probe: |_| false,
            body_limit: 16 * 1024,
            signed_body_limit: 64 * 1024,
            body_timeout: Duration::from_secs(10),
            max_headers: 64,
        }
    }
}

/// Refuses, or hands on a request whose body is complete and small (CSRF-01, CSRF-03, HDR-04, LIM-02).
pub(super) async fn guard(
    State(settings): State<Arc<GuardSettings>>,
    request: Request,
    next: Next,
) -> Response {
    match admit(&settings, request).await {
        Ok(request) => next.run(request).await,
        Err(refusal) => {
            tracing::debug!(reason = refusal.reason, "refused a request at the door");
            refusal.into_response()
        }
    }
}

async fn admit(settings: &GuardSettings, request: Request) -> Result<Request, ErrorResponse> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path();
    if parts.headers.len() > settings.max_headers {
        return Err(ErrorResponse::TOO_MANY_HEADERS);
    }
    let caller = (settings.caller)(path);
    let post = match parts.method {
        Method::GET | Method::HEAD => false,
        Method::POST => true,
        // The router has no other for programs either, and says which each call takes.
        _ if caller == Caller::Program => false,
        _ => return Err(ErrorResponse::METHOD),
    };
    let own_hosts: &[String] = if (settings.probe)(path) {
        &[]
    } else {
        &settings.own_hosts
    };
    host::check(&parts.uri, &parts.headers, own_hosts)?;
    let own = &settings.own_origins;
    let (headers, limit) = (&parts.headers, settings.body_limit);
    if !post {
        if caller != Caller::Signed && !cross_site::may_read(headers, own) {
            return Err(ErrorResponse::CROSS_SITE);
        }
        // Nothing here reads the body of a GET.
        return Ok(Request::from_parts(parts, Body::empty()));
    }
    let (ours, typed, limit) = match caller {
        Caller::Page => (
            cross_site::may_change(headers, own),
            body::is_form(headers),
            limit,
        ),
        Caller::Program => (
            cross_site::may_call(headers, own),
            body::is_json_or_none(headers),
            limit,
        ),
        Caller::Signed => (
            true,
            body::is_form(headers) || body::is_json(headers),
            settings.signed_body_limit,
        ),
    };
    if !ours {
        return Err(ErrorResponse::CROSS_SITE);
    }
    if !typed {
        return Err(ErrorResponse::MEDIA_TYPE);
    }
    let whole = body::collect(headers, body, limit, settings.body_timeout).await?;
    if caller == Caller::Program && !whole.is_empty() && !headers.contains_key(CONTENT_TYPE) {
        return Err(ErrorResponse::MEDIA_TYPE);
    }
    parts.headers.remove(TRANSFER_ENCODING);
    parts
        .headers
        .insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    Ok(Request::from_parts(parts, Body::from(whole)))
}
