use crate::{Method, Problem, Strength};

use super::Around;

/// What the islands say, and the pages share with them.
pub struct Words {
    pub labels: Labels,
    pub actions: Actions,
    pub password: PasswordWords,
    pub captcha: Captcha,
    pub sign_in: SignIn,
    pub methods: Methods,
    pub code: Code,
    pub set_up: SetUp,
    pub remove_authenticator: Question,
    pub recovery: Recovery,
    /// What was wrong, exactly as product.md fixes it where it does.
    pub problem: fn(&Problem) -> String,
}

/// The names of things typed in.
pub struct Labels {
    pub full_name: &'static str,
    pub username: &'static str,
    pub email: &'static str,
    pub password: &'static str,
    pub phone: &'static str,
    pub phone_hint: &'static str,
    pub new_phone: &'static str,
    pub identifier: &'static str,
    pub code: &'static str,
    pub recovery_code: &'static str,
    pub recovery_code_hint: &'static str,
    pub recipient: &'static str,
    pub amount: &'static str,
    pub currency: &'static str,
    pub description: &'static str,
}

/// Buttons and links.
pub struct Actions {
    pub submit: &'static str,
    pub go_on: &'static str,
    pub verify: &'static str,
    pub validate: &'static str,
    pub verify_otp: &'static str,
    pub send_otp: &'static str,
    pub send_verification_code: &'static str,
    pub resend: &'static str,
    pub call: &'static str,
    pub another_method: &'static str,
    pub another_number: &'static str,
    pub confirm: &'static str,
    pub cancel: &'static str,
    pub start_over: &'static str,
    pub start_again: &'static str,
    pub remove: &'static str,
    pub copy: &'static str,
    pub print: &'static str,
    pub create_new_codes: &'static str,
    pub create_account: &'static str,
    pub back_to_profile: &'static str,
}

pub struct PasswordWords {
    pub hint: &'static str,
    pub show: &'static str,
    pub hide: &'static str,
    pub show_password: &'static str,
    pub strength: fn(Strength) -> &'static str,
}

pub struct Captcha {
    pub label: &'static str,
    pub working: &'static str,
    pub done: &'static str,
    pub failed: &'static str,
    pub needs_script: &'static str,
}

pub struct SignIn {
    pub title: &'static str,
    pub new_here: &'static str,
}

/// The choice of a second factor.
pub struct Methods {
    pub title: &'static str,
    pub legend: &'static str,
    pub sms: &'static str,
    pub totp: &'static str,
    pub recovery: &'static str,
    pub totp_detail: &'static str,
    pub recovery_detail: &'static str,
    pub not_enrolled: &'static str,
}

impl Methods {
    /// What a method is called.
    pub const fn name(&self, method: Method) -> &'static str {
        match method {
            Method::Sms => self.sms,
            Method::Totp => self.totp,
            Method::Recovery => self.recovery,
        }
    }
}

/// The code entry (product.md, section 6).
pub struct Code {
    pub sent_to: Around,
    pub called_at: Around,
    /// With the clock face.
    pub expires_in: fn(&str) -> String,
    /// With the seconds left.
    pub resend_in: fn(u64) -> String,
    pub sent_in: fn(u64) -> String,
    pub minute_left: &'static str,
    pub half_minute_left: &'static str,
    pub expired: &'static str,
    pub delivered: &'static str,
    pub undelivered: &'static str,
}

/// Set-up of a second factor.
pub struct SetUp {
    pub title: &'static str,
    /// With the masked number.
    pub on_file: fn(&str) -> String,
    pub none_on_file: &'static str,
    pub old_confirmed: Around,
}

/// A question before something that cannot be undone.
pub struct Question {
    pub title: &'static str,
    pub text: &'static str,
}

pub struct Recovery {
    pub replace_title: &'static str,
    /// With how many codes are left.
    pub replace_text: fn(u32) -> String,
    pub copied: &'static str,
    pub not_copied: &'static str,
}
