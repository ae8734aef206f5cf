use core::fmt::Display;
use core::slice;

use crate::method::Method;
use crate::password::Strength;

/// Struct of user interface texts that can be converted to a list and back.
pub trait TextList: Sized {
    /// Number of texts in the struct.
    const COUNT: usize;

    /// Appends the texts to `text_list` in the order of the struct's fields.
    fn append_texts_of_all_fields(&self, text_list: &mut Vec<&'static str>);

    /// Creates the struct from the next texts of `remaining_texts`, one for each field in order.
    ///
    /// Missing texts are empty.
    fn fill_all_fields_from_next_texts(remaining_texts: &mut slice::Iter<'_, &'static str>)
    -> Self;

    /// Reads the texts from a list in the order of the struct's fields. Returns `None` if the number of texts differs.
    fn from_texts_in_field_order(texts: &[&'static str]) -> Option<Self> {
        (texts.len() == Self::COUNT)
            .then(|| Self::fill_all_fields_from_next_texts(&mut texts.iter()))
    }
}

impl TextList for &'static str {
    const COUNT: usize = 1;

    fn append_texts_of_all_fields(&self, text_list: &mut Vec<&'static str>) {
        text_list.push(*self);
    }

    fn fill_all_fields_from_next_texts(
        remaining_texts: &mut slice::Iter<'_, &'static str>,
    ) -> Self {
        remaining_texts.next().copied().unwrap_or_default()
    }
}

/// Defines structs of user interface texts, and implements [`TextList`] for them.
macro_rules! texts {
    ($($(#[$attribute:meta])* pub struct $name:ident {
        $($(#[$field_attribute:meta])* pub $field:ident: $kind:ty,)*
    })*) => {$(
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_attribute])* pub $field: $kind,)*
        }

        impl TextList for $name {
            const COUNT: usize = 0 $(+ <$kind>::COUNT)*;

            fn append_texts_of_all_fields(&self, list: &mut Vec<&'static str>) {
                $(self.$field.append_texts_of_all_fields(list);)*
            }

            fn fill_all_fields_from_next_texts(remaining_texts: &mut slice::Iter<'_, &'static str>) -> Self {
                Self { $($field: TextList::fill_all_fields_from_next_texts(remaining_texts),)* }
            }
        }
    )*};
}

