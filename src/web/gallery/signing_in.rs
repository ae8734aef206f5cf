//! Gallery of the sign-in form, its dialogs, and the registration.

use leptos::prelude::*;

use super::entry::{SampleCaptcha, Section, page};
use super::samples::{
    EMAIL, USERNAME, countries, hint, methods, number, one_country, other_hint, sent_code,
    sent_code_with,
};
use crate::web::islands::SetUpStep;
use crate::web::pages::components::code_card;
use crate::web::pages::country_list::CountryChoice;
use crate::web::pages::ended::ended_view;
use crate::web::pages::login::{Overlay, SignInContent, sign_in_view};
use crate::web::pages::page_context::success_notice;
use crate::web::pages::register;
use domain::routes::{LOGIN, REGISTER, REGISTER_CREDENTIALS, REGISTER_VERIFY};
use domain::{Field, FlashMessage, FormErrors, Problem, Purpose};

pub const SIGN_IN: Section = Section {
    title: "Sign-in",
    signed_in: false,
    entries: &[
        page("sign-in", "empty", LOGIN, |captcha| {
            sign_in(captcha, Overlay::None, FormErrors::default())
        }),
        page("sign-in-without-captcha", "without CAPTCHA", LOGIN, |_| {
            sign_in_view(SignInContent::default(), None).into_any()
        }),
        page(
            "sign-in-wrong-password",
            "wrong password",
            LOGIN,
            |captcha| {
                sign_in(
                    captcha,
                    Overlay::None,
                    FormErrors::for_form(Problem::Credentials),
                )
            },
        ),
        page(
            "sign-in-captcha-failed",
            "CAPTCHA failed",
            LOGIN,
            |captcha| {
                let errors = FormErrors::for_field(Field::Captcha, Problem::CaptchaFailed);
                sign_in(captcha, Overlay::None, errors)
            },
        ),
        page(
            "sign-in-overloaded",
            "server overloaded",
            LOGIN,
            |captcha| {
                let errors = FormErrors::for_form(Problem::Overloaded { secs: 5 });
                sign_in(captcha, Overlay::None, errors)
            },
        ),
        page("sign-in-held", "account held", LOGIN, |captcha| {
            let held = Problem::FactorHeld { secs: 3_600 };
            let overlay = Overlay::Ended(Purpose::SignIn, held);
            sign_in(captcha, overlay, FormErrors::default())
        }),
        page("sign-in-signed-out", "signed out", LOGIN, |captcha| {
            sign_in_after(FlashMessage::SignedOut, captcha)
        }),
        page("sign-in-session-ended", "session ended", LOGIN, |captcha| {
            sign_in_after(FlashMessage::SignInNeeded, captcha)
        }),
        page(
            "sign-in-registered",
            "after a registration",
            LOGIN,
            |captcha| sign_in_after(FlashMessage::Registered, captcha),
        ),
        page(
            "sign-in-new-password",
            "after a password reset",
            LOGIN,
            |captcha| sign_in_after(FlashMessage::PasswordReset, captcha),
        ),
        page(
            "sign-in-deletion-requested",
            "after a request to delete the account",
            LOGIN,
            |captcha| sign_in_after(FlashMessage::DeletionRequested, captcha),
        ),
        page(
            "sign-in-recovery-opened",
            "after a recovery was opened",
            LOGIN,
            |captcha| sign_in_after(FlashMessage::RecoveryOpened, captcha),
        ),
    ],
};

pub const DIALOGS: Section = Section {
    title: "Dialogs of the sign-in",
    signed_in: false,
    entries: &[
        page("method-dialog", "all methods", LOGIN, |captcha| {
            sign_in(
                captcha,
                Overlay::Methods(methods(true)),
                FormErrors::default(),
            )
        }),
        page("method-dialog-sms", "text message only", LOGIN, |captcha| {
            sign_in(
                captcha,
                Overlay::Methods(methods(false)),
                FormErrors::default(),
            )
        }),
        page(
            "method-dialog-not-sent",
            "message not sent",
            LOGIN,
            |captcha| {
                let errors = FormErrors::for_form(Problem::CouldNotSend);
                sign_in(captcha, Overlay::Methods(methods(true)), errors)
            },
        ),
        page(
            "method-dialog-limit",
            "hourly limit of messages",
            LOGIN,
            |captcha| {
                let errors = FormErrors::for_form(Problem::ResendWait { secs: 2_400 });
                sign_in(captcha, Overlay::Methods(methods(true)), errors)
            },
        ),
        page("set-up", "set-up, number on file", LOGIN, |captcha| {
            let step = SetUpStep::EnterNumber {
                on_file: Some(hint()),
            };
            set_up(captcha, step, false, FormErrors::default())
        }),
        page(
            "set-up-no-number",
            "set-up, no number on file",
            LOGIN,
            |captcha| {
                let step = SetUpStep::EnterNumber { on_file: None };
                set_up(captcha, step, false, FormErrors::default())
            },
        ),
        page(
            "set-up-invalid-number",
            "set-up, invalid number",
            LOGIN,
            |captcha| {
                let step = SetUpStep::EnterNumber {
                    on_file: Some(hint()),
                };
                let errors = FormErrors::for_field(Field::Phone, Problem::PhoneInvalid);
                set_up(captcha, step, false, errors)
            },
        ),
        page(
            "set-up-old-number",
            "set-up, code for the number on file",
            LOGIN,
            |captcha| {
                let step = SetUpStep::EnterCode(sent_code(Purpose::SetUp));
                set_up(captcha, step, true, FormErrors::default())
            },
        ),
        page(
            "set-up-send",
            "set-up, before the code for the new number",
            LOGIN,
            |captcha| {
                set_up(
                    captcha,
                    SetUpStep::SendCode(other_hint()),
                    false,
                    FormErrors::default(),
                )
            },
        ),
        page("set-up-code", "set-up, code", LOGIN, |captcha| {
            let step = SetUpStep::EnterCode(sent_code(Purpose::SetUp));
            set_up(captcha, step, false, FormErrors::default())
        }),
    ],
};

