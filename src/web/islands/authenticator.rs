use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_field::{CodeField, CodeFieldState};
use super::dom;
use super::form::{self, FormState, PostForm, SubmitButton};
use super::modal::ConfirmationDialog;
use super::texts::texts;
use crate::web::server_fns;
use domain::routes;
use domain::{CodeLength, Field, FormErrors, Problem};

/// The length of an authenticator app's codes. The QR code asks the app for it (RFC 6238).
const LENGTH: CodeLength = CodeLength::SIX;

/// Takes the first code of a new authenticator app. The secret is part of the page and never a
/// prop of this island (docs/security.md#totp-06).
#[island]
pub fn ConfirmAuthenticatorForm(errors: FormErrors) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(errors, true));
    let code = CodeFieldState::new(LENGTH);
    let on_errors = move |errors: &FormErrors| {
        if matches!(errors.about(Field::Form), Some(Problem::StepUpNeeded)) {
            // The page then asks for the step-up.
            dom::go_to(routes::PROFILE_AUTHENTICATOR);
        }
        code.select_all();
    };
    let confirm = move || {
        if let Some(code) = code.read() {
            let call = server_fns::authenticator::confirm_authenticator(code);
            form.call(call, form::go_to_step, on_errors);
        }
    };
    view! {
        <PostForm
            form
            action=server_fns::authenticator::ConfirmAuthenticator::PATH
            on_submit=move |_| confirm()
        >
            <CodeField
                state=code
                error=move || form.error_text(Field::Code)
                disabled=false
                on_complete=confirm
            />
            <SubmitButton form label=texts.actions.confirm ready=true />
        </PostForm>
    }
}

/// The dialog "Remove your authenticator app?".
#[island]
pub fn RemoveAuthenticatorDialog() -> impl IntoView {
    let texts = texts();
    let question = &texts.remove_authenticator;
    view! {
        <ConfirmationDialog
            title=question.title
            text=question.text.to_owned()
            back=routes::PROFILE_AUTHENTICATOR
        >
            <form class="stack" method="post" action=server_fns::authenticator::RemoveAuthenticator::PATH>
                <button type="submit" class="primary">{texts.actions.remove}</button>
            </form>
        </ConfirmationDialog>
    }
}
