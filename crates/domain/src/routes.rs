//! The path of every page and endpoint. Pages, redirects and tests use these constants.

use std::borrow::Cow;

use crate::payment::PaymentId;
use crate::purpose::Purpose;
use crate::reset_token::ResetToken;

pub const HOME: &str = "/";
pub const REGISTER: &str = "/register";
pub const REGISTER_CREDENTIALS: &str = "/register/credentials";
pub const REGISTER_VERIFY: &str = "/register/verify";
pub const LOGIN: &str = "/login";
pub const LOGIN_VERIFY: &str = "/login/verify";
/// Asks for a mail with a link to a new password.
pub const FORGOT_PASSWORD: &str = "/forgot-password";
/// The choice of method of a password reset.
pub const RESET_PASSWORD: &str = "/reset-password";
/// The code entry of a password reset.
pub const RESET_PASSWORD_VERIFY: &str = "/reset-password/verify";
/// The route pattern of the link in the mail.
pub const RESET_PASSWORD_LINK: &str = "/reset-password/{token}";
pub const DASHBOARD: &str = "/dashboard";
pub const PROFILE: &str = "/profile";
pub const PROFILE_PASSWORD: &str = "/profile/password";
pub const PROFILE_PHONE: &str = "/profile/phone";
pub const PROFILE_AUTHENTICATOR: &str = "/profile/authenticator";
pub const PROFILE_RECOVERY_CODES: &str = "/profile/recovery-codes";
/// Downloads the new recovery codes as a file.
pub const PROFILE_RECOVERY_CODES_FILE: &str = "/profile/recovery-codes/download";
pub const PROFILE_SESSIONS: &str = "/profile/sessions";
pub const PROFILE_HISTORY: &str = "/profile/history";
/// Redirects to the page that the step-up in progress was started for.
pub const PROFILE_CONFIRM: &str = "/profile/confirm";
pub const PAYMENTS_NEW: &str = "/payments/new";
/// Redirects to the payment that this browser started last.
pub const PAYMENTS_CURRENT: &str = "/payments/current";
/// The route pattern of a payment's page.
pub const PAYMENT: &str = "/payments/{id}";
/// Saves the chosen language (POST).
pub const LANGUAGE: &str = "/language";
/// Server-sent events: the delivery status of the message with the code.
pub const VERIFICATION_EVENTS: &str = "/verification/events";
/// The prefix of all server functions.
pub const API: &str = "/api";
/// Delivery reports of the providers.
pub const WEBHOOKS_TWILIO: &str = "/webhooks/twilio";
pub const WEBHOOKS_TELNYX: &str = "/webhooks/telnyx";
/// The prefix of the JSON API.
pub const V1: &str = "/v1";
/// The public keys that verify access tokens (RFC 7517).
pub const JWKS: &str = "/.well-known/jwks.json";
/// The built site: WASM, script and style sheet.
pub const PKG: &str = "/pkg";

/// All pages with a fixed path.
const PAGES: [&str; 20] = [
    REGISTER,
    REGISTER_CREDENTIALS,
    REGISTER_VERIFY,
    LOGIN,
    LOGIN_VERIFY,
    FORGOT_PASSWORD,
    RESET_PASSWORD,
    RESET_PASSWORD_VERIFY,
    DASHBOARD,
    PROFILE,
    PROFILE_PASSWORD,
    PROFILE_PHONE,
    PROFILE_AUTHENTICATOR,
    PROFILE_RECOVERY_CODES,
    PROFILE_SESSIONS,
    PROFILE_HISTORY,
    PROFILE_CONFIRM,
    PAYMENTS_NEW,
    PAYMENTS_CURRENT,
    HOME,
];

/// The page at `path`, as a constant or rebuilt from a parsed id, so that no user input reaches a redirect.
/// `None` if `path` is not the path of a page.
pub fn page(path: &str) -> Option<Cow<'static, str>> {
    let payment_of = || {
        let id = path.strip_prefix(PAYMENT.strip_suffix("{id}")?)?;
        Some(payment(&PaymentId::parse(id)?).into())
    };
    let reset_of = || {
        let token = path.strip_prefix(RESET_PASSWORD_LINK.strip_suffix("{token}")?)?;
        Some(reset_link(&ResetToken::parse(token)?).into())
    };
    let known = PAGES.into_iter().find(|page| *page == path);
    known
        .map(Cow::Borrowed)
        .or_else(payment_of)
        .or_else(reset_of)
}

/// The page where a flow of this purpose asks for the code.
pub const fn verify(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Registration => REGISTER_VERIFY,
        Purpose::SignIn => LOGIN_VERIFY,
        // The set-up is a dialog over the login page.
        Purpose::SetUp => LOGIN,
        Purpose::PhoneChange => PROFILE_PHONE,
        Purpose::StepUp => PROFILE_CONFIRM,
        Purpose::Payment => PAYMENTS_CURRENT,
        Purpose::PasswordReset => RESET_PASSWORD_VERIFY,
    }
}

/// The page where a flow of this purpose starts.
pub const fn start(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Registration => REGISTER,
        Purpose::SignIn | Purpose::SetUp => LOGIN,
        Purpose::PhoneChange => PROFILE_PHONE,
        Purpose::StepUp => PROFILE_CONFIRM,
        Purpose::Payment => PAYMENTS_CURRENT,
        Purpose::PasswordReset => RESET_PASSWORD,
    }
}

/// The path of a payment's page.
pub fn payment(id: &PaymentId) -> String {
    format!("/payments/{id}")
}

/// The path of the link in the mail about a password reset.
pub fn reset_link(token: &ResetToken) -> String {
    format!("{RESET_PASSWORD}/{}", token.expose())
}
