use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_actions::refused_digits_attribute;
use super::code_field::{CodeField, CodeFieldState};
use crate::web::islands::flow_id::FormAccountInput;
use crate::web::islands::form::{FormState, PostForm, SubmitButton, go_to_page_of_step};
use crate::web::islands::modal::ConfirmationDialog;
use crate::web::islands::server_call::{CallKind, ServerCall};
use crate::web::islands::texts::texts;
use crate::web::server_fns;
use domain::routes;
use domain::{CodeLength, Field, ShownErrors};

/// Length of authenticator codes, as in the QR code (RFC 6238).
const LENGTH: CodeLength = CodeLength::SIX;

/// Form that accepts the first code of a new authenticator app.
///
/// The app's secret is part of the page and never a prop of this island (docs/security.md#totp-06).
#[island]
pub fn ConfirmAuthenticatorForm(errors: ShownErrors) -> impl IntoView {
    let form = FormState::new(errors, true).with_kind(CallKind::ChecksCode);
    let texts = texts();
    let code = CodeFieldState::new(LENGTH);
    let confirm = move || {
        let digits = code.read_digits_to_check(form.pending);
        if let (Some(digits), Some(node)) = (digits, form.node.get_untracked()) {
            let call = ServerCall::from_form(&node, form.kind).with_form_value("code", &digits);
            let send = async move { call.request_answer().await };
            form.run_server_call(send, go_to_page_of_step, move |_| {
                code.select_checked_digits();
            });
        }
    };
    view! {
        <PostForm
            form
            action=server_fns::authenticator::ConfirmAuthenticator::PATH
            on_submit=move |_: ServerCall| confirm()
        >
            <FormAccountInput />
            <div class="stack" data-refused=refused_digits_attribute(form, code)>
                <CodeField
                    state=code
                    error=Signal::derive(move || form.error_text(Field::Code))
                    disabled=false
                    on_complete=confirm
                />
                <SubmitButton form label=texts.actions.confirm ready=true />
            </div>
        </PostForm>
    }
}

/// Dialog that asks before the authenticator app is removed from the account.
#[island]
pub fn RemoveAuthenticatorDialog() -> impl IntoView {
    let texts = texts();
    let question = &texts.remove_authenticator;
    view! {
        <ConfirmationDialog
            title=question.title
            text=question.text.to_owned()
            cancel_path=routes::PROFILE_AUTHENTICATOR
        >
            <form class="stack" method="post" action=server_fns::authenticator::RemoveAuthenticator::PATH>
                <FormAccountInput />
                <button type="submit" class="primary danger">{texts.actions.remove}</button>
            </form>
        </ConfirmationDialog>
    }
}
