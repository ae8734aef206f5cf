//! Gallery of the sign-in form, its dialogs, and the registration.

use leptos::prelude::*;

use super::entry::{SampleCaptcha, Section, page_entry};
use super::samples::{
    EMAIL, USERNAME, sample_choice_of_one_country, sample_code_entry,
    sample_code_step_with_changed_message, sample_country_choice, sample_factor_methods,
    sample_phone_hint, sample_phone_number, second_sample_phone_hint,
};
use crate::web::islands::SetUpStep;
use crate::web::pages::components::render_code_form;
use crate::web::pages::country_list::CountryChoice;
use crate::web::pages::ended::render_ended_flow_view;
use crate::web::pages::login::{Overlay, SignInContent, render_sign_in_view};
use crate::web::pages::page_context::render_success_notice;
use crate::web::pages::register;
use domain::routes::{LOGIN, REGISTER, REGISTER_CREDENTIALS, REGISTER_VERIFY};
use domain::{Field, FlashMessage, FormErrors, Problem, Purpose};

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
            "sign-in-overloaded",
            "server overloaded",
            LOGIN,
            |captcha| {
                let errors = FormErrors::for_form(Problem::Overloaded { secs: 5 });
                render_sample_sign_in_page(captcha, Overlay::None, errors)
            },
        ),
        page_entry("sign-in-held", "account held", LOGIN, |captcha| {
            let held = Problem::FactorHeld { secs: 3_600 };
            let overlay = Overlay::Ended(Purpose::SignIn, held);
            render_sample_sign_in_page(captcha, overlay, FormErrors::default())
        }),
        page_entry("sign-in-signed-out", "signed out", LOGIN, |captcha| {
            render_sample_sign_in_page_after(FlashMessage::SignedOut, captcha)
        }),
        page_entry("sign-in-session-ended", "session ended", LOGIN, |captcha| {
            render_sample_sign_in_page_after(FlashMessage::SignInNeeded, captcha)
        }),
        page_entry(
            "sign-in-registered",
            "after a registration",
            LOGIN,
            |captcha| render_sample_sign_in_page_after(FlashMessage::Registered, captcha),
        ),
        page_entry(
            "sign-in-new-password",
            "after a password reset",
            LOGIN,
            |captcha| render_sample_sign_in_page_after(FlashMessage::PasswordReset, captcha),
        ),
        page_entry(
            "sign-in-deletion-requested",
            "after a request to delete the account",
            LOGIN,
            |captcha| render_sample_sign_in_page_after(FlashMessage::DeletionRequested, captcha),
        ),
        page_entry(
            "sign-in-recovery-opened",
            "after a recovery was opened",
            LOGIN,
            |captcha| render_sample_sign_in_page_after(FlashMessage::RecoveryOpened, captcha),
        ),
    ],
};

