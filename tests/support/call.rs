//! The calls that pages can make, as form posts.

use domain::Purpose;

use super::user::User;

/// A form post: path and fields.
#[derive(Clone, Debug)]
pub struct Call {
    pub path: &'static str,
    pub fields: Vec<(&'static str, String)>,
}

pub const SESSION_COOKIE: &str = "__Host-sallyport-session";
pub const FLASH_COOKIE: &str = "__Host-sallyport-note";

pub const fn flow_token_cookie(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Registration => "__Host-sallyport-registration",
        Purpose::SignIn => "__Host-sallyport-sign-in",
        Purpose::SetUp => "__Host-sallyport-set-up",
        Purpose::PhoneChange => "__Host-sallyport-phone-change",
        Purpose::StepUp => "__Host-sallyport-step-up",
        Purpose::Payment => "__Host-sallyport-payment",
        Purpose::PasswordReset => "__Host-sallyport-password-reset",
    }
}

fn call<const N: usize>(path: &'static str, fields: [(&'static str, &str); N]) -> Call {
    Call {
        path,
        fields: fields.map(|(name, value)| (name, value.to_owned())).into(),
    }
}

pub fn challenge(purpose: Purpose) -> Call {
    call("/api/captcha/challenge", [("purpose", purpose.as_str())])
}

pub fn details(user: &User, captcha: &str) -> Call {
    call(
        "/api/register/begin",
        [
            ("full_name", user.full_name.as_str()),
            ("username", &user.username),
            ("email", &user.email),
            ("captcha", captcha),
        ],
    )
}

pub fn credentials(password: &str, phone: &str) -> Call {
    call(
        "/api/register/credentials",
        [("password", password), ("phone", phone)],
    )
}

pub fn password(identifier: &str, password: &str, captcha: &str) -> Call {
    call(
        "/api/login/begin",
        [
            ("identifier", identifier),
            ("password", password),
            ("captcha", captcha),
        ],
    )
}

pub fn method(method: &str) -> Call {
    method_of(Purpose::SignIn, method)
}

pub fn method_of(purpose: Purpose, method: &str) -> Call {
    call(
        "/api/verification/method",
        [("purpose", purpose.as_str()), ("method", method)],
    )
}

pub fn another_method() -> Call {
    another_method_of(Purpose::SignIn)
}

pub fn another_method_of(purpose: Purpose) -> Call {
    call(
        "/api/verification/another-method",
        [("purpose", purpose.as_str())],
    )
}

pub fn set_up(phone: &str) -> Call {
    call("/api/set-up/send", [("phone", phone)])
}

pub fn another_registration_number() -> Call {
    call("/api/register/another-number", [])
}

pub fn another_set_up_number() -> Call {
    call("/api/set-up/another-number", [])
}

pub fn step_up(password: &str) -> Call {
    step_up_for("phone", password)
}

pub fn step_up_for(area: &str, password: &str) -> Call {
    call(
        "/api/step-up/begin",
        [("area", area), ("password", password)],
    )
}

/// Asks for a mail with a reset link.
pub fn forgot_password(identifier: &str, captcha: &str) -> Call {
    call(
        "/api/password/forgot",
        [("identifier", identifier), ("captcha", captcha)],
    )
}

/// Uses a reset link.
pub fn reset_password(token: &str, password: &str) -> Call {
    call(
        "/api/password/reset",
        [("token", token), ("password", password)],
    )
}

/// Asks for the mail that opens a recovery, after the password of a sign-in.
pub fn report_lost_phone() -> Call {
    call("/api/lost-phone/report", [])
}

/// Asks for the mail that opens a recovery, with the password.
pub fn begin_recovery(identifier: &str, password: &str) -> Call {
    call(
        "/api/lost-phone/begin",
        [
            ("identifier", identifier),
            ("password", password),
            ("captcha", ""),
        ],
    )
}

/// Uses the link that opens a recovery.
pub fn open_recovery(token: &str) -> Call {
    call("/api/lost-phone/open", [("token", token)])
}

/// Uses the link that cancels a recovery.
pub fn cancel_recovery(token: &str) -> Call {
    call("/api/recovery/cancel", [("token", token)])
}

/// Cancels the recovery of the signed-in user.
pub fn stop_recovery() -> Call {
    call("/api/recovery/stop", [])
}

/// Uses the link that undoes a change.
pub fn undo_change(token: &str) -> Call {
    call("/api/undo", [("token", token)])
}

pub fn change_password(current: &str, new: &str) -> Call {
    call(
        "/api/password/change",
        [("current_password", current), ("password", new)],
    )
}

