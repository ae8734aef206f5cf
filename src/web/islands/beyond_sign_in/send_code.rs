use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::web::islands::dom;
use crate::web::islands::flow_id::FlowIdInput;
use crate::web::islands::form::{FormState, PostForm, SubmitButton};
use crate::web::islands::method_dialog::VoiceCallButton;
use crate::web::islands::server_call::ServerCall;
use crate::web::islands::texts::texts;
use crate::web::server_fns;
use domain::{Purpose, ShownErrors, routes};

/// Form with the button "Send OTP", as an island. It sends the first code to a known phone number.
#[island]
pub fn SendCodeForm(purpose: Purpose, errors: ShownErrors) -> impl IntoView {
    view! { <SendCode purpose errors label=texts().actions.send_otp /> }
}

/// Form that sends the first code to a known phone number, for use inside an island.
#[component]
pub fn SendCode(purpose: Purpose, errors: ShownErrors, label: &'static str) -> impl IntoView {
    let form = FormState::for_form_that_sends_code(errors);
    // The server has sent a code already, and the browser did not receive its answer.
    Effect::new(move || {
        let entry = form.errors.read().entry.clone();
        if entry.is_some_and(|entry| entry.sent.is_some()) {
            dom::go_to(routes::code_entry_page(purpose));
        }
    });
    view! {
        <PostForm
            form
            action=server_fns::verification::SendCode::PATH
            hidden_input=("purpose", purpose.as_str().to_owned())
            // The code entry has the same path as this form, so going there reloads the page.
            on_submit=move |call: ServerCall| form.submit_code_request(call)
        >
            <FlowIdInput />
            <SubmitButton form label ready=Signal::derive(move || !form.is_next_code_over_a_minute_away()) />
            <VoiceCallButton form />
        </PostForm>
    }
}
