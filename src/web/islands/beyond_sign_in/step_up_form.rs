use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::changed_fields::submit_form_without_outdated_errors;
use crate::web::islands::field::TextField;
use crate::web::islands::flow_id::FormAccountInput;
use crate::web::islands::form::{FormState, PostForm, SubmitButton};
use crate::web::islands::server_call::ServerCall;
use crate::web::islands::texts::texts;
use crate::web::server_fns;
use domain::{Field, ProtectedArea, ShownErrors};

/// Form that asks for the password again before a sensitive change (step-up).
#[island]
pub fn StepUpForm(area: ProtectedArea, username: String, errors: ShownErrors) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(errors, true));
    view! {
        <PostForm
            form
            action=server_fns::sign_in::StepUp::PATH
            hidden_input=("area", area.as_str().to_owned())
            on_submit=move |call: ServerCall| submit_form_without_outdated_errors(form, call)
        >
            <FormAccountInput />
            // Password managers read the username of the password from here.
            <input type="text" hidden autocomplete="username" value=username readonly />
            <TextField
                form
                field=Field::Password
                name="password"
                label=texts.labels.password
                kind="password"
                autocomplete="current-password"
                maxlength=1024
            />
            <SubmitButton
                form
                label=texts.actions.go_on
                ready=form.filled
                disabled_reason=form.disabled_reason_with_one_field()
            />
        </PostForm>
    }
}