/// Asks for a code to the e-mail address that waits for one.
pub fn send_email_code() -> Call {
    call("/api/email/send", [])
}

pub fn new_email(email: &str) -> Call {
    call("/api/email/change", [("email", email)])
}

pub fn email_code(code: &str) -> Call {
    call("/api/email/check", [("code", code)])
}

/// Uses the link in the mail to the old address.
pub fn cancel_email_change(token: &str) -> Call {
    call("/api/email/cancel", [("token", token)])
}

pub fn new_names(full_name: &str, username: &str) -> Call {
    call(
        "/api/profile/name",
        [("full_name", full_name), ("username", username)],
    )
}

/// Requests the deletion of the account, confirmed by the username.
pub fn delete_account(username: &str) -> Call {
    call("/api/account/delete", [("username", username)])
}

/// Downloads the data of the account.
pub fn export_data() -> Call {
    call("/profile/export", [])
}

pub fn keep_account() -> Call {
    call("/api/account/keep", [])
}

pub fn new_phone(phone: &str) -> Call {
    call("/api/phone-change/begin", [("phone", phone)])
}

pub fn change_new_phone() -> Call {
    call("/api/phone-change/another-number", [])
}

pub fn confirm_phone() -> Call {
    call("/api/phone-change/confirm", [])
}

pub fn request_voice_call(purpose: Purpose) -> Call {
    call(
        "/api/verification/send",
        [("purpose", purpose.as_str()), ("channel", "call")],
    )
}

pub fn begin_authenticator() -> Call {
    call("/api/authenticator/begin", [])
}

pub fn confirm_authenticator(code: &str) -> Call {
    call("/api/authenticator/confirm", [("code", code)])
}

pub fn cancel_authenticator() -> Call {
    call("/api/authenticator/cancel", [])
}

pub fn remove_authenticator() -> Call {
    call("/api/authenticator/remove", [])
}

/// The form for the language in the footer of a page.
pub fn language(language: &str, page: &str) -> Call {
    call("/language", [("language", language), ("page", page)])
}

/// The fields of the payment form.
#[derive(Clone, Debug)]
pub struct Payment {
    pub recipient: String,
    pub amount: String,
    pub currency: String,
    pub description: String,
    pub key: String,
}

pub fn pay(payment: &Payment) -> Call {
    call(
        "/api/payments/begin",
        [
            ("recipient", payment.recipient.as_str()),
            ("amount", &payment.amount),
            ("currency", &payment.currency),
            ("description", &payment.description),
            ("key", &payment.key),
        ],
    )
}

pub fn sign_out() -> Call {
    call("/api/logout", [])
}

pub fn send(purpose: Purpose) -> Call {
    call("/api/verification/send", [("purpose", purpose.as_str())])
}

pub fn check(purpose: Purpose, code: &str) -> Call {
    call(
        "/api/verification/check",
        [("purpose", purpose.as_str()), ("code", code)],
    )
}

pub fn entry(purpose: Purpose) -> Call {
    call("/api/verification/entry", [("purpose", purpose.as_str())])
}

/// The report that the code page is being left.
pub fn leave(purpose: Purpose) -> Call {
    call("/api/verification/leave", [("purpose", purpose.as_str())])
}

/// The report that the code page is open again.
pub fn return_to(purpose: Purpose) -> Call {
    call("/api/verification/return", [("purpose", purpose.as_str())])
}

pub fn cancel(purpose: Purpose) -> Call {
    call("/api/verification/cancel", [("purpose", purpose.as_str())])
}

pub fn end_session(session: &str) -> Call {
    call("/api/sessions/end", [("session", session)])
}

pub fn end_other_sessions() -> Call {
    call("/api/sessions/end-others", [])
}

pub fn create_recovery_codes(replacing: &str) -> Call {
    call("/profile/recovery-codes", [("replacing", replacing)])
}

pub fn download_recovery_codes(codes: &[String]) -> Call {
    call(
        "/profile/recovery-codes/download",
        [("codes", codes.join(" ").as_str())],
    )
}

/// All calls that use a flow token, with valid fields.
pub fn calls_with_a_flow_token(purpose: Purpose, code: &str) -> Vec<Call> {
    let mut calls = vec![
        send(purpose),
        check(purpose, code),
        entry(purpose),
        cancel(purpose),
    ];
    match purpose {
        Purpose::Registration => {
            calls.push(credentials("a new long password 77", "+14155559999"));
            calls.push(another_registration_number());
        }
        _ => calls.extend([method("sms"), method("totp"), another_method()]),
    }
    calls
}
