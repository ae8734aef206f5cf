//! Forms for a new password: request of a reset link, page of the link, and change in the settings.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::captcha_form::CaptchaForm;
use super::changed_fields::submit_form_without_outdated_errors;
use super::credentials_form::NewPasswordField;
use crate::web::islands::captcha::CaptchaState;
use crate::web::islands::field::{IdentifierField, TextField};
use crate::web::islands::flow_id::FormAccountInput;
use crate::web::islands::form::{FormState, PostForm, SubmitButton};
use crate::web::islands::server_call::ServerCall;
use crate::web::islands::texts::texts;
use crate::web::server_fns;
use domain::{Field, Purpose, ShownErrors};

/// Form that accepts a username or e-mail address, and sends a mail with a password reset link.
#[island]
pub fn ForgotPasswordForm(
    identifier: String,
    /// The CAPTCHA challenge; `None` if no CAPTCHA is needed.
    challenge: Option<String>,
    errors: ShownErrors,
) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(errors, challenge.is_none()));
    let captcha = CaptchaState::new(Purpose::PasswordReset, challenge);
    view! {
        <CaptchaForm form captcha action=server_fns::password::RequestResetLink::PATH label=texts.actions.send_link>
            <IdentifierField form value=identifier />
        </CaptchaForm>
    }
}

/// Form that accepts a new password on the page of a password reset link. `token` is the secret of the link.
#[island]
pub fn ResetPasswordForm(token: String, errors: ShownErrors) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(errors, true));
    view! {
        <PostForm
            form
            action=server_fns::password::ResetPassword::PATH
            hidden_input=("token", token)
            on_submit=move |call: ServerCall| submit_form_without_outdated_errors(form, call)
        >
            <NewPasswordField form label=texts.labels.new_password />
            <SubmitButton
                form
                label=texts.actions.go_on
                ready=form.filled
                disabled_reason=form.disabled_reason_with_one_field()
            />
        </PostForm>
    }
}

/// Form that changes the password of a signed-in user.
#[island]
pub fn ChangePasswordForm(username: String, errors: ShownErrors) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(errors, true));
    view! {
        <PostForm
            form
            action=server_fns::password::ChangePassword::PATH
            on_submit=move |call: ServerCall| submit_form_without_outdated_errors(form, call)
        >
            <FormAccountInput />
            // Password managers read the username of the password from here.
            <input type="text" hidden autocomplete="username" value=username readonly />
            <TextField
                form
                field=Field::CurrentPassword
                name="current_password"
                label=texts.labels.current_password
                kind="password"
                autocomplete="current-password"
                maxlength=1024
            />
            <NewPasswordField form label=texts.labels.new_password />
            <SubmitButton
                form
                label=texts.actions.save_password
                ready=form.filled
                disabled_reason=form.submit_disabled_reason()
            />
        </PostForm>
    }
}
