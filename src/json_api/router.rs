//! The routes of the JSON API.

use axum::Router;
use axum::routing::{any, get, post};

use super::state::Api;
use super::{account, events, login, openapi, payments, register, verification};
use crate::http::error_response::ErrorResponse;
use domain::routes;

/// All operations of the JSON API.
pub fn router(api: Api) -> Router {
    let v1 = Router::new()
        .route("/captcha/{action}", get(verification::challenge))
        .route("/register/start", post(register::start))
        .route("/register/verify", post(register::verify))
        .route("/register/resend", post(register::resend))
        .route("/login", post(login::start))
        .route("/login/setup", post(login::set_up))
        .route("/login/verify", post(login::verify))
        .route("/login/resend", post(login::resend))
        .route("/verify/cancel", post(verification::cancel))
        .route("/payments/initiate", post(payments::initiate))
        .route("/payments/confirm", post(payments::confirm))
        .route("/payments/{id}", get(payments::find))
        .route("/events", get(events::follow))
        .route("/me", get(account::me))
        .route("/logout", post(account::logout))
        .route("/openapi.json", get(openapi::get_document))
        .fallback(async || ErrorResponse::NOT_FOUND);
    Router::new()
        .nest(routes::V1, v1)
        // A nested router does not match its own root with a trailing slash.
        .route(
            &format!("{}/", routes::V1),
            any(async || ErrorResponse::NOT_FOUND),
        )
        .route(routes::JWKS, get(account::key_set))
        .with_state(api)
}

/// Whether a path belongs to the JSON API.
pub fn is_api_path(path: &str) -> bool {
    let rest = path.strip_prefix(routes::V1);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) || path == routes::JWKS
}
