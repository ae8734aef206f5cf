use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::web::islands::field::{FieldError, TextField};
use crate::web::islands::form::{FormState, PostForm, SubmitButton};
use crate::web::islands::texts::texts;
use crate::web::server_fns;
use domain::{Amount, Currency, Description, Field, Recipient, ShownErrors};

/// Takes the details of a payment.
#[island]
pub fn PaymentForm(
    recipient: String,
    amount: String,
    /// The code of the currency that is selected first.
    currency: String,
    description: String,
    /// The idempotency key: a form that is submitted twice makes one payment.
    key: String,
    errors: ShownErrors,
) -> impl IntoView {
    let form = FormState::new(errors, true);
    let (texts, labels) = (texts(), &texts().labels);
    view! {
        <PostForm
            form
            action=server_fns::payments::BeginPayment::PATH
            hidden_input=("key", key)
        >
            <TextField
                form
                field=Field::Recipient
                name="recipient"
                label=labels.recipient
                autocomplete="off"
                maxlength=Recipient::MAX_CHARS_U16
                value=recipient
            />
            <TextField
                form
                field=Field::Amount
                name="amount"
                label=labels.amount
                inputmode="decimal"
                autocomplete="off"
                maxlength=Amount::MAX_TYPED
                value=amount
            />
            <CurrencyField form selected=currency />
            <TextField
                form
                field=Field::Description
                name="description"
                label=labels.description
                autocomplete="off"
                maxlength=Description::MAX_CHARS_U16
                value=description
                required=false
            />
            <SubmitButton form label=texts.actions.go_on ready=form.filled />
        </PostForm>
    }
}

#[component]
fn CurrencyField(form: FormState, selected: String) -> impl IntoView {
    let labels = &texts().labels;
    let mut common = Currency::COMMON.to_vec();
    if !common.contains(&selected.as_str()) {
        common.extend(
            Currency::list_in_use()
                .into_iter()
                .map(Currency::code)
                .find(|code| *code == selected),
        );
    }
    let others = Currency::list_in_use().into_iter().map(Currency::code);
    let others: Vec<_> = others.filter(|code| !common.contains(code)).collect();
    let options = |codes: Vec<&'static str>| {
        codes
            .into_iter()
            .map(|code| view! { <option value=code selected=code == selected>{code}</option> })
            .collect_view()
    };
    view! {
        <div class="field">
            <label for="currency">{labels.currency}</label>
            <select
                id="currency"
                name="currency"
                autocomplete="transaction-currency"
                aria-invalid=move || form.error_text(Field::Currency).map(|_| "true")
                aria-describedby="currency-error"
            >
                <optgroup label=labels.common_currencies>{options(common)}</optgroup>
                <optgroup label=labels.other_currencies>{options(others)}</optgroup>
            </select>
            <FieldError form field=Field::Currency name="currency" />
        </div>
    }
}
