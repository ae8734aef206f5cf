//! Forms for the e-mail address, full name and username of the signed-in user.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::changed_fields::submit_form_without_outdated_errors;
use super::code_actions::refused_code_attribute;
use crate::web::islands::field::TextField;
use crate::web::islands::flow_id::FormAccountInput;
use crate::web::islands::form::{FormState, PostForm, SubmitButton};
use crate::web::islands::server_call::{CallKind, ServerCall};
use crate::web::islands::texts::texts;
use crate::web::server_fns;
use domain::{Field, FullName, ShownErrors, Username};

/// HTML `id` of the sentence above [`EmailCodeForm`] that names the e-mail address.
pub const EMAIL_CODE_SENT_TO: &str = "sent-to";

/// Form that accepts the code sent to an e-mail address. `proof_id` identifies the account and the address.
///
/// The field has the focus when the page opens. Screen readers then announce the element with the id
/// [`EMAIL_CODE_SENT_TO`], after each new code too.
#[island]
pub fn EmailCodeForm(proof_id: String, errors: ShownErrors) -> impl IntoView {
    let form = FormState::new(errors, true).with_kind(CallKind::ChecksCode);
    let texts = texts();
    view! {
        <PostForm
            form
            action=server_fns::email::CheckEmailCode::PATH
            hidden_input=("proof_id", proof_id)
        >
            <div
                class="stack"
                role="group"
                aria-labelledby=EMAIL_CODE_SENT_TO
                data-refused=refused_code_attribute(form)
            >
                <TextField
                    form
                    field=Field::Code
                    name="code"
                    label=texts.labels.code
                    autocomplete="one-time-code"
                    inputmode="numeric"
                    autofocus=true
                    // A code may be pasted with the text around it.
                    maxlength=2048
                />
                <SubmitButton
                    form
                    label=texts.actions.validate
                    ready=form.filled
                    disabled_reason=form.disabled_reason_with_one_field()
                />
            </div>
        </PostForm>
    }
}

/// Form that accepts a new e-mail address and sends a code to it.
#[island]
pub fn NewEmailForm(email: String, errors: ShownErrors) -> impl IntoView {
    let form = FormState::new(errors, true).with_kind(CallKind::SendsCode);
    let texts = texts();
    view! {
        <PostForm
            form
            action=server_fns::email::BeginEmailChange::PATH
            on_submit=move |call: ServerCall| submit_form_without_outdated_errors(form, call)
        >
            <FormAccountInput />
            <TextField
                form
                field=Field::Email
                name="email"
                label=texts.labels.new_email
                kind="email"
                autocomplete="email"
                maxlength=1024
                value=email
            />
            <SubmitButton
                form
                label=texts.actions.send_verification_code
                ready=form.filled
                disabled_reason=form.disabled_reason_with_one_field()
            />
        </PostForm>
    }
}

/// Form that changes full name and username.
#[island]
pub fn NamesForm(full_name: String, username: String, errors: ShownErrors) -> impl IntoView {
    let (texts, form) = (texts(), FormState::new(errors, true));
    view! {
        <PostForm
            form
            action=server_fns::names::ChangeNames::PATH
            on_submit=move |call: ServerCall| submit_form_without_outdated_errors(form, call)
        >
            <FormAccountInput />
            <TextField
                form
                field=Field::FullName
                name="full_name"
                label=texts.labels.full_name
                autocomplete="name"
                autocapitalize="words"
                maxlength=FullName::MAX_PASTED
                value=full_name
            />
            <TextField
                form
                field=Field::Username
                name="username"
                label=texts.labels.username
                autocomplete="username"
                maxlength=Username::MAX_PASTED
                value=username
            />
            <SubmitButton
                form
                label=texts.actions.save
                ready=form.filled
                disabled_reason=form.submit_disabled_reason()
            />
        </PostForm>
    }
}