texts! {
    /// User interface text with one placeholder, for example for a phone number.
    ///
    /// It is stored as the parts before and after the placeholder.
    pub struct PlaceholderText {
        pub before: &'static str,
        pub after: &'static str,
    }

    /// User interface texts of the interactive components ("islands"). Server-rendered pages also use these texts.
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
        pub failed_calls: FailedCallTexts,
    }

    /// Labels and hints of form fields.
    pub struct Labels {
        pub full_name: &'static str,
        pub username: &'static str,
        pub email: &'static str,
        pub password: &'static str,
        pub current_password: &'static str,
        pub new_password: &'static str,
        pub phone: &'static str,
        pub new_email: &'static str,
        pub phone_hint: &'static str,
        pub new_phone: &'static str,
        pub confirm_username: &'static str,
        pub identifier: &'static str,
        pub code: &'static str,
        /// Text of a masked phone number for screen readers, with a placeholder for the last digits.
        pub number_ending: PlaceholderText,
        pub recovery_code: &'static str,
        pub recovery_code_hint: &'static str,
        pub recipient: &'static str,
        pub amount: &'static str,
        pub currency: &'static str,
        pub common_currencies: &'static str,
        pub other_currencies: &'static str,
        pub description: &'static str,
        /// Reason for a disabled submit button: a required field is empty. All fields of the form are required.
        pub fill_in_fields: &'static str,
        /// Reason for a disabled submit button: the only field of the form is empty.
        pub fill_in_field: &'static str,
        /// Reason for a disabled submit button: a required field is empty. The form also has optional fields.
        pub fill_in_required_fields: &'static str,
        /// Hint of a field that may stay empty.
        pub optional: &'static str,
    }

    /// Error messages for a server call that got an HTTP error, or no response at all.
    pub struct FailedCallTexts {
        /// Error for a request to check a code without a response.
        pub check_without_answer: &'static str,
        /// Error for a request to send a code without a response.
        pub send_without_answer: &'static str,
        /// Error for any other request without a response.
        pub no_answer: &'static str,
        pub bad_request: &'static str,
        pub internal: &'static str,
        /// Error with a placeholder for the seconds until the request can be repeated.
        pub overloaded: PlaceholderText,
    }

    /// Labels of buttons and links.
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
        /// Label of the button that changes the number in a registration.
        pub change_number: &'static str,
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
        pub send_mail: &'static str,
        pub save_password: &'static str,
        pub save: &'static str,
        pub request_deletion: &'static str,
        pub back_to_profile: &'static str,
    }

    /// Names of the password strengths.
    pub struct StrengthTexts {
        pub too_short: &'static str,
        pub weak: &'static str,
        pub fair: &'static str,
        pub good: &'static str,
        pub strong: &'static str,
    }

    /// Texts of password fields.
    pub struct PasswordTexts {
        pub hint: &'static str,
        /// Hint for a password field that may stay empty, because a password was entered before.
        pub kept: &'static str,
        pub show: &'static str,
        pub hide: &'static str,
        pub show_password: &'static str,
        pub strength: StrengthTexts,
    }

    /// Texts of the CAPTCHA in a form.
    pub struct CaptchaTexts {
        pub label: &'static str,
        /// Status while the browser solves the challenge before the user checks the box.
        pub preparing: &'static str,
        pub working: &'static str,
        pub done: &'static str,
        pub failed: &'static str,
        /// Label of the button that repeats a failed CAPTCHA.
        pub retry: &'static str,
        pub needs_script: &'static str,
        /// Reason for a disabled submit button: the box is not checked.
        pub check_the_box: &'static str,
        /// Reason for a disabled submit button: the widget of a CAPTCHA service is unsolved.
        pub complete_check: &'static str,
    }

    /// Texts of the sign-in form.
    pub struct SignInTexts {
        pub title: &'static str,
        pub new_here: &'static str,
        /// Label of the link to the page for a forgotten password.
        pub forgot: &'static str,
        /// Label of the link to the page for a lost phone.
        pub lost_phone: &'static str,
        /// Sentence with a placeholder for the username of the account that is signing in.
        pub signing_in_as: PlaceholderText,
    }

    /// Texts of the dialog in which the user chooses a verification method.
    pub struct MethodTexts {
        pub title: &'static str,
        pub legend: &'static str,
        pub sms: &'static str,
        pub totp: &'static str,
        pub recovery: &'static str,
        pub totp_detail: &'static str,
        pub recovery_detail: &'static str,
        pub not_enrolled: &'static str,
        /// Explanation of the button [`Actions::send_otp`].
        pub otp_hint: &'static str,
    }

    /// Texts of the form that accepts a one-time code.
    pub struct CodeEntryTexts {
        /// Hint that the last digit submits the code.
        pub submits_itself: &'static str,
        pub sent_to: PlaceholderText,
        pub called_at: PlaceholderText,
        /// Countdown with a placeholder for the remaining time, for example "4:32".
        pub expires_in: PlaceholderText,
        /// Countdown beside "Resend", with a placeholder for the time until another code can be requested, for example
        /// "0:24".
        pub resend_in: PlaceholderText,
        /// Countdown with a placeholder for the minutes until another code can be requested, at least two.
        pub resend_in_minutes: PlaceholderText,
        /// What follows the placeholder of `resend_in_minutes` if it is for hours, at least two.
        pub resend_in_hours_after: &'static str,
        /// Question before the actions for a message that does not arrive.
        pub not_arrived: &'static str,
        /// Countdown with a placeholder for the time until the code is sent, for example "0:24". Screen readers get
        /// "24 s".
        pub sent_in: PlaceholderText,
        pub minute_left: &'static str,
        pub half_minute_left: &'static str,
        pub expired: &'static str,
        /// The error beside a code that has expired.
        pub error_expired: &'static str,
        pub delivered: &'static str,
        pub undelivered: &'static str,
        /// Error for an inserted text without exactly one code. The placeholder is the number of digits of a code.
        pub unclear: PlaceholderText,
    }

    /// Texts of the dialog that sets up a phone as second factor.
    pub struct SetUpTexts {
        pub title: &'static str,
        /// Sentence with a placeholder for the masked phone number of the account.
        pub stored_phone: PlaceholderText,
        pub no_stored_phone: &'static str,
        /// Reason why a code is sent to the stored phone number before the new one.
        pub why_stored_phone: &'static str,
        pub old_confirmed: PlaceholderText,
    }

    /// Texts of a dialog that asks before an irreversible action.
    pub struct QuestionTexts {
        pub title: &'static str,
        pub text: &'static str,
    }

    /// Texts of the islands on the page for recovery codes.
    pub struct RecoveryCodeTexts {
        pub replace_title: &'static str,
        pub copied: &'static str,
        pub not_copied: &'static str,
    }
}

