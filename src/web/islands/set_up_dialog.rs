use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_entry::EnterCode;
use super::dom;
use super::number_form::NumberForm;
use super::send_code::SendCode;
use super::step_dialog::StepDialog;
use super::texts::texts;
use super::texts::{SentTo, with_value};
use crate::web::server_fns;
use domain::routes;
use domain::{FormErrors, Purpose, Step};

const PURPOSE: Purpose = Purpose::SetUp;

/// "Set Up Two-Factor Authentication", over the login page: the number, then its code, in the
/// same dialog. A different number needs the one on file proven first where that was verified.
#[island]
pub fn SetUpDialog(
    step: Step,
    /// What was typed as the number before.
    phone: String,
    refusal: FormErrors,
) -> impl IntoView {
    let leave = move || dom::go_to(routes::LOGIN);
    let brings_cancel = matches!(step, Step::EnterCode(_));
    view! {
        <StepDialog
            purpose=PURPOSE
            title=texts().set_up.title
            on_cancel=leave
            cancel_button=!brings_cancel
        >
            <Content step phone refusal />
        </StepDialog>
    }
}

#[component]
fn Content(step: Step, phone: String, refusal: FormErrors) -> impl IntoView {
    let texts = texts();
    match step {
        Step::EnterCode(entry) => view! {
            <SentTo sent=entry.sent.clone() />
            <EnterCode entry refusal />
        }
        .into_any(),
        Step::SendCode { hint, .. } => view! {
            <p class="lead">{with_value(&texts.set_up.old_confirmed, hint.to_string())}</p>
            <SendCode purpose=PURPOSE refusal label=texts.actions.send_verification_code />
        }
        .into_any(),
        Step::SetUp { on_file } => {
            let explanation = match on_file {
                Some(hint) => (texts.set_up.on_file)(&hint.to_string()),
                None => texts.set_up.none_on_file.to_owned(),
            };
            view! {
                <p class="lead">{explanation}</p>
                <NumberForm
                    label=texts.labels.phone
                    action=server_fns::set_up::SetUp::PATH
                    page=routes::LOGIN
                    phone
                    refusal
                    send=server_fns::set_up::send
                />
            }
            .into_any()
        }
        _ => ().into_any(),
    }
}
