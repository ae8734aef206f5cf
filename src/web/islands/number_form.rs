use core::future::Future;

use leptos::prelude::*;

use super::dom;
use super::field::TextField;
use super::form::{FormState, PostForm, SubmitButton};
use super::texts::texts;
use crate::web::server_fns::ServerFunctionError;
use domain::{Answer, Field, FormErrors, PhoneNumber, Problem};

/// A form that takes a phone number and sends a code to it.
#[component]
pub fn NumberForm<F>(
    label: &'static str,
    /// The path of the server function.
    action: &'static str,
    /// The page of the form. It is loaded again if a step-up is needed, and then asks for it.
    page: &'static str,
    /// The number that the user typed before.
    phone: String,
    errors: FormErrors,
    /// The server function.
    send: fn(String) -> F,
) -> impl IntoView
where
    F: Future<Output = Result<Answer, ServerFunctionError>> + 'static,
{
    let form = FormState::for_sending(errors);
    let number = StoredValue::new(String::new());
    let on_errors = move |errors: &FormErrors| {
        if matches!(errors.about(Field::Form), Some(Problem::StepUpNeeded)) {
            dom::go_to(page);
        }
    };
    view! {
        <PostForm
            form
            action
            on_submit=move |values| {
                number.set_value(values.text("phone"));
                form.call_send(move || send(number.get_value()), on_errors);
            }
        >
            <TextField
                form
                field=Field::Phone
                name="phone"
                label
                kind="tel"
                autocomplete="tel"
                maxlength=PhoneNumber::MAX_PASTED
                value=phone
            />
            <SubmitButton form label=texts().actions.send_verification_code ready=form.filled />
        </PostForm>
    }
}
