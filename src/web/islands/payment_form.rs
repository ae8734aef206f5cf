use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::dom::FormValues;
use super::field::{FieldError, TextField};
use super::form::{FormState, PostForm, SubmitButton};
use super::texts::texts;
use crate::web::server_fns;
use domain::{Amount, Currency, Description, Field, FormErrors, Recipient};

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
    errors: FormErrors,
) -> impl IntoView {
    let form = FormState::new(errors, true);
    let (texts, labels) = (texts(), &texts().labels);
    let on_submit = move |values: FormValues| {
        form.submit(server_fns::payments::begin_payment(
            values.text("recipient"),
            values.text("amount"),
            values.selected_option("currency"),
            values.text("description"),
            values.text("key"),
        ));
    };
    view! {
        <PostForm
            form
            action=server_fns::payments::BeginPayment::PATH
            hidden_input=("key", key)
            on_submit
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
    let options = Currency::all()
        .into_iter()
        .map(|currency| {
            let code = currency.code();
            view! { <option value=code selected=code == selected>{code}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for="currency">{texts().labels.currency}</label>
            <select
                id="currency"
                name="currency"
                autocomplete="transaction-currency"
                aria-invalid=move || form.error_text(Field::Currency).map(|_| "true")
                aria-describedby="currency-error"
            >
                {options}
            </select>
            <FieldError form field=Field::Currency name="currency" />
        </div>
    }
}
