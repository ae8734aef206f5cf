use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_entry::EnterCode;
use super::dom;
use super::field::TextField;
use super::form::{self, FormState};
use super::send_code::SendCode;
use super::send_later::{SendLater, SendLaterNote};
use super::sheet::Sheet;
use crate::api;
use crate::domain::{Field, PhoneHint, PhoneNumber, Purpose, Refusal, Step};
use crate::routes;

const PURPOSE: Purpose = Purpose::SetUp;

/// "Set Up Two-Factor Authentication", over the login page: the number, then its code, in the
/// same dialog. A different number needs the one on file proven first where that was verified.
#[island]
pub fn SetUpDialog(
    step: Step,
    /// What was typed as the number before.
    phone: String,
    refusal: Refusal,
) -> impl IntoView {
    let leave = move || dom::go_to(routes::LOGIN);
    let brings_cancel = matches!(step, Step::EnterCode(_));
    view! {
        <Sheet
            purpose=PURPOSE
            title="Set Up Two-Factor Authentication"
            on_cancel=leave
            cancel_button=!brings_cancel
        >
            <Content step phone refusal />
        </Sheet>
    }
}

#[component]
fn Content(step: Step, phone: String, refusal: Refusal) -> impl IntoView {
    match step {
        Step::EnterCode(entry) => {
            let hint = entry.sent.as_ref().map(|sent| sent.hint.to_string());
            view! {
                <p class="lead">"A code has been sent to " <strong>{hint}</strong></p>
                <EnterCode entry refusal />
            }
            .into_any()
        }
        Step::SendCode { hint, .. } => view! {
            <p class="lead">
                "Your number on file is confirmed. Now confirm the new one: "
                <strong>{hint.to_string()}</strong>
            </p>
            <SendCode purpose=PURPOSE refusal label="Send Verification Code" />
        }
        .into_any(),
        Step::SetUp { on_file } => view! { <NumberForm on_file phone refusal /> }.into_any(),
        _ => ().into_any(),
    }
}

#[component]
fn NumberForm(on_file: Option<PhoneHint>, phone: String, refusal: Refusal) -> impl IntoView {
    let form = FormState::new(refusal, true);
    let later = SendLater::new();
    let number = StoredValue::new(String::new());
    let explanation = match on_file {
        Some(hint) => format!(
            "Your number on file is {hint}. Enter it below to confirm, or type a different number."
        ),
        None => "Enter the number your sign-in codes should go to.".to_owned(),
    };
    view! {
        <p class="lead">{explanation}</p>
        <form
            class="stack"
            method="post"
            action=api::set_up::SetUp::PATH
            novalidate
            node_ref=form.node
            on:submit=move |event: SubmitEvent| {
                if let Some(node) = form::take_over(&event) {
                    number.set_value(dom::value(&node, "phone"));
                    send(form, later, number);
                }
            }
            on:input=move |event| form.edited(&event)
        >
            <SendLaterNote form later />
            <TextField
                form
                field=Field::Phone
                name="phone"
                label="Phone number"
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
    }
}

fn send(form: FormState, later: SendLater, number: StoredValue<String>) {
    let again = move || send(form, later, number);
    form.call(
        api::set_up::send(number.get_value()),
        form::go,
        move |refusal| {
            later.takes(refusal, again);
        },
    );
}
