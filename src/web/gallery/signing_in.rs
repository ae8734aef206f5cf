//! Gallery of the sign-in form and its dialogs.

use leptos::prelude::*;

use super::entry::{SampleCaptcha, Section, page_entry};
use super::samples::{
    USERNAME, sample_code_entry, sample_country_choice, sample_erasure_time, sample_factor_methods,
    sample_phone_hint, second_sample_phone_hint,
};
use crate::http::site::CAPTCHA_SCRIPT;
use crate::web::islands::SetUpStep;
use crate::web::pages::captcha::render_captcha_service_script;
use crate::web::pages::login::{SignInContent, render_sign_in_view};
use crate::web::pages::notice::render_flash_message;
use crate::web::pages::sign_in_dialog::Overlay;
use domain::routes::LOGIN;
use domain::{CalendarDay, Field, FlashMessage, FormErrors, Problem, Purpose};

pub const SIGN_IN: Section = Section {
    title: "Sign-in",
    signed_in: false,
    entries: &[
        page_entry("sign-in", "empty", LOGIN, |captcha| {
            render_sample_sign_in_page(captcha, Overlay::None, FormErrors::default())
        }),
        page_entry("sign-in-without-captcha", "without CAPTCHA", LOGIN, |_| {
            render_sign_in_view(SignInContent::default(), None).into_any()
        }),
        page_entry(
            "sign-in-wrong-password",
            "wrong password",
            LOGIN,
            |captcha| {
                render_sample_sign_in_page(
                    captcha,
                    Overlay::None,
                    FormErrors::for_form(Problem::Credentials),
                )
            },
        ),
        page_entry(
            "sign-in-captcha-failed",
            "CAPTCHA failed",
            LOGIN,
            |captcha| {
                let errors = FormErrors::for_field(Field::Captcha, Problem::CaptchaFailed);
                render_sample_sign_in_page(captcha, Overlay::None, errors)
            },
        ),
        page_entry(
            "sign-in-captcha-service",
            "CAPTCHA service unavailable",
            LOGIN,
            |_| {
                let captcha = sample_unavailable_captcha_service();
                render_sample_sign_in_page(captcha, Overlay::None, FormErrors::default())
            },
        ),
        page_entry(
            "sign-in-overloaded",
            "server overloaded",
            LOGIN,
            |captcha| {
                let errors = FormErrors::for_form(Problem::Overloaded { secs: 5 });
                render_sample_sign_in_page(captcha, Overlay::None, errors)
            },
        ),
        page_entry("sign-in-held", "second factor held", LOGIN, |captcha| {
            let held = Problem::FactorHeld { secs: 3_600 };
            let overlay = Overlay::Ended(Purpose::SignIn, held);
            render_sample_sign_in_page(captcha, overlay, FormErrors::default())
        }),
        page_entry("sign-in-signed-out", "signed out", LOGIN, |captcha| {
            render_sample_sign_in_page_with_message(FlashMessage::SignedOut, captcha)
        }),
        page_entry("sign-in-session-ended", "session ended", LOGIN, |captcha| {
            render_sample_sign_in_page_with_message(FlashMessage::SignInNeeded, captcha)
        }),
        page_entry(
            "sign-in-answer-lost",
            "answer to the right code lost",
            LOGIN,
            |captcha| {
                render_sample_sign_in_page_with_message(FlashMessage::SignInAnswerLost, captcha)
            },
        ),
        page_entry(
            "sign-in-phone-changed",
            "answer to a change of the number lost",
            LOGIN,
            |captcha| {
                let message = FlashMessage::PhoneChangeAnswerLost;
                render_sample_sign_in_page_with_message(message, captcha)
            },
        ),
        page_entry(
            "sign-in-registered",
            "after a registration",
            LOGIN,
            |captcha| render_sample_sign_in_page_with_message(FlashMessage::Registered, captcha),
        ),
        page_entry(
            "sign-in-not-registered",
            "after a registration without an account",
            LOGIN,
            |captcha| render_sample_sign_in_page_with_message(FlashMessage::UsernameTaken, captcha),
        ),
        page_entry(
            "sign-in-new-password",
            "after a password reset",
            LOGIN,
            |captcha| render_sample_sign_in_page_with_message(FlashMessage::PasswordReset, captcha),
        ),
        page_entry(
            "sign-in-deletion-requested",
            "after a request to delete the account",
            LOGIN,
            |captcha| {
                let on = CalendarDay::from_timestamp(sample_erasure_time());
                render_sample_sign_in_page_with_message(
                    FlashMessage::DeletionRequested { on },
                    captcha,
                )
            },
        ),
        page_entry(
            "sign-in-recovery-opened",
            "after a recovery was opened",
            LOGIN,
            |captcha| {
                render_sample_sign_in_page_with_message(FlashMessage::RecoveryOpened, captcha)
            },
        ),
    ],
};