pub const REGISTRATION: Section = Section {
    title: "Registration",
    signed_in: false,
    entries: &[
        page("register", "details", REGISTER, |captcha| {
            details(captcha, Default::default(), &FormErrors::default())
        }),
        page(
            "register-errors",
            "details with an error",
            REGISTER,
            |captcha| {
                let errors = FormErrors::for_field(Field::Username, Problem::UsernameTaken);
                let names = ["Sample User", USERNAME, EMAIL].map(ToOwned::to_owned);
                details(captcha, names, &errors)
            },
        ),
        page(
            "register-credentials",
            "credentials",
            REGISTER_CREDENTIALS,
            |_| credentials(false, String::new(), &FormErrors::default()),
        ),
        page(
            "register-one-country",
            "credentials, one allowed country",
            REGISTER_CREDENTIALS,
            |_| {
                let phone = "(415) 555-0132".to_owned();
                credentials_with(one_country(), false, phone, &FormErrors::default())
            },
        ),
        page(
            "register-country-chosen",
            "credentials, another country",
            REGISTER_CREDENTIALS,
            |_| {
                let phone = "01512 345".to_owned();
                let errors = FormErrors::for_field(Field::Phone, Problem::PhoneInvalid);
                credentials_with(countries("DE"), true, phone, &errors)
            },
        ),
        page(
            "register-password-kept",
            "credentials, password kept",
            REGISTER_CREDENTIALS,
            |_| {
                let errors = FormErrors::for_field(Field::Phone, Problem::PhoneInvalid);
                credentials(true, "+1 415".to_owned(), &errors)
            },
        ),
        page(
            "register-common-password",
            "credentials, common password",
            REGISTER_CREDENTIALS,
            |_| {
                let errors = FormErrors::for_field(Field::Password, Problem::PasswordCommon);
                credentials(false, number().as_e164().to_owned(), &errors)
            },
        ),
        page(
            "register-send",
            "before the first code",
            REGISTER_VERIFY,
            |_| {
                let number = Some(number().as_e164().to_owned());
                send(number, &FormErrors::default())
            },
        ),
        page(
            "register-send-again",
            "before another code",
            REGISTER_VERIFY,
            |_| send(None, &FormErrors::for_form(Problem::CouldNotSend)),
        ),
        page("register-code", "code", REGISTER_VERIFY, |_| {
            let step = sent_code_with(Purpose::Registration, |_| ());
            register::verify_view(code_card(step, &FormErrors::default())).into_any()
        }),
        page(
            "register-ended",
            "too many wrong codes",
            REGISTER_VERIFY,
            |_| ended_view(&Problem::AttemptsUsedUp, Purpose::Registration).into_any(),
        ),
    ],
};

/// Renders the sample page `/login` with this overlay.
fn sign_in(captcha: SampleCaptcha, overlay: Overlay, errors: FormErrors) -> AnyView {
    let content = SignInContent {
        choice: countries("US"),
        challenge: captcha.challenge,
        lost_phone: true,
        overlay,
        errors,
        ..SignInContent::default()
    };
    sign_in_view(content, captcha.scripts).into_any()
}

/// Renders the sample page `/login` below a success message.
fn sign_in_after(message: FlashMessage, captcha: SampleCaptcha) -> AnyView {
    view! {
        {success_notice(message)}
        {sign_in(captcha, Overlay::None, FormErrors::default())}
    }
    .into_any()
}

/// Renders the sample page `/login` with the dialog that sets up a second factor.
fn set_up(
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
    sign_in(captcha, overlay, errors)
}

/// Renders the sample page `/register`. `names` are full name, username and e-mail address.
fn details(captcha: SampleCaptcha, names: [String; 3], errors: &FormErrors) -> AnyView {
    register::details_view(names, captcha.challenge, captcha.scripts, errors).into_any()
}

/// Renders the sample page `/register/credentials`.
fn credentials(password_kept: bool, phone: String, errors: &FormErrors) -> AnyView {
    credentials_with(countries("US"), password_kept, phone, errors)
}

fn credentials_with(
    choice: CountryChoice,
    password_kept: bool,
    phone: String,
    errors: &FormErrors,
) -> AnyView {
    let username = USERNAME.to_owned();
    register::credentials_view(username, password_kept, phone, choice, errors).into_any()
}

/// Renders the sample page `/register/verify` before a code was sent.
fn send(number: Option<String>, errors: &FormErrors) -> AnyView {
    register::verify_view(register::send_code_view(hint(), number, errors)).into_any()
}
