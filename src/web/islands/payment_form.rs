use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::dom;
use super::field::{FieldError, TextField};
use super::form::{self, FormMessage, FormState, SubmitButton};
use super::texts::texts;
use crate::web::server_fns;
use domain::{Amount, Currency, Description, Field, FormErrors, Recipient};

/// A payment as it is typed.
#[island]
pub fn PaymentForm(
    recipient: String,
    amount: String,
    /// The code of the one that is chosen at first.
    currency: String,
    description: String,
    /// Sent along unchanged, so that a form sent twice is one payment.
    key: String,
    refusal: FormErrors,
) -> impl IntoView {
    let form = FormState::new(refusal, true);
    let (texts, labels) = (texts(), &texts().labels);
    let on_submit = move |event: SubmitEvent| {
        let Some(node) = form::take_over(&event) else {
            return;
        };
        let value = |name| dom::value(&node, name);
        let call = server_fns::payments::begin(
            value("recipient"),
            value("amount"),
            dom::selected(&node, "currency"),
            value("description"),
            value("key"),
        );
        form.call(call, form::go, |_| ());
    };
    view! {
        <form
            class="stack"
            method="post"
            action=server_fns::payments::BeginPayment::PATH
            novalidate
            node_ref=form.node
            on:submit=on_submit
            on:input=move |event| form.edited(&event)
        >
            <FormMessage form />
            <input type="hidden" name="key" value=key />
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
            <CurrencyField form chosen=currency />
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
        </form>
    }
}

#[component]
fn CurrencyField(form: FormState, chosen: String) -> impl IntoView {
    let options = Currency::all()
        .into_iter()
        .map(|currency| {
            let code = currency.code();
            view! { <option value=code selected=code == chosen>{code}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for="currency">{texts().labels.currency}</label>
            <select
                id="currency"
                name="currency"
                autocomplete="transaction-currency"
                aria-invalid=move || form.problem(Field::Currency).map(|_| "true")
                aria-describedby="currency-error"
            >
                {options}
            </select>
            <FieldError form field=Field::Currency name="currency" />
        </div>
    }
}
