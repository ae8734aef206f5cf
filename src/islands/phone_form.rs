use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::dom;
use super::field::TextField;
use super::form::{self, FormMessage, FormState, SubmitButton};
use super::send_later::{SendLater, SendLaterNote};
use crate::api;
use crate::domain::{Field, PhoneNumber, Problem, Purpose, Refusal};
use crate::routes;

/// The new number, which a code goes to.
#[island]
pub fn NewPhoneForm(phone: String, refusal: Refusal) -> impl IntoView {
    let form = FormState::new(refusal, true);
    let later = SendLater::new();
    let number = StoredValue::new(String::new());
    view! {
        <form
            class="stack"
            method="post"
            action=api::phone_change::Begin::PATH
            novalidate
            node_ref=form.node
            on:submit=move |event: SubmitEvent| {
                if let Some(node) = form::take_over(&event) {
                    number.set_value(dom::value(&node, "phone"));
                    begin(form, later, number);
                }
            }
            on:input=move |event| form.edited(&event)
        >
            <SendLaterNote form later />
            <TextField
                form
                field=Field::Phone
                name="phone"
                label="New phone number"
                kind="tel"
                autocomplete="tel"
                maxlength=PhoneNumber::MAX_TYPED_U16
                value=phone
            />
            <button
                type="submit"
                class="primary"
                disabled=move || !form.filled.get() || form.pending.get() || later.is_waiting()
                aria-busy=move || (form.pending.get() || later.is_waiting()).then_some("true")
            >
                "Send Verification Code"
            </button>
        </form>
        <p class="actions">
            <a href=routes::PROFILE>"Back to your profile"</a>
        </p>
    }
}

fn begin(form: FormState, later: SendLater, number: StoredValue<String>) {
    let again = move || begin(form, later, number);
    form.call(
        api::phone_change::begin(number.get_value()),
        form::go,
        move |refusal| {
            if matches!(refusal.about(Field::Form), Some(Problem::StepUpNeeded)) {
                // The page asks for it now.
                dom::go_to(routes::PROFILE_PHONE);
            }
            later.takes(refusal, again);
        },
    );
}

/// The verified new number, and the button that saves it.
#[island]
pub fn ConfirmPhoneForm(refusal: Refusal) -> impl IntoView {
    let form = FormState::new(refusal, true);
    view! {
        <form
            class="stack"
            method="post"
            action=api::phone_change::Confirm::PATH
            node_ref=form.node
            on:submit=move |event: SubmitEvent| {
                if form::take_over(&event).is_some() {
                    form.call(api::phone_change::confirm(), form::go, |_| ());
                }
            }
        >
            <FormMessage form />
            <SubmitButton form label="Confirm" ready=true />
        </form>
        <form class="actions" method="post" action=api::verification::Cancel::PATH>
            <input type="hidden" name="purpose" value=Purpose::PhoneChange.as_str() />
            <button type="submit" class="quiet">"Cancel"</button>
        </form>
    }
}
