//! Form posts of every page of the site.

use domain::Purpose;

use super::user::User;

/// A form post: path and fields.
#[derive(Clone, Debug)]
pub struct FormPost {
    pub path: &'static str,
    pub fields: Vec<(&'static str, String)>,
}

/// The cookie that holds the session token.
pub const SESSION_COOKIE: &str = "__Host-sallyport-session";
/// The cookie of a browser that may complete the recovery of a lost phone.
pub const RECOVERY_COOKIE: &str = "__Host-sallyport-recovery";
/// The cookie that carries a message to the next page.
pub const FLASH_COOKIE: &str = "__Host-sallyport-note";

/// Returns the name of the cookie that holds the flow token of a purpose.
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

/// Builds a form post from its path and fields.
fn form_post<const N: usize>(path: &'static str, fields: [(&'static str, &str); N]) -> FormPost {
    FormPost {
        path,
        fields: fields.map(|(name, value)| (name, value.to_owned())).into(),
    }
}

/// Requests a CAPTCHA challenge for a form.
pub fn request_captcha_challenge(purpose: Purpose) -> FormPost {
    form_post("/api/captcha/challenge", [("purpose", purpose.as_str())])
}

/// Submits the first page of a registration: names and e-mail address.
pub fn submit_registration_details(user: &User, captcha: &str) -> FormPost {
    form_post(
        "/api/register/begin",
        [
            ("full_name", user.full_name.as_str()),
            ("username", &user.username),
            ("email", &user.email),
            ("captcha", captcha),
        ],
    )
}

/// Submits the second page of a registration: password and phone number.
pub fn submit_registration_credentials(password: &str, phone: &str) -> FormPost {
    form_post(
        "/api/register/credentials",
        [("password", password), ("phone", phone)],
    )
}

/// Begins a sign-in with username or e-mail address, and password.
pub fn submit_password(identifier: &str, password: &str, captcha: &str) -> FormPost {
    form_post(
        "/api/login/begin",
        [
            ("identifier", identifier),
            ("password", password),
            ("captcha", captcha),
        ],
    )
}

/// Chooses the second factor of a sign-in: `sms` or `totp`.
pub fn choose_method(method: &str) -> FormPost {
    choose_method_for(Purpose::SignIn, method)
}

/// Chooses the verification method for a purpose: `sms` or `totp`.
pub fn choose_method_for(purpose: Purpose, method: &str) -> FormPost {
    form_post(
        "/api/verification/method",
        [("purpose", purpose.as_str()), ("method", method)],
    )
}

/// Returns to the choice of the second factor of a sign-in.
pub fn choose_another_method() -> FormPost {
    choose_another_method_for(Purpose::SignIn)
}

/// Returns to the choice of the verification method for a purpose.
pub fn choose_another_method_for(purpose: Purpose) -> FormPost {
    form_post(
        "/api/verification/another-method",
        [("purpose", purpose.as_str())],
    )
}

/// Submits the phone number of a user who sets up a second factor.
pub fn submit_set_up_phone(phone: &str) -> FormPost {
    form_post("/api/set-up/send", [("phone", phone)])
}

/// Returns from the code of a registration to the form for the phone number.
pub fn correct_registration_phone() -> FormPost {
    form_post("/api/register/another-number", [])
}

/// Returns from the code of a second-factor set-up to the form for the phone number.
pub fn correct_set_up_phone() -> FormPost {
    form_post("/api/set-up/another-number", [])
}

/// Begins a step-up for the page that changes the phone number.
pub fn begin_step_up(password: &str) -> FormPost {
    begin_step_up_for("phone", password)
}

/// Begins a step-up for a protected area, for example `phone`.
pub fn begin_step_up_for(area: &str, password: &str) -> FormPost {
    form_post(
        "/api/step-up/begin",
        [("area", area), ("password", password)],
    )
}

