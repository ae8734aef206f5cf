//! Builds the router of the whole application: pages, JSON API, webhooks, health probes and files.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};

use super::{provider, readiness};
use crate::config::{CaptchaKind, Config, Mode, Origin};
use crate::context::SharedAppState;
use crate::context::http_state::preferred_language;
use crate::event_stream::stream_limit::StreamLimit;
use crate::http::brand_files;
use crate::http::client_ip::TrustedProxies;
use crate::http::cookies::Cookies;
use crate::http::error_response::ErrorPageBrand;
use crate::http::middleware::{MiddlewareSettings, add_middleware_to_router};
use crate::http::request_guard::RouteKind;
use crate::http::security_headers::ExtraCspSources;
use crate::http::site::Site;
use crate::json_api;
use crate::json_api::access_token::AccessTokens;
use crate::security::api_clients::ApiClients;
use crate::security::captcha::MAX_TOKEN_BYTES;
use crate::security::derived_keys::{
    derive_current_cookie_key, derive_key, derive_previous_cookie_keys, derive_previous_keys,
};
use crate::web::form_account::add_account_of_form_to_request;
use crate::web::gallery;
use crate::web::pages;
use crate::web::request::{WebState, serve_server_function};
use crate::webhooks;
use domain::routes;

const HEALTH: &str = "/healthz";
const READINESS: &str = "/readyz";

/// Builds the complete HTTP router of the application with its middleware. `address` is the listening address.
pub(super) fn build_application_router(
    config: &Config,
    address: SocketAddr,
    site: &Site,
    app: SharedAppState,
) -> Router {
    let origin = config.server.public_origin(address);
    let cookies = Cookies::new(
        &derive_current_cookie_key(&config.keys),
        config.server.secure_cookies,
    )
    .with_previous_secrets(derive_previous_cookie_keys(&config.keys));
    let webhooks =
        provider::build_webhook_handler_state(config, &origin, SharedAppState::clone(&app));
    let stream_limit = StreamLimit::default();
    let api = json_api::Api {
        app: SharedAppState::clone(&app),
        cookies: cookies.clone(),
        access_tokens: Arc::new(build_access_tokens(config, &origin.to_string())),
        api_clients: configured_api_clients(config),
        stream_limit: stream_limit.clone(),
    };
    let probed = SharedAppState::clone(&app);
    let metrics = Arc::clone(&app.metrics);
    let shared = WebState {
        app,
        cookies: cookies.clone(),
        site: site.clone(),
        stream_limit,
    };
    // Production has no routes of the gallery, so no configuration mistake can expose them.
    let gallery = match config.mode {
        Mode::Development => gallery::create_gallery_router(),
        Mode::Production => Router::new(),
    };
    let router = pages::create_page_router()
        .merge(gallery)
        .route(
            &format!("{}/{{*function}}", routes::API),
            post(serve_server_function),
        )
        .layer(from_fn(add_account_of_form_to_request))
        .route(HEALTH, get(|| async { "ok" }))
        .route(READINESS, readiness::create_readiness_route(probed))
        .with_state(shared)
        .merge(webhooks::webhook_router(webhooks))
        .merge(json_api::create_json_api_router(api))
        .merge(site.create_static_file_router())
        .merge(create_default_icon_router(config, site))
        .merge(brand_files::create_brand_file_router(&config.brand));
    let mut settings = build_http_middleware_settings(config, address, &origin, cookies);
    settings.metrics = metrics;
    add_middleware_to_router(router, settings)
}

/// Builds the routes of the default browser icons. Adds no route if the operator has configured an icon.
fn create_default_icon_router(config: &Config, site: &Site) -> Router {
    match config.brand.icon {
        None => site.create_default_browser_icon_router(),
        Some(_) => Router::new(),
    }
}

/// Converts the configuration to the settings of the HTTP middleware.
fn build_http_middleware_settings(
    config: &Config,
    address: SocketAddr,
    origin: &Origin,
    cookies: Cookies,
) -> MiddlewareSettings {
    let mut settings = MiddlewareSettings::new(list_accepted_origins(config, address, origin));
    settings.language = Arc::new(move |headers| preferred_language(&cookies, headers));
    settings.brand = ErrorPageBrand::from_brand_config(&config.brand);
    settings.guard.route_kind = |path| {
        if webhooks::is_webhook_path(path) {
            RouteKind::Webhook
        } else if json_api::is_api_path(path) {
            RouteKind::JsonApi
        } else {
            RouteKind::Page
        }
    };
    settings.guard.is_probe = |path| matches!(path, HEALTH | READINESS);
    settings.guard.body_limit = config.http.body_limit;
    settings.guard.is_captcha_form = pages::captcha::is_form_with_captcha;
    settings.guard.captcha_form_body_limit =
        config.http.body_limit + maximum_bytes_of_repeated_captcha_tokens(config);
    settings.guard.body_timeout = config.http.body_read_timeout;
    settings.deadline = config.http.request_deadline;
    settings.trusted_proxies = configured_trusted_proxies(config);
    // `make watch` sets this variable. Its socket reloads views and styles in the browser.
    if config.mode == Mode::Development && std::env::var_os("LEPTOS_WATCH").is_some() {
        settings.headers.extra = ExtraCspSources {
            connect: "ws://127.0.0.1:3001 ws://localhost:3001".to_owned(),
            ..ExtraCspSources::default()
        };
    }
    settings
}

/// Returns the maximum size of the form fields of the CAPTCHA widget.
///
/// The widget of the configured CAPTCHA service repeats its token in these fields.
fn maximum_bytes_of_repeated_captcha_tokens(config: &Config) -> usize {
    match &config.captcha.kind {
        CaptchaKind::Vendor(account) => {
            account.vendor.vendor_facts().response_fields.len() * MAX_TOKEN_BYTES
        }
        CaptchaKind::ProofOfWork | CaptchaKind::None => 0,
    }
}

/// Returns the configured reverse proxies, whose `X-Forwarded-For` header the server trusts.
pub(super) fn configured_trusted_proxies(config: &Config) -> TrustedProxies {
    let proxies = config.server.trusted_proxies.clone();
    TrustedProxies::new(move |ip| proxies.iter().any(|network| network.contains_address(ip)))
}

/// Returns the origins from which browsers may post forms, including the public origin.
///
/// If the public origin of a development server is a loopback address, adds `127.0.0.1` and `localhost`.
fn list_accepted_origins(
    config: &Config,
    listening_address: SocketAddr,
    public_origin: &Origin,
) -> Vec<String> {
    let mut origins = vec![public_origin.to_string()];
    if config.mode == Mode::Development && public_origin.is_loopback() {
        origins.extend(
            ["127.0.0.1", "localhost"]
                .map(|host| format!("http://{host}:{}", listening_address.port())),
        );
    }
    origins
}

/// Builds the issuer and verifier of access tokens for the JSON API. The issuer in the tokens is `public_origin`.
fn build_access_tokens(config: &Config, public_origin: &str) -> AccessTokens {
    const LABEL: &[u8] = b"access tokens";
    let audience = config.api.audience.as_deref().unwrap_or(public_origin);
    AccessTokens::from_signing_keys(
        public_origin.to_owned(),
        audience.to_owned(),
        &derive_key(&config.keys, LABEL),
        derive_previous_keys(&config.keys, LABEL),
    )
}

/// Returns the configured API clients with the hashes of their secrets.
fn configured_api_clients(config: &Config) -> ApiClients {
    let clients = config.api.clients.iter();
    ApiClients::new(clients.map(|client| (client.name.as_str(), client.secret.expose().as_str())))
}
