use core::future::Future;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::dom;
use super::field::TextField;
use super::form::{self, FormState};
use super::send_later::{SendLater, SendLaterNote};
use super::texts::texts;
use crate::web::server_fns::ServerFunctionError;
use domain::{Answer, Field, FormErrors, PhoneNumber, Problem};

/// A number, and the button that sends a code to it.
#[component]
pub fn NumberForm<F>(
    label: &'static str,
    /// Where the form goes without a script.
    action: &'static str,
    /// The page the form is on, which asks for a step-up that has grown old.
    page: &'static str,
    /// What was typed before.
    phone: String,
    refusal: FormErrors,
    send: fn(String) -> F,
) -> impl IntoView
where
    F: Future<Output = Result<Answer, ServerFunctionError>> + 'static,
{
    let form = FormState::new(refusal, true);
    let later = SendLater::new();
    let number = StoredValue::new(String::new());
    view! {
        <form
            class="stack"
            method="post"
            action=action
            novalidate
            node_ref=form.node
            on:submit=move |event: SubmitEvent| {
                if let Some(node) = form::take_over(&event) {
                    number.set_value(dom::value(&node, "phone"));
                    call(form, later, number, page, send);
                }
            }
            on:input=move |event| form.edited(&event)
        >
            <SendLaterNote form later />
            <TextField
                form
                field=Field::Phone
                name="phone"
                label
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
                {texts().actions.send_verification_code}
            </button>
        </form>
    }
}

fn call<F>(
    form: FormState,
    later: SendLater,
    number: StoredValue<String>,
    page: &'static str,
    send: fn(String) -> F,
) where
    F: Future<Output = Result<Answer, ServerFunctionError>> + 'static,
{
    let again = move || call(form, later, number, page, send);
    form.call(send(number.get_value()), form::go, move |refusal| {
        if matches!(refusal.about(Field::Form), Some(Problem::StepUpNeeded)) {
            dom::go_to(page);
        }
        later.takes(refusal, again);
    });
}
