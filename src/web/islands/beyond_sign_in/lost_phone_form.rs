use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::captcha_form::CaptchaForm;
use crate::web::islands::captcha::CaptchaState;
use crate::web::islands::field::{IdentifierField, TextField};
use crate::web::islands::form::FormState;
use crate::web::islands::texts::texts;
use crate::web::server_fns;
use domain::{Field, Purpose, ShownErrors};

/// Form that accepts username and password, and sends the mail that starts the recovery after a lost phone.
#[island]
pub fn LostPhoneForm(
    identifier: String,
    /// The CAPTCHA challenge of a sign-in; `None` if no CAPTCHA is needed.
    challenge: Option<String>,
    errors: ShownErrors,
) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(errors, challenge.is_none()));
    let captcha = CaptchaState::new(Purpose::SignIn, challenge);
    view! {
        <CaptchaForm form captcha action=server_fns::lost_phone::BeginRecovery::PATH label=texts.actions.send_mail>
            <IdentifierField form value=identifier />
            <TextField
                form
                field=Field::Password
                name="password"
                label=texts.labels.password
                kind="password"
                autocomplete="current-password"
                maxlength=1024
            />
        </CaptchaForm>
    }
}
