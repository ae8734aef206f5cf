use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::changed_fields::submit_form_without_outdated_errors;
use crate::web::islands::field::{FieldError, TextField};
use crate::web::islands::flow_id::FormAccountInput;
use crate::web::islands::form::{FormState, PostForm, SubmitButton};
use crate::web::islands::server_call::ServerCall;
use crate::web::islands::texts::texts;
use crate::web::server_fns;
use domain::{Amount, Description, Field, Recipient, ShownErrors};

/// Form that accepts the details of a new payment.
#[island]
pub fn PaymentForm(
    recipient: String,
    amount: String,
    description: String,
    /// The idempotency key: a form that is submitted twice makes one payment.
    key: String,
    errors: ShownErrors,
    /// The list of currencies with its label. The WASM is without the list.
    children: Children,
) -> impl IntoView {
    let form = FormState::new(errors, true);
    let (texts, labels) = (texts(), &texts().labels);
    view! {
        <PostForm
            form
            action=server_fns::payments::BeginPayment::PATH
            hidden_input=("key", key)
            on_submit=move |call: ServerCall| submit_form_without_outdated_errors(form, call)
        >
            <FormAccountInput />
            <TextField
                form
                field=Field::Recipient
                name="recipient"
                label=labels.recipient
                autocomplete="off"
                autocapitalize="words"
                maxlength=Recipient::MAX_PASTED
                value=recipient
            />
            <TextField
                form
                field=Field::Amount
                name="amount"
                label=labels.amount
                inputmode="decimal"
                autocomplete="off"
                maxlength=Amount::MAX_PASTED
                value=amount
            />
            <div class="field">
                {children()}
                <FieldError form field=Field::Currency name="currency" />
            </div>
            <TextField
                form
                field=Field::Description
                name="description"
                label=labels.description
                autocomplete="off"
                autocapitalize="sentences"
                maxlength=Description::MAX_PASTED
                value=description
                required=false
                hint=labels.optional
            />
            <SubmitButton
                form
                label=texts.actions.go_on
                ready=form.filled
                disabled_reason=form.disabled_reason_with_optional_fields()
            />
        </PostForm>
    }
}
