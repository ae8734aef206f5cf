use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::web::islands::captcha::{CaptchaBox, CaptchaState};
use crate::web::islands::field::{IdentifierField, TextField};
use crate::web::islands::form::{FormState, PostForm, SubmitButton, go_to_page_of_step};
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
    let ready =
        Signal::derive(move || form.filled.get() && captcha.is_captcha_solved_or_not_needed());
    let on_submit = move |call| {
        form.run_server_call(
            captcha.submit_with_captcha(call),
            go_to_page_of_step,
            |_| (),
        );
    };
    view! {
        <PostForm
            form
            action=server_fns::lost_phone::BeginRecovery::PATH
            on_submit
            on:focusin=move |_| captcha.start_proof_of_work()
        >
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
            <CaptchaBox form captcha />
            <SubmitButton
                form
                label=texts.actions.send_mail
                ready
                disabled_reason=captcha.submit_disabled_reason(form)
            />
        </PostForm>
    }
}