impl PlaceholderText {
    /// Returns the text with `placeholder_value` in place of the placeholder.
    pub fn fill_placeholder(&self, placeholder_value: impl Display) -> String {
        [self.before, &placeholder_value.to_string(), self.after].concat()
    }
}

impl CodeEntryTexts {
    /// Formats the time until another code can be requested: in minutes, or in hours if it is longer than 90 minutes.
    pub fn format_long_wait_for_resend(&self, secs: u64) -> String {
        const HOUR: u64 = 60 * 60;
        let minutes = &self.resend_in_minutes;
        if secs <= HOUR * 3 / 2 {
            return minutes.fill_placeholder(secs.div_ceil(60));
        }
        let hours = PlaceholderText {
            before: minutes.before,
            after: self.resend_in_hours_after,
        };
        hours.fill_placeholder(secs.div_ceil(HOUR))
    }
}

impl IslandTexts {
    /// Returns only the texts that the islands of the sign-in page show.
    ///
    /// All other texts are empty, so that a first visit loads fewer bytes.
    #[must_use]
    pub fn texts_of_sign_in_page(&self) -> Self {
        let empty = Self::fill_all_fields_from_next_texts(&mut [].iter());
        Self {
            labels: Labels {
                password: self.labels.password,
                identifier: self.labels.identifier,
                number_ending: self.labels.number_ending,
                fill_in_fields: self.labels.fill_in_fields,
                ..empty.labels
            },
            actions: Actions {
                submit: self.actions.submit,
                go_on: self.actions.go_on,
                send_otp: self.actions.send_otp,
                call: self.actions.call,
                cancel: self.actions.cancel,
                create_account: self.actions.create_account,
                ..empty.actions
            },
            password: PasswordTexts {
                show: self.password.show,
                hide: self.password.hide,
                show_password: self.password.show_password,
                ..empty.password
            },
            captcha: self.captcha,
            sign_in: self.sign_in,
            methods: self.methods,
            code: CodeEntryTexts {
                sent_in: self.code.sent_in,
                ..empty.code
            },
            failed_calls: self.failed_calls,
            ..empty
        }
    }
}

impl StrengthTexts {
    /// Returns the name of a password strength.
    pub const fn name_of_password_strength(&self, strength: Strength) -> &'static str {
        match strength {
            Strength::TooShort => self.too_short,
            Strength::Weak => self.weak,
            Strength::Fair => self.fair,
            Strength::Good => self.good,
            Strength::Strong => self.strong,
        }
    }
}

impl MethodTexts {
    /// Returns the displayed name of a verification method.
    pub const fn name_of_method(&self, method: Method) -> &'static str {
        match method {
            Method::Sms => self.sms,
            Method::Totp => self.totp,
            Method::Recovery => self.recovery,
        }
    }
}

#[cfg(test)]
#[path = "islands_tests.rs"]
mod tests;
