use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::form::{self, FormState};
use super::send_later::{SendLater, SendLaterNote};
use crate::api;
use crate::domain::{Purpose, Refusal};

/// "Send OTP": the number is known, nothing was sent yet.
#[island]
pub fn SendCodeForm(purpose: Purpose, refusal: Refusal) -> impl IntoView {
    let form = FormState::new(refusal, true);
    let later = SendLater::new();
    view! {
        <form
            class="stack"
            method="post"
            action=api::verification::SendCode::PATH
            node_ref=form.node
            on:submit=move |event: SubmitEvent| {
                if form::take_over(&event).is_some() {
                    send(form, later, purpose);
                }
            }
        >
            <SendLaterNote form later />
            <input type="hidden" name="purpose" value=purpose.as_str() />
            <button
                type="submit"
                class="primary"
                disabled=move || form.pending.get() || later.is_waiting()
                aria-busy=move || (form.pending.get() || later.is_waiting()).then_some("true")
            >
                "Send OTP"
            </button>
        </form>
    }
}

fn send(form: FormState, later: SendLater, purpose: Purpose) {
    let again = move || send(form, later, purpose);
    // The code entry is on this same path: `go` loads it anew.
    form.call(api::verification::send(purpose), form::go, move |refusal| {
        later.takes(refusal, again);
    });
}
