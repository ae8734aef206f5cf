use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_entry::EnterCode;
use super::dom;
use super::number_form::NumberForm;
use super::send_code::SendCode;
use super::step_dialog::StepDialog;
use super::texts::{texts, with_value};
use crate::web::server_fns;
use domain::routes;
use domain::{FormErrors, Purpose, Step};

const PURPOSE: Purpose = Purpose::SetUp;

/// The event of the window when the user has left the dialog. The form below it then takes the focus.
pub const SET_UP_LEFT: &str = "set-up-left";

/// The dialog "Set Up Two-Factor Authentication" of the login page: takes the number and its code.
///
/// If the account has a verified number, a different number needs a code of the verified one first.
#[island]
pub fn SetUpDialog(
    step: Step,
    /// The number that the user typed before.
    phone: String,
    /// Whether the code goes to the number on file because the user typed a different number.
    confirms_on_file: bool,
    errors: FormErrors,
) -> impl IntoView {
    let has_cancel_button = matches!(step, Step::EnterCode(_));
    let leave = move || {
        // The code entry has listeners that end with the page.
        if has_cancel_button {
            dom::go_to(routes::LOGIN);
        } else {
            dom::close_dialog(SET_UP_LEFT);
        }
    };
    view! {
        <StepDialog
            purpose=PURPOSE
            title=texts().set_up.title
            on_cancel=leave
            cancel_button=!has_cancel_button
        >
            {confirms_on_file.then(|| view! { <p>{texts().set_up.why_on_file}</p> })}
            <SetUpStep step phone errors />
        </StepDialog>
    }
}

#[component]
fn SetUpStep(step: Step, phone: String, errors: FormErrors) -> impl IntoView {
    let texts = texts();
    match step {
        Step::EnterCode(entry) => view! {
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
