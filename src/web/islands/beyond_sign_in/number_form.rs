use leptos::prelude::*;

use crate::web::islands::field::TextField;
use crate::web::islands::form::{FormState, PostForm, SubmitButton};
use crate::web::islands::server_call::ServerCall;
use crate::web::islands::texts::texts;
use domain::{Field, PhoneNumber, ShownErrors};

/// Form that accepts a phone number and sends a code to it.
#[component]
pub fn NumberForm(
    label: &'static str,
    /// The path of the server function.
    action: &'static str,
    /// The number that the user typed before.
    phone: String,
    errors: ShownErrors,
    /// Whether the number has the focus at first, instead of the list in front of it.
    #[prop(optional)]
    autofocus: bool,
    /// The list of countries.
    children: Children,
) -> impl IntoView {
    let form = FormState::for_sending(errors);
    view! {
        <PostForm form action on_submit=move |call: ServerCall| form.call_send(call)>
            <div class="field phone">
                {children()}
                <TextField
                    form
                    field=Field::Phone
                    name="phone"
                    label
                    kind="tel"
                    autocomplete="tel"
                    autofocus
                    maxlength=PhoneNumber::MAX_PASTED
                    value=phone
                />
            </div>
            <SubmitButton form label=texts().actions.send_verification_code ready=form.filled />
        </PostForm>
    }
}
