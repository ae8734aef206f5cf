use crate::method::Method;
use crate::password::Strength;
use crate::problem::Problem;

/// A text with a value in the middle that is emphasized: a phone number, for example.
#[derive(Clone, Copy, Debug)]
pub struct PlaceholderText {
    pub before: &'static str,
    pub after: &'static str,
}

/// The texts of the islands. Pages use them too.
pub struct IslandTexts {
    pub labels: Labels,
    pub actions: Actions,
    pub password: PasswordTexts,
    pub captcha: CaptchaTexts,
    pub sign_in: SignInTexts,
    pub methods: MethodTexts,
    pub code: CodeEntryTexts,
    pub set_up: SetUpTexts,
    pub remove_authenticator: QuestionTexts,
    pub recovery: RecoveryCodeTexts,
    /// The error message for a problem.
    pub problem: fn(&Problem) -> String,
}

/// The labels and hints of input fields.
pub struct Labels {
    pub full_name: &'static str,
    pub username: &'static str,
    pub email: &'static str,
    pub password: &'static str,
    pub current_password: &'static str,
    pub new_password: &'static str,
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
    pub send_link: &'static str,
    pub save_password: &'static str,
    pub back_to_profile: &'static str,
}

pub struct PasswordTexts {
    pub hint: &'static str,
    pub show: &'static str,
    pub hide: &'static str,
    pub show_password: &'static str,
    pub strength: fn(Strength) -> &'static str,
}

pub struct CaptchaTexts {
    pub label: &'static str,
    pub working: &'static str,
    pub done: &'static str,
    pub failed: &'static str,
    pub needs_script: &'static str,
}

pub struct SignInTexts {
    pub title: &'static str,
    pub new_here: &'static str,
    /// The link to the page for a new password.
    pub forgot: &'static str,
}

/// The choice of a verification method.
pub struct MethodTexts {
    pub title: &'static str,
    pub legend: &'static str,
    pub sms: &'static str,
    pub totp: &'static str,
    pub recovery: &'static str,
    pub totp_detail: &'static str,
    pub recovery_detail: &'static str,
    pub not_enrolled: &'static str,
}

impl MethodTexts {
    /// The name of a method.
    pub const fn name(&self, method: Method) -> &'static str {
        match method {
            Method::Sms => self.sms,
            Method::Totp => self.totp,
            Method::Recovery => self.recovery,
        }
    }
}

pub struct CodeEntryTexts {
    /// Says before the entry that the last digit submits the code.
    pub submits_itself: &'static str,
    pub sent_to: PlaceholderText,
    pub called_at: PlaceholderText,
    /// Takes the remaining time, for example "4:32".
    pub expires_in: fn(&str) -> String,
    /// Takes the seconds left.
    pub resend_in: fn(u64) -> String,
    /// Takes the seconds left.
    pub sent_in: fn(u64) -> String,
    pub minute_left: &'static str,
    pub half_minute_left: &'static str,
    pub expired: &'static str,
    pub delivered: &'static str,
    pub undelivered: &'static str,
    /// Takes the number of digits of a code. For an inserted text that has no code in it, or more than one.
    pub unclear: fn(usize) -> String,
}

pub struct SetUpTexts {
    pub title: &'static str,
    /// Takes the masked phone number.
    pub on_file: fn(&str) -> String,
    pub none_on_file: &'static str,
    /// Why a code goes to the number on file before the new one.
    pub why_on_file: &'static str,
    pub old_confirmed: PlaceholderText,
}

/// The question before an action that cannot be undone.
pub struct QuestionTexts {
    pub title: &'static str,
    pub text: &'static str,
}

pub struct RecoveryCodeTexts {
    pub replace_title: &'static str,
    /// Takes the number of unused codes.
    pub replace_text: fn(u32) -> String,
    pub copied: &'static str,
    pub not_copied: &'static str,
}
