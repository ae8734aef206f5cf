use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_actions::{ExitActions, ends_flow};
use super::field::TextField;
use super::form::{FormState, PostForm, SubmitButton};
use super::texts::texts;
use crate::web::server_fns;
use domain::{Field, FormErrors, Purpose};

/// Takes a recovery code. The code has letters and digits, so the field is a text field.
#[island]
pub fn RecoveryEntryForm(purpose: Purpose, errors: FormErrors) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(errors, true));
    let over = Memo::new(move |_| ends_flow(&form.errors.read()));
    let ready = Signal::derive(move || form.filled.get() && !over.get());
    view! {
        <PostForm
            form
            action=server_fns::verification::CheckCode::PATH
            hidden_input=("purpose", purpose.as_str().to_owned())
            on_submit=move |values| {
                form.submit(server_fns::verification::check_code(purpose, values.text("code")));
            }
        >
            <TextField
                form
                field=Field::Code
                name="code"
                label=texts.labels.recovery_code
                hint=texts.labels.recovery_code_hint
                autocomplete="off"
                maxlength=128
            />
            <SubmitButton form label=texts.actions.validate ready />
        </PostForm>
        <ExitActions purpose over />
    }
}
