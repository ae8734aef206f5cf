use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::captcha_form::CaptchaForm;
use crate::web::islands::captcha::CaptchaState;
use crate::web::islands::field::TextField;
use crate::web::islands::form::FormState;
use crate::web::islands::texts::texts;
use crate::web::server_fns;
use domain::{Field, FullName, Purpose, ShownErrors, Username};

/// Form of the first registration step, which accepts full name, username and e-mail address.
#[island]
pub fn RegisterForm(
    full_name: String,
    username: String,
    email: String,
    /// The CAPTCHA challenge; `None` if no CAPTCHA is needed.
    challenge: Option<String>,
    errors: ShownErrors,
) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(errors, challenge.is_none()));
    let captcha = CaptchaState::new(Purpose::Registration, challenge);
    view! {
        <CaptchaForm form captcha action=server_fns::registration::BeginRegistration::PATH label=texts.actions.submit>
            <TextField
                form
                field=Field::FullName
                name="full_name"
                label=texts.labels.full_name
                autocomplete="name"
                autocapitalize="words"
                maxlength=FullName::MAX_PASTED
                value=full_name
            />
            <TextField
                form
                field=Field::Username
                name="username"
                label=texts.labels.username
                autocomplete="username"
                maxlength=Username::MAX_PASTED
                value=username
            />
            <TextField
                form
                field=Field::Email
                name="email"
                label=texts.labels.email
                kind="email"
                autocomplete="email"
                maxlength=1024
                value=email
            />
        </CaptchaForm>
    }
}
