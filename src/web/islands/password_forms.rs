//! The forms for a new password: the request for a link, the page of the link, and the change on the profile.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::captcha::{CaptchaBox, CaptchaState};
use super::credentials_form::NewPassword;
use super::dom::{self, FormValues};
use super::field::{IdentifierField, TextField};
use super::form::{self, FormState, PostForm, SubmitButton};
use super::texts::texts;
use crate::web::server_fns;
use domain::routes;
use domain::{Field, FormErrors, Problem, Purpose};

/// Takes username or e-mail address, and sends a link.
#[island]
pub fn ForgotPasswordForm(
    identifier: String,
    /// The CAPTCHA challenge; `None` if no CAPTCHA is needed.
    challenge: Option<String>,
    errors: FormErrors,
) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(errors, challenge.is_none()));
    let captcha = CaptchaState::new(Purpose::PasswordReset, challenge);
    let ready = Signal::derive(move || form.filled.get() && captcha.passed());
    let on_submit = move |values: FormValues| {
        let identifier = values.text("identifier");
        let call = captcha.submit(move |solution| {
            server_fns::password::request_reset_link(identifier.clone(), solution)
        });
        form.call(call, form::go_to_step, |_| ());
    };
    view! {
        <PostForm
            form
            action=server_fns::password::RequestResetLink::PATH
            on_submit
            on:focusin=move |_| captcha.start_solving()
        >
            <IdentifierField form value=identifier />
            <CaptchaBox form captcha />
            <SubmitButton form label=texts.actions.send_link ready />
        </PostForm>
    }
}

/// Takes the new password on the page of the link. `token` is the secret of the link.
#[island]
pub fn ResetPasswordForm(token: String, errors: FormErrors) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(errors, true));
    let sent = token.clone();
    view! {
        <PostForm
            form
            action=server_fns::password::ResetPassword::PATH
            hidden_input=("token", token)
            on_submit=move |values| {
                form.submit(server_fns::password::reset_password(sent.clone(), values.text("password")));
            }
        >
            <NewPassword form label=texts.labels.new_password />
            <SubmitButton form label=texts.actions.go_on ready=form.filled />
        </PostForm>
    }
}

/// Takes the current and the new password of a signed-in user.
#[island]
pub fn ChangePasswordForm(username: String, errors: FormErrors) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(errors, true));
    let on_errors = |errors: &FormErrors| {
        // The page asks for the step-up that is needed.
        if matches!(errors.about(Field::Form), Some(Problem::StepUpNeeded)) {
            dom::go_to(routes::PROFILE_PASSWORD);
        }
    };
    let on_submit = move |values: FormValues| {
        let (current, new) = (values.text("current_password"), values.text("password"));
        let call = server_fns::password::change_password(current, new);
        form.call(call, form::go_to_step, on_errors);
    };
    view! {
        <PostForm form action=server_fns::password::ChangePassword::PATH on_submit>
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
            <NewPassword form label=texts.labels.new_password />
            <SubmitButton form label=texts.actions.save_password ready=form.filled />
        </PostForm>
    }
}
