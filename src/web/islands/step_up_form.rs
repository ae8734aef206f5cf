use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::dom;
use super::field::TextField;
use super::form::{self, FormMessage, FormState, SubmitButton};
use super::texts::texts;
use crate::web::server_fns;
use domain::{Field, FormErrors, ProtectedArea};

/// The password once more, before something sensitive; the choice of method comes next.
#[island]
pub fn StepUpForm(area: ProtectedArea, username: String, refusal: FormErrors) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(refusal, true));
    let on_submit = move |event: SubmitEvent| {
        if let Some(node) = form::take_over(&event) {
            let call = server_fns::step_up::begin(area, dom::value(&node, "password"));
            form.call(call, form::go, |_| ());
        }
    };
    view! {
        <form
            class="stack"
            method="post"
            action=server_fns::step_up::Begin::PATH
            novalidate
            node_ref=form.node
            on:submit=on_submit
            on:input=move |event| form.edited(&event)
        >
            <FormMessage form />
            <input type="hidden" name="area" value=area.as_str() />
            // So that password managers know whose password this is.
            <input type="text" hidden autocomplete="username" value=username readonly />
            <TextField
                form
                field=Field::Password
                name="password"
                label=texts.labels.password
                kind="password"
                autocomplete="current-password"
                maxlength=1024
            />
            <SubmitButton form label=texts.actions.go_on ready=form.filled />
        </form>
    }
}
