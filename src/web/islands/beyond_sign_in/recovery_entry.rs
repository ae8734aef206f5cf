use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_actions::{
    AnotherMethodOrNumberButton, CancelOrRestartActions, FlowEndMessage, has_error_that_ends_flow,
    refused_code_attribute,
};
use super::flow_tab::cancel_flow_on_link_click;
use super::leaving::cancel_flow_when_page_is_left;
use crate::web::islands::field::TextField;
use crate::web::islands::flow_id::FlowIdInput;
use crate::web::islands::form::{FormState, PostForm, SubmitButton};
use crate::web::islands::server_call::CallKind;
use crate::web::islands::texts::texts;
use crate::web::server_fns;
use domain::{Field, Purpose, ShownErrors, Timestamp};

/// Form that accepts a recovery code of letters and digits. `now` is the server's time when it sent the page.
#[island]
pub fn RecoveryEntryForm(purpose: Purpose, now: Timestamp, errors: ShownErrors) -> impl IntoView {
    let form = FormState::new(errors, true).with_kind(CallKind::ChecksCode);
    let texts = texts();
    let over = Memo::new(move |_| has_error_that_ends_flow(&form.errors.read()));
    cancel_flow_on_link_click(purpose, move || over.get_untracked(), None);
    cancel_flow_when_page_is_left(purpose, now, move || over.get_untracked());
    let ready = Signal::derive(move || form.filled.get() && !over.get());
    view! {
        <PostForm
            form
            action=server_fns::verification::CheckCode::PATH
            hidden_input=("purpose", purpose.as_str().to_owned())
        >
            <FlowIdInput />
            <FlowEndMessage form over />
            <div class="stack" hidden=move || over.get() data-refused=refused_code_attribute(form)>
                <TextField
                    form
                    field=Field::Code
                    name="code"
                    label=texts.labels.recovery_code
                    hint=texts.labels.recovery_code_hint
                    autocomplete="off"
                    autocapitalize="characters"
                    autofocus=true
                    maxlength=128
                />
                <SubmitButton form label=texts.actions.validate ready disabled_reason=form.disabled_reason_with_one_field() />
            </div>
        </PostForm>
        <CancelOrRestartActions purpose over>
            <AnotherMethodOrNumberButton purpose />
        </CancelOrRestartActions>
    }
}
