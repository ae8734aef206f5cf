use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::form::{self, FormState};
use super::method_dialog::CallInstead;
use super::send_later::{SendLater, SendLaterNote};
use super::texts::texts;
use crate::web::server_fns;
use domain::{Channel, FormErrors, Purpose};

/// "Send OTP": the number is known, nothing was sent yet.
#[island]
pub fn SendCodeForm(purpose: Purpose, refusal: FormErrors) -> impl IntoView {
    view! { <SendCode purpose refusal label=texts().actions.send_otp /> }
}

/// The same within another island.
#[component]
pub fn SendCode(purpose: Purpose, refusal: FormErrors, label: &'static str) -> impl IntoView {
    let form = FormState::new(refusal, true);
    let later = SendLater::new();
    view! {
        <form
            class="stack"
            method="post"
            action=server_fns::verification::SendCode::PATH
            node_ref=form.node
            on:submit=move |event: SubmitEvent| {
                if form::take_over(&event).is_some() {
                    send(form, later, purpose, Channel::Sms);
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
                {label}
            </button>
            <CallInstead form later on_call=move || send(form, later, purpose, Channel::Call) />
        </form>
    }
}

fn send(form: FormState, later: SendLater, purpose: Purpose, channel: Channel) {
    let again = move || send(form, later, purpose, channel);
    // The code entry is on this same path: `go` reloads it.
    let call = server_fns::verification::send(purpose, channel.as_str().to_owned());
    form.call(call, form::go, move |refusal| {
        later.takes(refusal, again);
    });
}