/// Requests a mail with a password reset link.
pub fn request_password_reset(identifier: &str, captcha: &str) -> FormPost {
    form_post(
        "/api/password/forgot",
        [("identifier", identifier), ("captcha", captcha)],
    )
}

/// Submits a new password with the token of a reset link.
pub fn reset_password(token: &str, password: &str) -> FormPost {
    form_post(
        "/api/password/reset",
        [("token", token), ("password", password)],
    )
}

/// Requests a recovery mail in a sign-in whose password was accepted.
pub fn report_lost_phone() -> FormPost {
    form_post("/api/lost-phone/report", [])
}

/// Leaves the set-up of a new number after a recovery, and signs in with the earlier second factor.
pub fn keep_phone_number() -> FormPost {
    form_post("/api/lost-phone/keep-number", [])
}

/// Requests a recovery mail with username or e-mail address, and password.
pub fn begin_recovery(identifier: &str, password: &str) -> FormPost {
    form_post(
        "/api/lost-phone/begin",
        [
            ("identifier", identifier),
            ("password", password),
            ("captcha", ""),
        ],
    )
}

/// Opens a recovery with the token of a mailed link.
pub fn open_recovery_by_link(token: &str) -> FormPost {
    form_post("/api/lost-phone/open", [("token", token)])
}

/// Cancels a recovery with the token of a mailed link.
pub fn cancel_recovery_by_link(token: &str) -> FormPost {
    form_post("/api/recovery/cancel", [("token", token)])
}

/// Cancels the recovery of the signed-in user.
pub fn cancel_own_recovery() -> FormPost {
    form_post("/api/recovery/stop", [])
}

/// Undoes a change of phone number or e-mail address with the token of an undo link.
pub fn undo_change(token: &str) -> FormPost {
    form_post("/api/undo", [("token", token)])
}

/// Changes the password of the signed-in user.
pub fn change_password(current: &str, new: &str) -> FormPost {
    form_post(
        "/api/password/change",
        [("current_password", current), ("password", new)],
    )
}

/// Requests a code to the e-mail address that is not yet verified.
pub fn request_email_code() -> FormPost {
    form_post("/api/email/send", [])
}

/// Begins a change of the e-mail address.
pub fn begin_email_change(email: &str) -> FormPost {
    form_post("/api/email/change", [("email", email)])
}

/// Submits the code from a mail.
pub fn submit_email_code(code: &str) -> FormPost {
    form_post("/api/email/check", [("code", code)])
}

/// Cancels a change of the e-mail address with the token of the link in the mail to the old address.
pub fn cancel_email_change(token: &str) -> FormPost {
    form_post("/api/email/cancel", [("token", token)])
}

/// Changes full name and username.
pub fn change_names(full_name: &str, username: &str) -> FormPost {
    form_post(
        "/api/profile/name",
        [("full_name", full_name), ("username", username)],
    )
}

/// Requests the deletion of the account. The user confirms it with the username.
pub fn delete_account(username: &str) -> FormPost {
    form_post("/api/account/delete", [("username", username)])
}

/// Downloads the data of the account.
pub fn export_data() -> FormPost {
    form_post("/profile/export", [])
}

/// Cancels the requested deletion of the account.
pub fn cancel_account_deletion() -> FormPost {
    form_post("/api/account/keep", [])
}

/// Signs out of an account that will be deleted, and lets it be deleted.
pub fn let_account_be_deleted() -> FormPost {
    form_post("/api/account/let-delete", [])
}

/// Begins a change of the phone number.
pub fn begin_phone_change(phone: &str) -> FormPost {
    form_post("/api/phone-change/begin", [("phone", phone)])
}

/// Returns from the code of a phone change to the form for the new number.
pub fn correct_new_phone() -> FormPost {
    form_post("/api/phone-change/another-number", [])
}

/// Confirms the change to the verified new number.
pub fn confirm_phone_change() -> FormPost {
    form_post("/api/phone-change/confirm", [])
}

