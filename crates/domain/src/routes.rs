//! Every path a person can be at: pages, redirects and tests take them from here.

use std::borrow::Cow;

use crate::{PaymentId, Purpose};

pub const HOME: &str = "/";
pub const REGISTER: &str = "/register";
pub const REGISTER_CREDENTIALS: &str = "/register/credentials";
pub const REGISTER_VERIFY: &str = "/register/verify";
pub const LOGIN: &str = "/login";
pub const LOGIN_VERIFY: &str = "/login/verify";
pub const DASHBOARD: &str = "/dashboard";
pub const PROFILE: &str = "/profile";
pub const PROFILE_PHONE: &str = "/profile/phone";
pub const PROFILE_AUTHENTICATOR: &str = "/profile/authenticator";
pub const PROFILE_RECOVERY_CODES: &str = "/profile/recovery-codes";
/// The codes just made, as a file.
pub const PROFILE_RECOVERY_CODES_FILE: &str = "/profile/recovery-codes/download";
pub const PROFILE_SESSIONS: &str = "/profile/sessions";
pub const PROFILE_HISTORY: &str = "/profile/history";
/// Leads to wherever a step-up was begun.
pub const PROFILE_CONFIRM: &str = "/profile/confirm";
pub const PAYMENTS_NEW: &str = "/payments/new";
/// Leads to the payment this browser began last.
pub const PAYMENTS_CURRENT: &str = "/payments/current";
/// A payment's page, as the router names it.
pub const PAYMENT: &str = "/payments/{id}";
/// Takes the choice of a language.
pub const LANGUAGE: &str = "/language";
/// Tells an open code entry how its message fares.
pub const VERIFICATION_EVENTS: &str = "/verification/events";
/// Server functions live under this prefix.
pub const API: &str = "/api";
/// Where providers tell of their messages.
pub const WEBHOOKS_TWILIO: &str = "/webhooks/twilio";
pub const WEBHOOKS_TELNYX: &str = "/webhooks/telnyx";
/// The JSON API for other programs.
pub const V1: &str = "/v1";
/// The keys its tokens are checked by (RFC 7517).
pub const JWKS: &str = "/.well-known/jwks.json";
/// The built site: wasm, script, style.
pub const PKG: &str = "/pkg";

/// The pages somebody can be looking at.
const PAGES: [&str; 16] = [
    REGISTER,
    REGISTER_CREDENTIALS,
    REGISTER_VERIFY,
    LOGIN,
    LOGIN_VERIFY,
    DASHBOARD,
    PROFILE,
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

/// The page at this path, written by ourselves; `None` for any other path.
pub fn page(path: &str) -> Option<Cow<'static, str>> {
    let payment_of = || {
        let id = path.strip_prefix(PAYMENT.strip_suffix("{id}")?)?;
        Some(payment(&PaymentId::parse(id)?).into())
    };
    let known = PAGES.into_iter().find(|page| *page == path);
    known.map(Cow::Borrowed).or_else(payment_of)
}

/// Where a verification of this purpose takes its code.
pub const fn verify(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Registration => REGISTER_VERIFY,
        Purpose::SignIn => LOGIN_VERIFY,
        // Set-up happens in a dialog over the login page.
        Purpose::SetUp => LOGIN,
        Purpose::PhoneChange => PROFILE_PHONE,
        Purpose::StepUp => PROFILE_CONFIRM,
        Purpose::Payment => PAYMENTS_CURRENT,
    }
}

/// Where a flow of this purpose begins, and where it is started over.
pub const fn start(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Registration => REGISTER,
        Purpose::SignIn | Purpose::SetUp => LOGIN,
        Purpose::PhoneChange => PROFILE_PHONE,
        Purpose::StepUp => PROFILE_CONFIRM,
        Purpose::Payment => PAYMENTS_CURRENT,
    }
}

/// A payment's page.
pub fn payment(id: &PaymentId) -> String {
    format!("/payments/{id}")
}
