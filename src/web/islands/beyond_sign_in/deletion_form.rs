use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::changed_fields::submit_form_without_outdated_errors;
use crate::web::islands::field::TextField;
use crate::web::islands::flow_id::FormAccountInput;
use crate::web::islands::form::{FormState, PostForm, SubmitButton};
use crate::web::islands::server_call::ServerCall;
use crate::web::islands::texts::texts;
use crate::web::server_fns;
use domain::{Field, ShownErrors, Username};

/// Form that accepts the username as confirmation and requests the deletion of the account.
#[island]
pub fn DeleteAccountForm(errors: ShownErrors) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(errors, true));
    view! {
        <PostForm
            form
            action=server_fns::deletion::RequestDeletion::PATH
            on_submit=move |call: ServerCall| submit_form_without_outdated_errors(form, call)
        >
            <FormAccountInput />
            <TextField
                form
                field=Field::Username
                name="username"
                label=texts.labels.confirm_username
                kind="text"
                autocomplete="off"
                maxlength=Username::MAX_PASTED
            />
            <SubmitButton
                form
                label=texts.actions.request_deletion
                ready=form.filled
                disabled_reason=form.disabled_reason_with_one_field()
                class="primary danger"
            />
        </PostForm>
    }
}
