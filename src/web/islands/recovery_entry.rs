use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_actions::{ExitActions, ends_flow};
use super::dom;
use super::field::TextField;
use super::form::{self, FormMessage, FormState, SubmitButton};
use super::texts::texts;
use crate::web::server_fns;
use domain::{Field, FormErrors, Purpose};

/// Takes one of the recovery codes: letters and digits, so an ordinary field.
#[island]
pub fn RecoveryEntryForm(purpose: Purpose, refusal: FormErrors) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(refusal, true));
    let over = Memo::new(move |_| ends_flow(&form.refusal.read()));
    let ready = Signal::derive(move || form.filled.get() && !over.get());
    let on_submit = move |event: SubmitEvent| {
        if let Some(node) = form::take_over(&event) {
            let call = server_fns::verification::check(purpose, dom::value(&node, "code"));
            form.call(call, form::go, |_| ());
        }
    };
    view! {
        <form
            class="stack"
            method="post"
            action=server_fns::verification::Check::PATH
            novalidate
            node_ref=form.node
            on:submit=on_submit
            on:input=move |event| form.edited(&event)
        >
            <FormMessage form />
            <input type="hidden" name="purpose" value=purpose.as_str() />
            <TextField
                form
                field=Field::Code
                name="code"
                label=texts.labels.recovery_code
                hint=texts.labels.recovery_code_hint
                autocomplete="off"
                maxlength=64
            />
            <SubmitButton form label=texts.actions.validate ready />
        </form>
        <ExitActions purpose over />
    }
}
