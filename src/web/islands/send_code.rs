use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::form::{FormState, PostForm, SubmitButton};
use super::method_dialog::CallInsteadButton;
use super::texts::texts;
use crate::web::server_fns;
use domain::{Channel, FormErrors, Purpose};

/// The form "Send OTP": the number is known and no code was sent yet.
#[island]
pub fn SendCodeForm(purpose: Purpose, errors: FormErrors) -> impl IntoView {
    view! { <SendCode purpose errors label=texts().actions.send_otp /> }
}

/// The form that sends the first code, for use inside an island.
#[component]
pub fn SendCode(purpose: Purpose, errors: FormErrors, label: &'static str) -> impl IntoView {
    let form = FormState::for_sending(errors);
    let send = move |channel: Channel| {
        // The code entry has the same path as this form, so going there reloads the page.
        let call =
            move || server_fns::verification::send_code(purpose, channel.as_str().to_owned());
        form.call_send(call, |_| ());
    };
    view! {
        <PostForm
            form
            action=server_fns::verification::SendCode::PATH
            hidden_input=("purpose", purpose.as_str().to_owned())
            on_submit=move |_| send(Channel::Sms)
        >
            <SubmitButton form label ready=true />
            <CallInsteadButton form on_call=move || send(Channel::Call) />
        </PostForm>
    }
}
