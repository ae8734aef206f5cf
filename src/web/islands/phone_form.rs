use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::form::{FlowActionForm, FormState, PostForm, SubmitButton};
use super::number_form::NumberForm;
use super::texts::texts;
use crate::web::server_fns;
use domain::routes;
use domain::{FormErrors, Purpose};

/// Takes the new phone number and sends a code to it.
#[island]
pub fn NewPhoneForm(phone: String, errors: FormErrors) -> impl IntoView {
    let texts = texts();
    view! {
        <NumberForm
            label=texts.labels.new_phone
            action=server_fns::phone::BeginChange::PATH
            page=routes::PROFILE_PHONE
            phone
            errors
            send=server_fns::phone::begin_change
        />
        <p class="actions">
            <a href=routes::PROFILE>{texts.actions.back_to_profile}</a>
        </p>
    }
}

/// The buttons that save or discard the verified new number.
#[island]
pub fn ConfirmPhoneForm(errors: FormErrors) -> impl IntoView {
    let (texts, form) = (&texts().actions, FormState::new(errors, true));
    view! {
        <PostForm
            form
            action=server_fns::phone::ConfirmChange::PATH
            on_submit=move |_| form.submit(server_fns::phone::confirm_change())
        >
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
