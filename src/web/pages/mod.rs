//! The pages. Each handler first reads the current step from cookies and database, and redirects
//! to the page of that step. Rendering writes nothing (docs/security.md#sm-16).

pub mod account_deletion;
pub mod account_details;
pub mod authenticator;
pub mod captcha;
mod code_entry;
pub mod components;
pub mod country_list;
pub mod currency_list;
pub mod dashboard;
pub mod email;
pub mod email_change;
pub mod ended;
pub mod export;
mod formatted_time;
pub mod history;
mod language;
pub mod login;
pub mod lost_phone;
mod message_account;
pub mod names;
pub mod not_found;
pub mod notice;
pub mod page_context;
pub mod password;
pub mod password_reset;
pub mod payment_list;
pub mod payments;
pub mod phone;
pub mod profile;
mod qr;
pub mod recovery_codes;
pub mod register;
pub mod second_factors;
pub mod sessions;
mod settings_list;
pub mod sign_in_dialog;
mod sms_wait;
pub mod step_up;
pub mod undo;
mod verification_events;

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use crate::web::request::WebState;
use domain::routes;
use page_context::PageContext;

/// Returns the routes of all pages.
pub fn create_page_router() -> Router<WebState> {
    Router::new()
        .route(routes::HOME, get(redirect_home))
        .route(
            routes::REGISTER,
            get(register::render_registration_details_page),
        )
        .route(
            routes::REGISTER_CREDENTIALS,
            get(register::render_registration_credentials_page),
        )
        .route(
            routes::REGISTER_VERIFY,
            get(register::render_registration_verify_page),
        )
        .route(routes::LOGIN, get(login::render_sign_in_page))
        .route(routes::LOGIN_VERIFY, get(login::render_sign_in_verify_page))
        .route(
            routes::FORGOT_PASSWORD,
            get(password_reset::render_forgot_password_page),
        )
        .route(
            routes::RESET_PASSWORD,
            get(password_reset::render_password_reset_method_choice_page),
        )
        .route(
            routes::RESET_PASSWORD_VERIFY,
            get(password_reset::render_password_reset_code_page),
        )
        .route(
            routes::RESET_PASSWORD_LINK,
            get(password_reset::render_password_reset_link_page),
        )
        .route(routes::LOST_PHONE, get(lost_phone::render_lost_phone_page))
        .route(
            routes::LOST_PHONE_LINK,
            get(lost_phone::render_recovery_link_page),
        )
        .route(routes::RECOVERY, get(lost_phone::render_open_recovery_page))
        .route(
            routes::RECOVERY_LINK,
            get(lost_phone::render_cancel_recovery_page),
        )
        .route(
            routes::UNDO_LINK,
            get(undo::render_undo_contact_change_page),
        )
        .route(routes::DASHBOARD, get(dashboard::render_dashboard_page))
        .route(routes::PROFILE, get(profile::render_profile_page))
        .route(routes::VERIFY_EMAIL, get(email::render_verify_email_page))
        .route(
            routes::PROFILE_EMAIL,
            get(email_change::render_change_email_page),
        )
        .route(
            routes::EMAIL_CHANGE_LINK,
            get(email_change::render_cancel_email_change_page),
        )
        .route(
            routes::KEEP_ACCOUNT,
            get(account_deletion::render_keep_or_delete_account_page),
        )
        .route(routes::PAYMENTS, get(payment_list::render_payments_page))
        .route(routes::PAYMENTS_NEW, get(payments::render_new_payment_page))
        .route(
            routes::PAYMENTS_CURRENT,
            get(payments::redirect_to_current_payment),
        )
        .route(routes::PAYMENT, get(payments::render_payment_page))
        .route(routes::LANGUAGE, post(language::choose_language))
        .route(
            routes::VERIFICATION_EVENTS,
            get(verification_events::stream_delivery_status_events),
        )
        .merge(create_profile_router())
        .fallback(not_found::render_not_found_page)
}

/// Returns the routes of the pages that change the profile and the security of an account.
fn create_profile_router() -> Router<WebState> {
    Router::new()
        .route(
            routes::PROFILE_NAME,
            get(names::render_full_name_and_username_page),
        )
        .route(
            routes::PROFILE_EXPORT,
            get(export::render_export_page).post(export::download_export),
        )
        .route(
            routes::PROFILE_DELETE,
            get(account_deletion::render_delete_account_page),
        )
        .route(
            routes::PROFILE_PASSWORD,
            get(password::render_password_page),
        )
        .route(routes::PROFILE_PHONE, get(phone::render_phone_page))
        .route(
            routes::PROFILE_AUTHENTICATOR,
            get(authenticator::render_authenticator_page),
        )
        .route(
            routes::PROFILE_CONFIRM,
            get(step_up::redirect_to_protected_page),
        )
        .route(
            routes::PROFILE_RECOVERY_CODES,
            get(recovery_codes::render_recovery_codes_page)
                .post(recovery_codes::create_recovery_codes),
        )
        .route(
            routes::PROFILE_RECOVERY_CODES_FILE,
            post(recovery_codes::download_recovery_codes),
        )
        .route(
            routes::PROFILE_SESSIONS,
            get(sessions::render_sessions_page),
        )
        .route(routes::PROFILE_HISTORY, get(history::render_history_page))
}

/// Redirects `/` to the dashboard or to the sign-in page.
async fn redirect_home(page_context: PageContext) -> Response {
    let target = if page_context.signed_in.is_some() {
        routes::DASHBOARD
    } else {
        routes::LOGIN
    };
    Redirect::to(target).into_response()
}