pub const DIALOGS: Section = Section {
    title: "Dialogs of the sign-in",
    signed_in: false,
    entries: &[
        page_entry("method-dialog", "all methods", LOGIN, |captcha| {
            render_sample_sign_in_page(captcha, sample_method_dialog(true), FormErrors::default())
        }),
        page_entry("method-dialog-sms", "text message only", LOGIN, |captcha| {
            render_sample_sign_in_page(captcha, sample_method_dialog(false), FormErrors::default())
        }),
        page_entry(
            "method-dialog-not-sent",
            "message not sent",
            LOGIN,
            |captcha| {
                let errors = FormErrors::for_form(Problem::CouldNotSend);
                render_sample_sign_in_page(captcha, sample_method_dialog(true), errors)
            },
        ),
        page_entry(
            "method-dialog-limit",
            "hourly limit of messages",
            LOGIN,
            |captcha| {
                let errors = FormErrors::for_form(Problem::ResendWait { secs: 2_400 });
                render_sample_sign_in_page(captcha, sample_method_dialog(true), errors)
            },
        ),
        page_entry("set-up", "set-up, number on file", LOGIN, |captcha| {
            let step = SetUpStep::EnterNumber {
                stored_phone: Some(sample_phone_hint()),
            };
            render_sample_set_up_dialog(captcha, step, false, FormErrors::default())
        }),
        page_entry(
            "set-up-no-number",
            "set-up, no number on file",
            LOGIN,
            |captcha| {
                let step = SetUpStep::EnterNumber { stored_phone: None };
                render_sample_set_up_dialog(captcha, step, false, FormErrors::default())
            },
        ),
        page_entry(
            "set-up-invalid-number",
            "set-up, invalid number",
            LOGIN,
            |captcha| {
                let step = SetUpStep::EnterNumber {
                    stored_phone: Some(sample_phone_hint()),
                };
                let errors = FormErrors::for_field(Field::Phone, Problem::PhoneInvalid);
                render_sample_set_up_dialog(captcha, step, false, errors)
            },
        ),
        page_entry(
            "set-up-old-number",
            "set-up, code for the number on file",
            LOGIN,
            |captcha| {
                let step = SetUpStep::EnterCode(sample_code_entry(Purpose::SetUp));
                render_sample_set_up_dialog(captcha, step, true, FormErrors::default())
            },
        ),
        page_entry(
            "set-up-send",
            "set-up, before the code for the new number",
            LOGIN,
            |captcha| {
                render_sample_set_up_dialog(
                    captcha,
                    SetUpStep::SendCode(second_sample_phone_hint()),
                    false,
                    FormErrors::default(),
                )
            },
        ),
        page_entry(
            "set-up-lost-phone",
            "set-up, after a lost phone",
            LOGIN,
            |captcha| {
                let overlay = Overlay::SetUp {
                    step: SetUpStep::EnterNumber {
                        stored_phone: Some(sample_phone_hint()),
                    },
                    confirms_stored_number: false,
                    needs_stored_number: false,
                    replaces_lost_phone: true,
                    username: Some(USERNAME.to_owned()),
                };
                render_sample_sign_in_page(captcha, overlay, FormErrors::default())
            },
        ),
        page_entry("set-up-code", "set-up, code", LOGIN, |captcha| {
            let step = SetUpStep::EnterCode(sample_code_entry(Purpose::SetUp));
            render_sample_set_up_dialog(captcha, step, false, FormErrors::default())
        }),
    ],
};

/// Returns the challenge and the script of a CAPTCHA service that is unavailable. The widget has no valid address.
fn sample_unavailable_captcha_service() -> SampleCaptcha {
    let challenge = r#"{"vendor":"turnstile","site_key":"sample","script":"","action":"sign-in"}"#;
    let script = render_captcha_service_script(CAPTCHA_SCRIPT.to_owned());
    SampleCaptcha {
        challenge: Some(challenge.to_owned()),
        scripts: Some(script.into_any()),
    }
}

/// Returns the dialog for the choice of method with sample data.
///
/// `has_app_and_recovery_codes` says whether the account has an authenticator app and recovery codes besides its phone.
fn sample_method_dialog(has_app_and_recovery_codes: bool) -> Overlay {
    Overlay::Methods {
        methods: sample_factor_methods(has_app_and_recovery_codes),
        wait: FormErrors::default(),
        username: Some(USERNAME.to_owned()),
    }
}

/// Renders the page `/login` with sample data. `overlay` is the dialog or error that covers the sign-in form.
fn render_sample_sign_in_page(
    captcha: SampleCaptcha,
    overlay: Overlay,
    errors: FormErrors,
) -> AnyView {
    let content = SignInContent {
        identifier: overlay.username().unwrap_or_default().to_owned(),
        choice: sample_country_choice("US"),
        challenge: captcha.challenge,
        lost_phone: true,
        overlay,
        errors,
        ..SignInContent::default()
    };
    render_sign_in_view(content, captcha.scripts).into_any()
}

/// Renders the page `/login` with sample data below a success message.
fn render_sample_sign_in_page_with_message(
    message: FlashMessage,
    captcha: SampleCaptcha,
) -> AnyView {
    view! {
        {render_flash_message(message)}
        {render_sample_sign_in_page(captcha, Overlay::None, FormErrors::default())}
    }
    .into_any()
}

/// Renders the page `/login` with sample data and the dialog that sets up a second factor.
fn render_sample_set_up_dialog(
    captcha: SampleCaptcha,
    step: SetUpStep,
    confirms_stored_number: bool,
    errors: FormErrors,
) -> AnyView {
    let overlay = Overlay::SetUp {
        step,
        confirms_stored_number,
        // A number that is not verified needs no code.
        needs_stored_number: confirms_stored_number,
        replaces_lost_phone: false,
        username: Some(USERNAME.to_owned()),
    };
    render_sample_sign_in_page(captcha, overlay, errors)
}
