//! The path of every page and endpoint. Pages, redirects and tests use these constants and functions.

use std::borrow::Cow;

use crate::mailed_link_token::MailedLinkToken;
use crate::payment::PaymentId;
use crate::purpose::Purpose;

pub const HOME: &str = "/";
pub const REGISTER: &str = "/register";
pub const REGISTER_CREDENTIALS: &str = "/register/credentials";
pub const REGISTER_VERIFY: &str = "/register/verify";
pub const LOGIN: &str = "/login";
pub const LOGIN_VERIFY: &str = "/login/verify";
/// Page on which a user requests a mail with a password reset link.
pub const FORGOT_PASSWORD: &str = "/forgot-password";
/// Page on which the user chooses the second factor for a password reset.
pub const RESET_PASSWORD: &str = "/reset-password";
/// Page on which the user enters the code for a password reset.
pub const RESET_PASSWORD_VERIFY: &str = "/reset-password/verify";
/// Route pattern of the mailed password reset link.
pub const RESET_PASSWORD_LINK: &str = "/reset-password/{token}";
/// Page on which the user enters the code that was sent to an e-mail address.
pub const VERIFY_EMAIL: &str = "/verify-email";
/// Route pattern of the mailed link that cancels a change of the e-mail address.
pub const EMAIL_CHANGE_LINK: &str = "/email-change/{token}";
/// Page on which a user requests an account recovery after a lost phone.
pub const LOST_PHONE: &str = "/lost-phone";
/// Route pattern of the mailed link that starts an account recovery.
pub const LOST_PHONE_LINK: &str = "/lost-phone/{token}";
/// Page that asks a signed-in user whether a pending account recovery is theirs.
pub const RECOVERY: &str = "/recovery";
/// Route pattern of the link that cancels an account recovery.
pub const RECOVERY_LINK: &str = "/recovery/{token}";
/// Route pattern of the link that undoes a change of phone number or e-mail address.
pub const UNDO_LINK: &str = "/undo/{token}";
pub const DASHBOARD: &str = "/dashboard";
pub const PROFILE: &str = "/profile";
pub const PROFILE_NAME: &str = "/profile/name";
pub const PROFILE_EMAIL: &str = "/profile/email";
/// Page on which the user requests the deletion of the account.
pub const PROFILE_DELETE: &str = "/profile/delete";
/// Page that asks after a sign-in whether to keep an account that will be deleted.
pub const KEEP_ACCOUNT: &str = "/keep-account";
/// Page on which the user downloads the data of the account (GET), and the download (POST).
pub const PROFILE_EXPORT: &str = "/profile/export";
pub const PROFILE_PASSWORD: &str = "/profile/password";
pub const PROFILE_PHONE: &str = "/profile/phone";
pub const PROFILE_AUTHENTICATOR: &str = "/profile/authenticator";
pub const PROFILE_RECOVERY_CODES: &str = "/profile/recovery-codes";
/// Endpoint that returns new recovery codes as a text file.
pub const PROFILE_RECOVERY_CODES_FILE: &str = "/profile/recovery-codes/download";
pub const PROFILE_SESSIONS: &str = "/profile/sessions";
pub const PROFILE_HISTORY: &str = "/profile/history";
/// Endpoint that redirects to the settings page for which a step-up was started.
pub const PROFILE_CONFIRM: &str = "/profile/confirm";
/// Page with the payments of the account.
pub const PAYMENTS: &str = "/payments";
pub const PAYMENTS_NEW: &str = "/payments/new";
/// Endpoint that redirects to the last payment that this browser began.
pub const PAYMENTS_CURRENT: &str = "/payments/current";
/// Route pattern of the page that shows a payment.
pub const PAYMENT: &str = "/payments/{id}";
/// Endpoint that stores the chosen language (POST).
pub const LANGUAGE: &str = "/language";
/// Endpoint that streams the delivery status of a code as server-sent events.
pub const VERIFICATION_EVENTS: &str = "/verification/events";
/// Path prefix of the server functions, which the forms in the browser call.
pub const API: &str = "/api";
/// Endpoint that receives Twilio's delivery reports.
pub const WEBHOOKS_TWILIO: &str = "/webhooks/twilio";
pub const WEBHOOKS_TELNYX: &str = "/webhooks/telnyx";
/// Path prefix of the JSON API.
pub const V1: &str = "/v1";
/// Endpoint with the public keys that verify access tokens (RFC 7517).
pub const JWKS: &str = "/.well-known/jwks.json";
/// Path of the built site's files: WASM, scripts and style sheets.
pub const PKG: &str = "/pkg";

