//! The pages. Each handler first reads the current step from cookies and database, and redirects
//! to the page of that step. Rendering writes nothing (docs/security.md#sm-16).

mod authenticator;
mod captcha;
mod code_entry;
mod components;
mod dashboard;
mod ended;
mod formatted_time;
mod history;
mod language;
mod login;
mod not_found;
mod page_context;
mod password;
mod password_reset;
mod payments;
mod phone;
mod profile;
mod qr;
mod recovery_codes;
mod register;
mod sessions;
mod step_up;
mod verification_events;

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use crate::web::request::WebState;
use domain::routes;
use page_context::PageContext;

/// The routes of all pages.
pub fn router() -> Router<WebState> {
    Router::new()
        .route(routes::HOME, get(redirect_home))
        .route(routes::REGISTER, get(register::details_page))
        .route(
            routes::REGISTER_CREDENTIALS,
            get(register::credentials_page),
        )
        .route(routes::REGISTER_VERIFY, get(register::verify_page))
        .route(routes::LOGIN, get(login::sign_in_page))
        .route(routes::LOGIN_VERIFY, get(login::verify_page))
        .route(routes::FORGOT_PASSWORD, get(password_reset::forgot_page))
        .route(routes::RESET_PASSWORD, get(password_reset::method_page))
        .route(
            routes::RESET_PASSWORD_VERIFY,
            get(password_reset::verify_page),
        )
        .route(routes::RESET_PASSWORD_LINK, get(password_reset::link_page))
        .route(routes::DASHBOARD, get(dashboard::dashboard_page))
        .route(routes::PROFILE, get(profile::profile_page))
        .route(routes::PROFILE_PASSWORD, get(password::password_page))
        .route(routes::PROFILE_PHONE, get(phone::phone_page))
        .route(
            routes::PROFILE_AUTHENTICATOR,
            get(authenticator::authenticator_page),
        )
        .route(routes::PROFILE_CONFIRM, get(step_up::redirect_to_area))
        .route(
            routes::PROFILE_RECOVERY_CODES,
            get(recovery_codes::overview_page).post(recovery_codes::create_codes),
        )
        .route(
            routes::PROFILE_RECOVERY_CODES_FILE,
            post(recovery_codes::download_codes),
        )
        .route(routes::PAYMENTS_NEW, get(payments::new_payment))
        .route(routes::PAYMENTS_CURRENT, get(payments::current_payment))
        .route(routes::PAYMENT, get(payments::payment_page))
        .route(routes::PROFILE_SESSIONS, get(sessions::sessions_page))
        .route(routes::PROFILE_HISTORY, get(history::history_page))
        .route(routes::LANGUAGE, post(language::choose_language))
        .route(
            routes::VERIFICATION_EVENTS,
            get(verification_events::stream_events),
        )
        .fallback(not_found::not_found_page)
}

/// `/`: redirects to the dashboard or to the login page.
async fn redirect_home(page_context: PageContext) -> Response {
    let target = if page_context.signed_in.is_some() {
        routes::DASHBOARD
    } else {
        routes::LOGIN
    };
    Redirect::to(target).into_response()
}
