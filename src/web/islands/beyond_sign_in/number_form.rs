use leptos::prelude::*;

use crate::web::islands::field::TextField;
use crate::web::islands::flow_id::{FlowIdInput, FormAccountInput};
use crate::web::islands::form::{FormState, PostForm, SubmitButton};
use crate::web::islands::server_call::ServerCall;
use crate::web::islands::texts::texts;
use domain::{Field, PhoneNumber, ShownErrors};

/// Form that accepts a phone number and sends a code to it.
#[component]
pub fn PhoneNumberForm(
    label: &'static str,
    /// The path of the server function.
    action: &'static str,
    /// The number that the user typed before.
    phone: String,
    errors: ShownErrors,
    /// Whether the number has the focus at first, instead of the list above it.
    #[prop(optional)]
    autofocus: bool,
    /// The list of countries.
    children: Children,
) -> impl IntoView {
    let form = FormState::for_form_that_sends_code(errors);
    view! {
        <PostForm form action on_submit=move |call: ServerCall| form.submit_code_request(call)>
            <FormAccountInput />
            <FlowIdInput />
            <PhoneField form label autofocus value=phone children />
            <SubmitButton
                form
                label=texts().actions.send_verification_code
                ready=form.filled
                disabled_reason=form.disabled_reason_with_one_field()
                // The sign-in form below the set-up dialog uses the default `id`.
                disabled_reason_id="missing-number"
            />
        </PostForm>
    }
}

/// Text input for a phone number, with the list of countries above it.
///
/// A change of the country clears the error of the number.
#[component]
pub fn PhoneField(
    form: FormState,
    label: &'static str,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] hint: Option<&'static str>,
    value: String,
    /// The list of countries.
    children: Children,
) -> impl IntoView {
    const FIELD: Field = Field::Phone;
    view! {
        <div class="field phone" on:input=move |_| form.clear_errors_of_field_and_form(FIELD.name())>
            {children()}
            <TextField
                form
                field=FIELD
                name=FIELD.name()
                label
                kind="tel"
                autocomplete="tel"
                autofocus
                maxlength=PhoneNumber::MAX_PASTED
                nostrip:hint=hint
                value
            />
        </div>
    }
}
