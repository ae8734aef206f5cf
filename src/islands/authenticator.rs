use leptos::ev::SubmitEvent;
use leptos::html::{Dialog, Input};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_boxes::CodeBoxes;
use super::dom;
use super::form::{self, FormMessage, FormState, SubmitButton};
use crate::api;
use crate::domain::{CodeLength, Field, Problem, Refusal};
use crate::routes;

/// What every authenticator app shows (RFC 6238, as the QR code asks for it).
const DIGITS: usize = CodeLength::SIX.digits();

/// The first code of an app that is being set up. The secret itself is the page's alone and no
/// prop of this island (TOTP-06).
#[island]
pub fn ConfirmAuthenticatorForm(refusal: Refusal) -> impl IntoView {
    let form = FormState::new(refusal, true);
    let (typed, selected) = (RwSignal::new(String::new()), RwSignal::new(false));
    let enhanced = RwSignal::new(false);
    let input = NodeRef::<Input>::new();
    let problem = move || form.problem(Field::Code);
    let told = move |refusal: &Refusal| {
        if refusal.about(Field::Form).is_some_and(asks_the_page) {
            dom::go_to(routes::PROFILE_AUTHENTICATOR);
        }
        if let Some(input) = input.get_untracked() {
            input.select();
            selected.set(true);
        }
    };
    let confirm = move || {
        let code = typed.get_untracked();
        form.call(api::authenticator::confirm(code), form::go, told);
    };
    view! {
        <form
            class="stack"
            method="post"
            action=api::authenticator::Confirm::PATH
            novalidate
            node_ref=form.node
            on:submit=move |event: SubmitEvent| {
                if form::take_over(&event).is_some() {
                    confirm();
                }
            }
        >
            <FormMessage form />
            <div class="code-entry" class:enhanced=enhanced data-length=DIGITS.to_string()>
                <label for="code">"One-time code"</label>
                <CodeBoxes
                    length=DIGITS
                    typed
                    selected
                    enhanced
                    node=input
                    invalid=Signal::derive(move || problem().is_some())
                    disabled=false
                    on_full=confirm
                />
                <p class="error" id="code-error" role="alert">{problem}</p>
            </div>
            <SubmitButton form label="Confirm" ready=true />
        </form>
    }
}

/// Whether the page has something else to show by now.
const fn asks_the_page(problem: &Problem) -> bool {
    matches!(problem, Problem::StepUpNeeded)
}

/// "Remove your authenticator app?", over its page.
///
/// Rendered open by the server, so that it is there without a script; a script makes it modal.
#[island]
pub fn RemoveAuthenticatorDialog() -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get() {
            let _ = dialog.remove_attribute("open");
            let _ = dialog.show_modal();
        }
    });
    view! {
        <dialog
            class="sheet"
            open
            node_ref=dialog
            aria-labelledby="remove-title"
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                dom::go_to(routes::PROFILE_AUTHENTICATOR);
            }
        >
            <h2 id="remove-title">"Remove your authenticator app?"</h2>
            <p>
                "Its codes will no longer sign you in, and you will be signed out on your other \
                 devices. Text messages go on as before."
            </p>
            <form class="stack" method="post" action=api::authenticator::Remove::PATH>
                <button type="submit" class="primary">"Remove"</button>
            </form>
            <p class="actions">
                <a href=routes::PROFILE_AUTHENTICATOR>"Cancel"</a>
            </p>
        </dialog>
    }
}
