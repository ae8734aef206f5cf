use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::form::{self, FormMessage, FormState, SubmitButton};
use super::number_form::NumberForm;
use super::texts::texts;
use crate::web::server_fns;
use domain::routes;
use domain::{FormErrors, Purpose};

/// The new number, which a code goes to.
#[island]
pub fn NewPhoneForm(phone: String, refusal: FormErrors) -> impl IntoView {
    let texts = texts();
    view! {
        <NumberForm
            label=texts.labels.new_phone
            action=server_fns::phone_change::Begin::PATH
            page=routes::PROFILE_PHONE
            phone
            refusal
            send=server_fns::phone_change::begin
        />
        <p class="actions">
            <a href=routes::PROFILE>{texts.actions.back_to_profile}</a>
        </p>
    }
}

/// The verified new number, and the button that saves it.
#[island]
pub fn ConfirmPhoneForm(refusal: FormErrors) -> impl IntoView {
    let (texts, form) = (&texts().actions, FormState::new(refusal, true));
    view! {
        <form
            class="stack"
            method="post"
            action=server_fns::phone_change::Confirm::PATH
            node_ref=form.node
            on:submit=move |event: SubmitEvent| {
                if form::take_over(&event).is_some() {
                    form.call(server_fns::phone_change::confirm(), form::go, |_| ());
                }
            }
        >
            <FormMessage form />
            <SubmitButton form label=texts.confirm ready=true />
        </form>
        <form class="actions" method="post" action=server_fns::verification::Cancel::PATH>
            <input type="hidden" name="purpose" value=Purpose::PhoneChange.as_str() />
            <button type="submit" class="quiet">{texts.cancel}</button>
        </form>
    }
}
