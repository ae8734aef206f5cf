//! Counts every HTTP response and measures its duration.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::request_guard::RouteKind;
use crate::metrics::{Metrics, RequestKind};

/// Settings of the middleware that counts responses.
#[derive(Clone)]
pub(super) struct ResponseMetricsSettings {
    pub(super) metrics: Arc<Metrics>,
    pub(super) route_kind: fn(&str) -> RouteKind,
    pub(super) is_probe: fn(&str) -> bool,
}

impl ResponseMetricsSettings {
    /// Returns the kind of a request with this URL path.
    fn request_kind(&self, path: &str) -> RequestKind {
        if (self.is_probe)(path) {
            return RequestKind::Probe;
        }
        match (self.route_kind)(path) {
            RouteKind::Page => RequestKind::Page,
            RouteKind::JsonApi => RequestKind::Api,
            RouteKind::Webhook => RequestKind::Webhook,
        }
    }
}

/// Middleware that counts the response by kind and status class. The URL is not recorded.
pub(super) async fn record_response(
    State(settings): State<ResponseMetricsSettings>,
    request: Request,
    next: Next,
) -> Response {
    let kind = settings.request_kind(request.uri().path());
    let began = Instant::now();
    let response = next.run(request).await;
    let node = &settings.metrics.node;
    node.record_http_response(kind, response.status().as_u16(), began.elapsed());
    response
}
