//! All middleware in front of the router, in order.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use super::client_ip::{TrustedProxies, add_client_ip_to_request};
use super::compression::compress_public_page;
use super::error_page::{ErrorPageSettings, LanguageOfRequest, render_error_page};
use super::error_response::{ErrorPageBrand, ErrorResponse};
use super::load_shedding::{
    RequestCapacity, RequestSlots, enforce_response_deadline, limit_concurrent_requests,
};
use super::request_guard::{RequestGuardSettings, refuse_invalid_requests};
use super::request_id::add_request_id;
use super::response_metrics::{ResponseMetricsSettings, record_response};
use super::security_headers::{SecurityHeaderSettings, add_security_headers};
use crate::config::BrandConfig;
use crate::metrics::Metrics;
use domain::Language;

/// Settings of all HTTP middleware layers.
#[derive(Clone)]
pub struct MiddlewareSettings {
    pub guard: RequestGuardSettings,
    pub headers: SecurityHeaderSettings,
    pub trusted_proxies: TrustedProxies,
    /// Maximum time from the end of the request head to the start of the response.
    pub deadline: Duration,
    /// Maximum number of requests that run at the same time.
    pub capacity: RequestCapacity,
    /// Selects the language of error pages.
    pub language: LanguageOfRequest,
    /// The name and style of error pages.
    pub brand: ErrorPageBrand,
    /// Counts all responses.
    pub metrics: Arc<Metrics>,
}

impl MiddlewareSettings {
    /// Creates settings with the default limits (docs/security.md#lim-02).
    ///
    /// `origins` are the origins that serve the pages, the public origin first.
    pub fn new(origins: Vec<String>) -> Self {
        let https = origins
            .first()
            .is_some_and(|origin| origin.starts_with("https://"));
        Self {
            guard: RequestGuardSettings::new(origins),
            headers: SecurityHeaderSettings {
                https,
                ..SecurityHeaderSettings::default()
            },
            trusted_proxies: TrustedProxies::trust_no_proxies(),
            deadline: Duration::from_secs(15),
            capacity: RequestCapacity::default(),
            language: Arc::new(|_| Language::default()),
            brand: ErrorPageBrand::from_brand_config(&BrandConfig::default()),
            metrics: Arc::default(),
        }
    }
}

/// Adds all HTTP middleware layers to a complete router.
///
/// The layers are request ID, response metrics, security headers, compression, error pages, panic handling, deadline,
/// client address, request validation and load shedding.
pub fn add_middleware_to_router(router: Router, settings: MiddlewareSettings) -> Router {
    let is_probe = settings.guard.is_probe;
    let proxies = settings.trusted_proxies;
    let slots = RequestSlots::with_capacity(settings.capacity, is_probe, proxies.clone());
    let error_pages = ErrorPageSettings {
        language: settings.language,
        brand: Arc::new(settings.brand),
        is_probe,
        route_kind: settings.guard.route_kind,
    };
    let response_metrics = ResponseMetricsSettings {
        metrics: settings.metrics,
        route_kind: settings.guard.route_kind,
        is_probe,
    };
    // A request passes the layers from top to bottom, its response from bottom to top.
    let layers = ServiceBuilder::new()
        // Comes first, so that every response has the ID and every log event below carries it.
        .layer(from_fn_with_state(proxies.clone(), add_request_id))
        // Counts every response, also those of the other layers.
        .layer(from_fn_with_state(response_metrics, record_response))
        // Creates the nonce before a page is rendered, and adds the headers to every response.
        .layer(from_fn_with_state(
            Arc::new(settings.headers),
            add_security_headers,
        ))
        // Error pages are compressed too.
        .layer(from_fn(compress_public_page))
        // Adds the body to every error response of the inner layers.
        .layer(from_fn_with_state(error_pages, render_error_page))
        // Turns a panic in any layer below into a response with status 500.
        .layer(CatchPanicLayer::custom(respond_to_panic))
        // The deadline includes the arrival of the body.
        .layer(from_fn_with_state(
            settings.deadline,
            enforce_response_deadline,
        ))
        .layer(from_fn_with_state(proxies, add_client_ip_to_request))
        // Comes before `limit_concurrent_requests`, so that a slow or forged request takes no slot of running
        // requests.
        .layer(from_fn_with_state(
            (Arc::new(settings.guard), slots.clone()),
            refuse_invalid_requests,
        ))
        // Only requests that reach a handler take a slot.
        .layer(from_fn_with_state(slots, limit_concurrent_requests));
    router.layer(layers)
}

/// Logs the panic of a request handler and returns the error response with status 500.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer hands the payload over"
)]
fn respond_to_panic(payload: Box<dyn Any + Send>) -> Response {
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(
        message,
        "a request handler panicked; the client receives status 500"
    );
    ErrorResponse::INTERNAL.into_response()
}
