//! The JSON API, for other back ends and mobile apps: product.md, section 9.
//!
//! The journeys are those of the pages, and so are their rules: a handler reads a request into
//! plain values, calls one flow after the other, and writes down where that led. What a browser
//! holds in cookies travels here in the bodies: the handle of a flow as `flow`, a session as
//! `token`.
//!
//! - Members nobody asked for are ignored, so that a caller may be newer than the server.
//! - Every refusal is `application/problem+json` ([`problem`]).
//! - A browser may call only from a page of ours ([`crate::http`]). Its session cookie
//!   opens nothing here, and a token opens no page.

pub mod access_token;
mod account;
mod body;
pub mod callers;
mod captcha;
mod events;
mod keys;
mod kind;
mod login;
mod methods;
pub mod openapi;
mod payments;
mod pending;
pub mod problem;
mod register;
mod reply;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get, post};

use crate::context::SharedAppState;
use crate::event_stream::capacity::Streams;
use crate::http::cookies::Cookies;
use crate::http::error_response::ErrorResponse;
use crate::json_api::access_token::AccessTokens;
use crate::security::api_clients::Clients;
use domain::routes;

/// What every handler shares.
#[derive(Clone)]
pub struct Api {
    pub app: SharedAppState,
    pub cookies: Cookies,
    pub tokens: Arc<AccessTokens>,
    pub clients: Clients,
    pub streams: Streams,
}

/// Every call, by its path.
pub fn router(api: Api) -> Router {
    let v1 = Router::new()
        .route("/captcha/{action}", get(captcha::challenge))
        .route("/register/start", post(register::start))
        .route("/register/verify", post(register::verify))
        .route("/register/resend", post(register::resend))
        .route("/login", post(login::start))
        .route("/login/setup", post(login::set_up))
        .route("/login/verify", post(login::verify))
        .route("/login/resend", post(login::resend))
        .route("/verify/cancel", post(pending::cancel))
        .route("/payments/initiate", post(payments::initiate))
        .route("/payments/confirm", post(payments::confirm))
        .route("/payments/{id}", get(payments::find))
        .route("/events", get(events::follow))
        .route("/me", get(account::me))
        .route("/logout", post(account::logout))
        .route("/openapi.json", get(openapi::document))
        .fallback(async || ErrorResponse::NOT_FOUND);
    Router::new()
        .nest(routes::V1, v1)
        // Not part of the nest, whose own root has no slash behind it.
        .route(
            &format!("{}/", routes::V1),
            any(async || ErrorResponse::NOT_FOUND),
        )
        .route(routes::JWKS, get(keys::key_set))
        .with_state(api)
}

/// Whether a path is for programs.
pub fn is_for_programs(path: &str) -> bool {
    let rest = path.strip_prefix(routes::V1);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) || path == routes::JWKS
}
