//! Gallery of the registration.

use leptos::prelude::*;

use super::entry::{SampleCaptcha, Section, page_entry};
use super::samples::{
    EMAIL, USERNAME, sample_choice_of_one_country, sample_code_step_with_sent_message,
    sample_country_choice, sample_phone_hint, sample_phone_number,
};
use crate::security::phone_rules::format_phone_number_in_groups;
use crate::web::pages::components::render_code_form;
use crate::web::pages::country_list::CountryChoice;
use crate::web::pages::ended::render_ended_flow_view;
use crate::web::pages::register;
use domain::routes::{REGISTER, REGISTER_CREDENTIALS, REGISTER_VERIFY};
use domain::{Field, FormErrors, Problem, Purpose};

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
                    format_phone_number_in_groups(&sample_phone_number()),
                    &errors,
                )
            },
        ),
        page_entry(
            "register-send",
            "before the first code",
            REGISTER_VERIFY,
            |_| {
                let number = Some(format_phone_number_in_groups(&sample_phone_number()));
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
            let step = sample_code_step_with_sent_message(Purpose::Registration, |_| ());
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

/// Renders the page `/register/credentials` with sample data and the country list `choice`.
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
