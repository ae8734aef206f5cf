use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_boxes::CodeBoxes;
use super::dom;
use super::form::{self, FormMessage, FormState, SubmitButton};
use super::modal::Question;
use super::texts::texts;
use crate::web::server_fns;
use domain::routes;
use domain::{CodeLength, Field, FormErrors, Problem};

/// What every authenticator app shows (RFC 6238, as the QR code asks for it).
const DIGITS: usize = CodeLength::SIX.digits();

/// The first code of an app that is being set up. The secret itself is the page's alone and no
/// prop of this island (docs/security.md#totp-06).
#[island]
pub fn ConfirmAuthenticatorForm(refusal: FormErrors) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(refusal, true));
    let (typed, selected) = (RwSignal::new(String::new()), RwSignal::new(false));
    let enhanced = RwSignal::new(false);
    let input = NodeRef::<Input>::new();
    let problem = move || form.problem(Field::Code);
    let told = move |refusal: &FormErrors| {
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
        form.call(server_fns::authenticator::confirm(code), form::go, told);
    };
    view! {
        <form
            class="stack"
            method="post"
            action=server_fns::authenticator::Confirm::PATH
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
                <label for="code">{texts.labels.code}</label>
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
            <SubmitButton form label=texts.actions.confirm ready=true />
        </form>
    }
}

/// Whether the page has something else to show by now.
const fn asks_the_page(problem: &Problem) -> bool {
    matches!(problem, Problem::StepUpNeeded)
}

/// "Remove your authenticator app?", over its page.
#[island]
pub fn RemoveAuthenticatorDialog() -> impl IntoView {
    let texts = texts();
    let question = &texts.remove_authenticator;
    view! {
        <Question title=question.title text=question.text.to_owned() back=routes::PROFILE_AUTHENTICATOR>
            <form class="stack" method="post" action=server_fns::authenticator::Remove::PATH>
                <button type="submit" class="primary">{texts.actions.remove}</button>
            </form>
        </Question>
    }
}
