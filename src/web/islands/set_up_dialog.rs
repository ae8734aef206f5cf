use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_entry::EnterCode;
use super::dom;
use super::number_form::NumberForm;
use super::send_code::SendCode;
use super::step_dialog::StepDialog;
use super::texts::{SentTo, texts, with_value};
use crate::web::server_fns;
use domain::routes;
use domain::{FormErrors, Purpose, Step};

const PURPOSE: Purpose = Purpose::SetUp;

/// The dialog "Set Up Two-Factor Authentication" of the login page: takes the number and its code.
///
/// If the account has a verified number, a different number needs a code of the verified one first.
#[island]
pub fn SetUpDialog(
    step: Step,
    /// The number that the user typed before.
    phone: String,
    errors: FormErrors,
) -> impl IntoView {
    let leave = move || dom::go_to(routes::LOGIN);
    let has_cancel_button = matches!(step, Step::EnterCode(_));
    view! {
        <StepDialog
            purpose=PURPOSE
            title=texts().set_up.title
            on_cancel=leave
            cancel_button=!has_cancel_button
        >
            <SetUpStep step phone errors />
        </StepDialog>
    }
}

#[component]
fn SetUpStep(step: Step, phone: String, errors: FormErrors) -> impl IntoView {
    let texts = texts();
    match step {
        Step::EnterCode(entry) => view! {
            <SentTo sent=entry.sent.clone() />
            <EnterCode entry errors />
        }
        .into_any(),
        Step::SendCode { hint, .. } => view! {
            <p class="lead">{with_value(&texts.set_up.old_confirmed, hint.to_string())}</p>
            <SendCode purpose=PURPOSE errors label=texts.actions.send_verification_code />
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
                    action=server_fns::phone::SetUp::PATH
                    page=routes::LOGIN
                    phone
                    errors
                    send=server_fns::phone::set_up
                />
            }
            .into_any()
        }
        _ => ().into_any(),
    }
}
