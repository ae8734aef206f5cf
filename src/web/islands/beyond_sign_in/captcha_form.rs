use leptos::prelude::*;

use super::changed_fields::{
    remove_errors_of_changed_fields, scroll_to_error_message_in_next_frame,
};
use crate::web::islands::captcha::{CaptchaBox, CaptchaState};
use crate::web::islands::form::{FormState, PostForm, SubmitButton, go_to_page_of_step};
use crate::web::islands::server_call::ServerCall;

/// Form with a CAPTCHA below its fields. After a successful request, the browser opens the page of the next step.
#[component]
pub(super) fn CaptchaForm(
    form: FormState,
    captcha: CaptchaState,
    /// The path of the server function.
    action: &'static str,
    /// The label of the submit button.
    label: &'static str,
    children: Children,
) -> impl IntoView {
    let ready =
        Signal::derive(move || form.filled.get() && captcha.is_captcha_solved_or_not_needed());
    let on_submit = move |call: ServerCall| {
        let sent = call.clone();
        let answer = captcha.submit_with_captcha(call);
        let answer = async move { remove_errors_of_changed_fields(answer.await, form, &sent) };
        form.run_server_call(answer, go_to_page_of_step, move |_| {
            scroll_to_error_message_in_next_frame(form);
        });
    };
    view! {
        <PostForm form action on_submit on:focusin=move |_| captcha.start_proof_of_work()>
            {children()}
            <CaptchaBox form captcha />
            <SubmitButton form label ready disabled_reason=captcha.submit_disabled_reason(form) />
        </PostForm>
    }
}
