use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::flow_action_form::FlowActionForm;
use super::number_form::PhoneNumberForm;
use crate::web::islands::flow_id::FlowIdInput;
use crate::web::islands::form::{FormState, PostForm, SubmitButton};
use crate::web::islands::texts::texts;
use crate::web::server_fns;
use domain::routes;
use domain::{Purpose, ShownErrors};

/// Form that accepts a new phone number and sends a code to it.
#[island]
pub fn NewPhoneForm(
    phone: String,
    errors: ShownErrors,
    /// The list of countries. The WASM is without the list.
    children: Children,
) -> impl IntoView {
    let texts = texts();
    view! {
        <PhoneNumberForm
            label=texts.labels.new_phone
            action=server_fns::phone::BeginChange::PATH
            phone
            errors
            children
        />
        <p class="actions">
            <a href=routes::PROFILE>{texts.actions.back_to_profile}</a>
        </p>
    }
}

/// Form with the buttons that save or discard a new phone number after its verification.
#[island]
pub fn ConfirmPhoneForm(errors: ShownErrors) -> impl IntoView {
    let (texts, form) = (&texts().actions, FormState::new(errors, true));
    view! {
        <PostForm form action=server_fns::phone::ConfirmChange::PATH>
            <FlowIdInput />
            <SubmitButton form label=texts.confirm ready=true />
        </PostForm>
        <FlowActionForm
            action=server_fns::verification::CancelFlow::PATH
            purpose=Purpose::PhoneChange
            label=texts.cancel
            class="actions"
        />
    }
}
