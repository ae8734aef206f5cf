//! The routes of the JSON API.

use axum::Router;
use axum::routing::{any, get, post};

use super::state::Api;
use super::{
    account, deletion, email, events, export, login, lost_phone, openapi, password, payments,
    register, verification,
};
use crate::http::error_response::ErrorResponse;
use domain::routes;

/// Creates the router of the JSON API with all its operations.
pub fn create_json_api_router(api: Api) -> Router {
    let v1 = Router::new()
        .route(
            "/captcha/{action}",
            get(verification::get_captcha_challenge),
        )
        .route("/register/start", post(register::start_registration))
        .route("/register/verify", post(register::verify_registration))
        .route("/register/resend", post(register::resend_registration_code))
        .route("/login", post(login::log_in))
        .route("/login/setup", post(login::set_up_second_factor))
        .route("/login/verify", post(login::verify_sign_in_code))
        .route("/login/resend", post(login::resend_login_code))
        .route("/login/keep-number", post(lost_phone::keep_phone_number))
        .route("/recovery/cancel", post(lost_phone::cancel_recovery))
        .route("/password/forgot", post(password::request_reset_link))
        .route("/password/reset", post(password::reset_password))
        .route("/password/verify", post(password::verify_reset_code))
        .route("/password/resend", post(password::resend_reset_code))
        .route("/password/change", post(password::change_password))
        .route("/email/send", post(email::send_email_code))
        .route("/email/verify", post(email::verify_email_code))
        .route("/email/cancel", post(email::cancel_email_change))
        .route("/verify/cancel", post(verification::cancel_flow))
        .route("/payments/initiate", post(payments::initiate_payment))
        .route("/payments/confirm", post(payments::confirm_payment))
        .route("/payments/{id}", get(payments::get_payment))
        .route("/events", get(events::stream_flow_status_events))
        .route("/me", get(account::get_account))
        .route("/me/export", get(export::export_account))
        .route("/me/delete", post(deletion::request_account_deletion))
        .route("/me/keep", post(deletion::withdraw_account_deletion))
        .route("/logout", post(account::log_out))
        .route("/openapi.json", get(openapi::get_openapi_document))
        .fallback(async || ErrorResponse::NOT_FOUND);
    Router::new()
        .nest(routes::V1, v1)
        // A nested router does not match its own root with a trailing slash.
        .route(
            &format!("{}/", routes::V1),
            any(async || ErrorResponse::NOT_FOUND),
        )
        .route(routes::JWKS, get(account::get_key_set))
        .with_state(api)
}

/// Returns whether a URL path belongs to the JSON API.
pub fn is_api_path(path: &str) -> bool {
    let rest = path.strip_prefix(routes::V1);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) || path == routes::JWKS
}