/// Paths of all pages without a path parameter.
pub const PAGE_PATHS: [&str; 29] = [
    REGISTER,
    REGISTER_CREDENTIALS,
    REGISTER_VERIFY,
    LOGIN,
    LOGIN_VERIFY,
    FORGOT_PASSWORD,
    RESET_PASSWORD,
    RESET_PASSWORD_VERIFY,
    VERIFY_EMAIL,
    LOST_PHONE,
    RECOVERY,
    DASHBOARD,
    PROFILE,
    PROFILE_NAME,
    PROFILE_EMAIL,
    PROFILE_PASSWORD,
    PROFILE_EXPORT,
    PROFILE_DELETE,
    KEEP_ACCOUNT,
    PROFILE_PHONE,
    PROFILE_AUTHENTICATOR,
    PROFILE_RECOVERY_CODES,
    PROFILE_SESSIONS,
    PROFILE_HISTORY,
    PROFILE_CONFIRM,
    PAYMENTS,
    PAYMENTS_NEW,
    PAYMENTS_CURRENT,
    HOME,
];

/// Finds the page with the path `path`, and returns its path in a safe form. Returns `None` if no page has this path.
///
/// The returned path is a constant or built from a parsed ID or token, so that no user input reaches a redirect.
pub fn find_page_by_path(path: &str) -> Option<Cow<'static, str>> {
    let payment_of = || {
        let id = path.strip_prefix(PAYMENT.strip_suffix("{id}")?)?;
        Some(payment_page_path(&PaymentId::parse(id)?).into())
    };
    let reset_of = || {
        let token = path.strip_prefix(RESET_PASSWORD_LINK.strip_suffix("{token}")?)?;
        Some(password_reset_link_path(&MailedLinkToken::parse(token)?).into())
    };
    let email_change_of = || {
        let token = path.strip_prefix(EMAIL_CHANGE_LINK.strip_suffix("{token}")?)?;
        Some(email_change_link_path(&MailedLinkToken::parse(token)?).into())
    };
    let record_link_of = || {
        let (folder, token) = path.strip_prefix('/')?.split_once('/')?;
        let token = MailedLinkToken::parse(token)?;
        match folder {
            "lost-phone" => Some(lost_phone_link_path(&token).into()),
            "recovery" => Some(recovery_cancellation_link_path(&token).into()),
            "undo" => Some(undo_link_path(&token).into()),
            _ => None,
        }
    };
    let known = PAGE_PATHS.into_iter().find(|page| *page == path);
    known
        .map(Cow::Borrowed)
        .or_else(payment_of)
        .or_else(reset_of)
        .or_else(email_change_of)
        .or_else(record_link_of)
}

/// Returns the path of the page with the code entry form for this purpose.
pub const fn code_entry_page(purpose: Purpose) -> &'static str {
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

/// Returns the path of the page on which a verification flow with this purpose starts.
pub const fn start_page(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Registration => REGISTER,
        Purpose::SignIn | Purpose::SetUp => LOGIN,
        Purpose::PhoneChange => PROFILE_PHONE,
        Purpose::StepUp => PROFILE_CONFIRM,
        Purpose::Payment => PAYMENTS_CURRENT,
        Purpose::PasswordReset => RESET_PASSWORD,
    }
}

/// Returns whether the page at `path` starts a verification flow or shows its code entry form.
pub fn is_flow_page(path: &str) -> bool {
    Purpose::ALL
        .into_iter()
        .any(|purpose| code_entry_page(purpose) == path || start_page(purpose) == path)
}

/// Returns the path of the page that shows a payment.
pub fn payment_page_path(id: &PaymentId) -> String {
    format!("/payments/{id}")
}

/// Returns the path of the mailed link that resets a password.
pub fn password_reset_link_path(token: &MailedLinkToken) -> String {
    format!("{RESET_PASSWORD}/{}", token.expose())
}

/// Returns the path of the mailed link that cancels a change of the e-mail address.
pub fn email_change_link_path(token: &MailedLinkToken) -> String {
    format!("/email-change/{}", token.expose())
}

/// Returns the path of the mailed link that starts the account recovery after a lost phone.
pub fn lost_phone_link_path(token: &MailedLinkToken) -> String {
    format!("{LOST_PHONE}/{}", token.expose())
}

/// Returns the path of the link that cancels an account recovery.
pub fn recovery_cancellation_link_path(token: &MailedLinkToken) -> String {
    format!("{RECOVERY}/{}", token.expose())
}

/// Returns the path of the link that undoes a change of phone number or e-mail address.
pub fn undo_link_path(token: &MailedLinkToken) -> String {
    format!("/undo/{}", token.expose())
}