pub const DIALOGS: Section = Section {
    title: "Dialogs of the sign-in",
    signed_in: false,
    entries: &[
        page_entry("method-dialog", "all methods", LOGIN, |captcha| {
            render_sample_sign_in_page(
                captcha,
                Overlay::Methods(sample_factor_methods(true)),
                FormErrors::default(),
            )
        }),
        page_entry("method-dialog-sms", "text message only", LOGIN, |captcha| {
            render_sample_sign_in_page(
                captcha,
                Overlay::Methods(sample_factor_methods(false)),
                FormErrors::default(),
            )
        }),
        page_entry(
            "method-dialog-not-sent",
            "message not sent",
            LOGIN,
            |captcha| {
                let errors = FormErrors::for_form(Problem::CouldNotSend);
                render_sample_sign_in_page(
                    captcha,
                    Overlay::Methods(sample_factor_methods(true)),
                    errors,
                )
            },
        ),
        page_entry(
            "method-dialog-limit",
            "hourly limit of messages",
            LOGIN,
            |captcha| {
                let errors = FormErrors::for_form(Problem::ResendWait { secs: 2_400 });
                render_sample_sign_in_page(
                    captcha,
                    Overlay::Methods(sample_factor_methods(true)),
                    errors,
                )
            },
        ),
        page_entry("set-up", "set-up, number on file", LOGIN, |captcha| {
            let step = SetUpStep::EnterNumber {
                on_file: Some(sample_phone_hint()),
            };
            render_sample_set_up_dialog(captcha, step, false, FormErrors::default())
        }),
        page_entry(
            "set-up-no-number",
            "set-up, no number on file",
            LOGIN,
            |captcha| {
                let step = SetUpStep::EnterNumber { on_file: None };
                render_sample_set_up_dialog(captcha, step, false, FormErrors::default())
            },
        ),
        page_entry(
            "set-up-invalid-number",
            "set-up, invalid number",
            LOGIN,
            |captcha| {
                let step = SetUpStep::EnterNumber {
                    on_file: Some(sample_phone_hint()),
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
        page_entry("set-up-code", "set-up, code", LOGIN, |captcha| {
            let step = SetUpStep::EnterCode(sample_code_entry(Purpose::SetUp));
            render_sample_set_up_dialog(captcha, step, false, FormErrors::default())
        }),
    ],
};

pub const REGISTRATION: Section = Section {
    title: "Registration",
    signed_in: false,
    entries: &[
        page_entry("register", "details", REGISTER, |captcha| {
            render_sample_details_page(captcha, Default::default(), &FormErrors::default())
        }),
        page_entry(
            "register-errors",
            "details with an error",
            REGISTER,
            |captcha| {
                let errors = FormErrors::for_field(Field::Username, Problem::UsernameTaken);
                let names = ["Sample User", USERNAME, EMAIL].map(ToOwned::to_owned);
                render_sample_details_page(captcha, names, &errors)
            },
        ),
        page_entry(
            "register-credentials",
            "credentials",
            REGISTER_CREDENTIALS,
            |_| render_sample_credentials_page(false, String::new(), &FormErrors::default()),
        ),
        page_entry(
            "register-one-country",
            "credentials, one allowed country",
            REGISTER_CREDENTIALS,
            |_| {
                let phone = "(415) 555-0132".to_owned();
                render_sample_credentials_page_with_countries(
                    sample_choice_of_one_country(),
                    false,
                    phone,
                    &FormErrors::default(),
                )
            },
        ),
        page_entry(
            "register-country-chosen",
            "credentials, another country",
            REGISTER_CREDENTIALS,
            |_| {
                let phone = "01512 345".to_owned();
                let errors = FormErrors::for_field(Field::Phone, Problem::PhoneInvalid);
                render_sample_credentials_page_with_countries(
                    sample_country_choice("DE"),
                    true,
                    phone,
                    &errors,
                )
            },
        ),
        page_entry(
            "register-password-kept",
            "credentials, password kept",
            REGISTER_CREDENTIALS,
            |_| {
                let errors = FormErrors::for_field(Field::Phone, Problem::PhoneInvalid);
                render_sample_credentials_page(true, "+1 415".to_owned(), &errors)
            },
        ),
        page_entry(
            "register-common-password",
            "credentials, common password",
            REGISTER_CREDENTIALS,
            |_| {
                let errors = FormErrors::for_field(Field::Password, Problem::PasswordCommon);
                render_sample_credentials_page(
                    false,
                    sample_phone_number().as_e164().to_owned(),
                    &errors,
                )
            },
        ),
        page_entry(
            "register-send",
            "before the first code",
            REGISTER_VERIFY,
            |_| {
                let number = Some(sample_phone_number().as_e164().to_owned());
                render_sample_send_code_page(number, &FormErrors::default())
            },
        ),
        page_entry(
            "register-send-again",
            "before another code",
            REGISTER_VERIFY,
            |_| render_sample_send_code_page(None, &FormErrors::for_form(Problem::CouldNotSend)),
        ),
        page_entry("register-code", "code", REGISTER_VERIFY, |_| {
            let step = sample_code_step_with_changed_message(Purpose::Registration, |_| ());
            register::render_registration_verify_view(render_code_form(
                step,
                &FormErrors::default(),
            ))
            .into_any()
        }),
        page_entry(
            "register-ended",
            "too many wrong codes",
            REGISTER_VERIFY,
            |_| render_ended_flow_view(&Problem::AttemptsUsedUp, Purpose::Registration).into_any(),
        ),
    ],
};

/// Renders the page `/login` with sample data. `overlay` is the dialog or error that covers the sign-in form.
fn render_sample_sign_in_page(
    captcha: SampleCaptcha,
    overlay: Overlay,
    errors: FormErrors,
) -> AnyView {
    let content = SignInContent {
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
fn render_sample_sign_in_page_after(message: FlashMessage, captcha: SampleCaptcha) -> AnyView {
    view! {
        {render_success_notice(message)}
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
        username: Some(USERNAME.to_owned()),
    };
    render_sample_sign_in_page(captcha, overlay, errors)
}

/// Renders the page `/register` with sample data. `details` are full name, username and e-mail address.
fn render_sample_details_page(
    captcha: SampleCaptcha,
    details: [String; 3],
    errors: &FormErrors,
) -> AnyView {
    register::render_registration_details_view(details, captcha.challenge, captcha.scripts, errors)
        .into_any()
}

/// Renders the page `/register/credentials` with sample data.
fn render_sample_credentials_page(
    password_kept: bool,
    phone: String,
    errors: &FormErrors,
) -> AnyView {
    render_sample_credentials_page_with_countries(
        sample_country_choice("US"),
        password_kept,
        phone,
        errors,
    )
}

/// Renders the page `/register/credentials` with sample data and this country list.
fn render_sample_credentials_page_with_countries(
    choice: CountryChoice,
    password_kept: bool,
    phone: String,
    errors: &FormErrors,
) -> AnyView {
    let username = USERNAME.to_owned();
    register::render_registration_credentials_view(username, password_kept, phone, choice, errors)
        .into_any()
}

/// Renders the page `/register/verify` with sample data, before a code was sent.
fn render_sample_send_code_page(number: Option<String>, errors: &FormErrors) -> AnyView {
    register::render_registration_verify_view(register::render_send_code_view(
        sample_phone_hint(),
        number,
        errors,
    ))
    .into_any()
}
