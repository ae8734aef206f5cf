//! Everything that answers requests, behind the one edge.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::{derived, provider, subkey};
use crate::config::{Config, Mode};
use crate::context::SharedAppState;
use crate::event_stream::stream_limit::StreamLimit;
use crate::http::assets::Site;
use crate::http::client_ip::TrustedProxies;
use crate::http::cookies::Cookies;
use crate::http::edge::{EdgeSettings, edge};
use crate::http::guard::Caller;
use crate::http::headers::ExtraSources;
use crate::json_api;
use crate::json_api::access_token::AccessTokens;
use crate::security::api_clients::Clients;
use crate::web::pages;
use crate::web::request::{Shared, language, serve_function};
use crate::webhooks;
use domain::routes;

/// The whole application behind its edge.
pub(super) fn app(
    config: &Config,
    address: SocketAddr,
    site: &Site,
    app: SharedAppState,
) -> Router {
    let origin = config.server.public_origin(address);
    let cookies = Cookies::new(&cookie_key(config), config.server.secure_cookies);
    let webhooks = provider::webhooks(config, &origin, SharedAppState::clone(&app));
    let stream_limit = StreamLimit::default();
    let api = json_api::Api {
        app: SharedAppState::clone(&app),
        cookies: cookies.clone(),
        access_tokens: Arc::new(access_tokens(config, &origin.to_string())),
        api_clients: clients(config),
        stream_limit: stream_limit.clone(),
    };
    let shared = Shared {
        app,
        cookies: cookies.clone(),
        site: site.clone(),
        stream_limit,
    };
    let router = pages::router()
        .route(
            &format!("{}/{{*function}}", routes::API),
            post(serve_function),
        )
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .with_state(shared)
        .merge(webhooks::router(webhooks))
        .merge(json_api::router(api))
        .merge(site.router());

    let mut origins = vec![origin.to_string()];
    if config.mode == Mode::Development && origin.is_loopback() {
        // Whichever of the two names somebody types while developing.
        origins.extend(
            ["127.0.0.1", "localhost"].map(|host| format!("http://{host}:{}", address.port())),
        );
    }
    let mut settings = EdgeSettings::new(origins);
    settings.language = Arc::new(move |headers| language(&cookies, headers));
    settings.guard.caller = |path| {
        if webhooks::is_webhook_path(path) {
            Caller::Signed
        } else if json_api::is_api_path(path) {
            Caller::Program
        } else {
            Caller::Page
        }
    };
    settings.guard.probe = |path| matches!(path, "/healthz" | "/readyz");
    settings.guard.body_limit = config.http.body_limit;
    settings.guard.body_timeout = config.http.body_read_timeout;
    settings.deadline = config.http.request_deadline;
    let proxies = config.server.trusted_proxies.clone();
    settings.trusted_proxies =
        TrustedProxies::new(move |ip| proxies.iter().any(|network| network.contains(ip)));
    // Set by the tool behind `make watch`, never in production.
    if config.mode == Mode::Development && std::env::var_os("LEPTOS_WATCH").is_some() {
        // The socket over which views and styles are reloaded while developing.
        let connect = "ws://127.0.0.1:3001 ws://localhost:3001".to_owned();
        settings.headers.extra = ExtraSources {
            connect,
            ..ExtraSources::default()
        };
    }
    edge(router, settings)
}

fn access_tokens(config: &Config, origin: &str) -> AccessTokens {
    let seed = |secret: &[u8]| derived(secret, b"access tokens");
    let previous = config.keys.previous_secret_keys.iter();
    let audience = config.api.audience.as_deref().unwrap_or(origin);
    AccessTokens::new(
        origin.to_owned(),
        audience.to_owned(),
        &seed(config.keys.secret_key.expose()),
        previous.map(|secret| seed(secret.expose())),
    )
}

fn clients(config: &Config) -> Clients {
    let clients = config.api.clients.iter();
    Clients::new(clients.map(|client| (client.name.as_str(), client.secret.expose().as_str())))
}

async fn ready(
    axum::extract::State(shared): axum::extract::State<Shared>,
) -> axum::response::Response {
    use axum::response::IntoResponse as _;
    match shared.app.store.ping().await {
        Ok(()) => "ready".into_response(),
        Err(_) => (
            http::StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer",
        )
            .into_response(),
    }
}

fn cookie_key(config: &Config) -> [u8; 64] {
    let mut key = [0; 64];
    key[..32].copy_from_slice(&subkey(config, b"cookies: encryption"));
    key[32..].copy_from_slice(&subkey(config, b"cookies: signature"));
    key
}