/// Requests a code by voice call.
pub fn request_voice_call(purpose: Purpose) -> FormPost {
    form_post(
        "/api/verification/send",
        [("purpose", purpose.as_str()), ("channel", "call")],
    )
}

/// Begins the set-up of an authenticator app.
pub fn begin_authenticator() -> FormPost {
    form_post("/api/authenticator/begin", [])
}

/// Submits the first code of a new authenticator app.
pub fn confirm_authenticator(code: &str) -> FormPost {
    form_post("/api/authenticator/confirm", [("code", code)])
}

/// Cancels the set-up of an authenticator app.
pub fn cancel_authenticator() -> FormPost {
    form_post("/api/authenticator/cancel", [])
}

/// Removes the authenticator app.
pub fn remove_authenticator() -> FormPost {
    form_post("/api/authenticator/remove", [])
}

/// Submits the language form in the footer of a page.
pub fn choose_language(language: &str, page: &str) -> FormPost {
    form_post("/language", [("language", language), ("page", page)])
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

/// Submits the payment form.
pub fn submit_payment(payment: &Payment) -> FormPost {
    form_post(
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

/// Signs out.
pub fn sign_out() -> FormPost {
    form_post("/api/logout", [])
}

/// Requests a code for a purpose: the first one or a resend.
pub fn request_code(purpose: Purpose) -> FormPost {
    form_post("/api/verification/send", [("purpose", purpose.as_str())])
}

/// Submits a code for a purpose.
pub fn submit_code(purpose: Purpose, code: &str) -> FormPost {
    form_post(
        "/api/verification/check",
        [("purpose", purpose.as_str()), ("code", code)],
    )
}

/// Requests the current state of the code entry page.
pub fn read_code_entry(purpose: Purpose) -> FormPost {
    form_post("/api/verification/entry", [("purpose", purpose.as_str())])
}

/// Reports that the user leaves the code entry page.
pub fn report_entry_left(purpose: Purpose) -> FormPost {
    form_post("/api/verification/leave", [("purpose", purpose.as_str())])
}

/// Reports that the code entry page is open again.
pub fn report_entry_reopened(purpose: Purpose) -> FormPost {
    form_post("/api/verification/return", [("purpose", purpose.as_str())])
}

/// Cancels the verification in progress for a purpose.
pub fn cancel_flow(purpose: Purpose) -> FormPost {
    form_post("/api/verification/cancel", [("purpose", purpose.as_str())])
}

/// Ends one session of the user.
pub fn end_session(session: &str) -> FormPost {
    form_post("/api/sessions/end", [("session", session)])
}

/// Ends all sessions of the user except the current one.
pub fn end_other_sessions() -> FormPost {
    form_post("/api/sessions/end-others", [])
}

/// Creates recovery codes in place of the set `replacing`.
pub fn create_recovery_codes(replacing: &str) -> FormPost {
    form_post("/profile/recovery-codes", [("replacing", replacing)])
}

/// Downloads recovery codes as a text file.
pub fn download_recovery_codes(codes: &[String]) -> FormPost {
    form_post(
        "/profile/recovery-codes/download",
        [("codes", codes.join(" ").as_str())],
    )
}

/// Returns every form post that uses a flow token, with valid fields.
pub fn posts_with_flow_token(purpose: Purpose, code: &str) -> Vec<FormPost> {
    let mut calls = vec![
        request_code(purpose),
        submit_code(purpose, code),
        read_code_entry(purpose),
        cancel_flow(purpose),
    ];
    match purpose {
        Purpose::Registration => {
            calls.push(submit_registration_credentials(
                "a new long password 77",
                "+14155559999",
            ));
            calls.push(correct_registration_phone());
        }
        _ => calls.extend([
            choose_method("sms"),
            choose_method("totp"),
            choose_another_method(),
        ]),
    }
    calls
}
