use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::dom;
use super::field::{FieldError, TextField};
use super::form::{self, FormMessage, FormState, SubmitButton};
use super::texts::texts;
use crate::web::server_fns;
use domain::{Field, FormErrors, Strength};

/// The second step of registering: a password, and the number codes will go to.
#[island]
pub fn CredentialsForm(username: String, phone: String, refusal: FormErrors) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(refusal, true));
    let on_submit = move |event: SubmitEvent| {
        let Some(node) = form::take_over(&event) else {
            return;
        };
        let call = server_fns::registration::credentials(
            dom::value(&node, "password"),
            dom::value(&node, "phone"),
        );
        form.call(call, form::go, |_| ());
    };
    view! {
        <form
            class="stack"
            method="post"
            action=server_fns::registration::Credentials::PATH
            novalidate
            node_ref=form.node
            on:submit=on_submit
            on:input=move |event| form.edited(&event)
        >
            <FormMessage form />
            // So that password managers know whose password this is.
            <input type="text" hidden autocomplete="username" value=username readonly />
            <NewPassword form />
            <TextField
                form
                field=Field::Phone
                name="phone"
                label=texts.labels.phone
                kind="tel"
                autocomplete="tel"
                maxlength=40
                hint=texts.labels.phone_hint
                value=phone
            />
            <SubmitButton form label=texts.actions.verify ready=form.filled />
        </form>
    }
}

/// A password to be set: shown on request, its strength said while typing.
#[component]
fn NewPassword(form: FormState) -> impl IntoView {
    let (texts, label) = (&texts().password, texts().labels.password);
    let typed = RwSignal::new(String::new());
    let shown = RwSignal::new(false);
    let hydrated = RwSignal::new(false);
    let node = NodeRef::<leptos::html::Input>::new();
    Effect::new(move || {
        if let Some(input) = node.get() {
            typed.set(input.value());
            hydrated.set(true);
        }
    });
    let strength = move || {
        let typed = typed.read();
        (!typed.is_empty()).then(|| Strength::estimate(&typed))
    };
    view! {
        <div class="field">
            <label for="password">{label}</label>
            <p class="hint" id="password-hint">{texts.hint}</p>
            <div class="with-button">
                <input
                    id="password"
                    name="password"
                    type=move || if shown.get() { "text" } else { "password" }
                    required
                    autocomplete="new-password"
                    autocapitalize="none"
                    spellcheck="false"
                    maxlength="1024"
                    node_ref=node
                    on:input=move |event| typed.set(event_target_value(&event))
                    aria-invalid=move || form.problem(Field::Password).map(|_| "true")
                    aria-describedby="password-hint password-strength password-error"
                />
                <button
                    type="button"
                    class="quiet reveal"
                    hidden=move || !hydrated.get()
                    aria-pressed=move || if shown.get() { "true" } else { "false" }
                    aria-label=texts.show_password
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || if shown.get() { texts.hide } else { texts.show }}
                </button>
            </div>
            <div
                class="strength"
                hidden=move || strength().is_none()
                data-score=move || strength().map_or(0, Strength::score)
            >
                <span class="bar"></span>
                <span class="bar"></span>
                <span class="bar"></span>
                <span class="bar"></span>
                <output id="password-strength">{move || strength().map(texts.strength)}</output>
            </div>
            <FieldError form field=Field::Password name="password" />
        </div>
    }
}
