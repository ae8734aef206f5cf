use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code_entry::OneTimeCodeForm;
use super::leaving::cancel_flow_of_code_page;
use super::number_form::PhoneNumberForm;
use super::send_code::SendCode;
use crate::web::islands::dom;
use crate::web::islands::flow_id::FlowIdInput;
use crate::web::islands::step_dialog::FlowStepDialog;
use crate::web::islands::texts::{MaskedNumber, render_text_with_emphasised_value, texts};
use crate::web::server_fns;
use domain::routes;
use domain::{CodeEntry, PhoneHint, Purpose, ShownErrors};

const PURPOSE: Purpose = Purpose::SetUp;

/// Step of the dialog that sets up a phone as second factor.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub enum SetUpStep {
    /// The user enters a phone number. `stored_phone` is the masked number of the account.
    EnterNumber {
        stored_phone: Option<PhoneHint>,
    },
    /// The user confirms that a code is sent to the new phone number.
    SendCode(PhoneHint),
    EnterCode(CodeEntry),
}

impl SetUpStep {
    /// Returns the state of the code entry form; `None` in a step without it.
    pub const fn code_entry(&self) -> Option<&CodeEntry> {
        match self {
            Self::EnterCode(entry) => Some(entry),
            Self::EnterNumber { .. } | Self::SendCode(_) => None,
        }
    }
}

/// Texts of the set-up that replaces a lost phone.
///
/// The server renders them, so that they are no part of the texts that every page loads.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct LostPhoneSetUp {
    pub lead: String,
    /// Says which users can keep the number.
    pub hint: String,
    /// The label of the button that signs in with the earlier second factor.
    pub keep_number: String,
}

/// Dialog "Set Up Two-Factor Authentication" on the sign-in page, which accepts a phone number and its code.
///
/// If the account has a verified number and the user enters a different one, the user must first enter a code sent to
/// the verified number.
#[island]
pub fn SetUpDialog(
    step: SetUpStep,
    /// The username of the account that is signing in.
    username: Option<String>,
    /// The number that the user typed before.
    phone: String,
    /// Whether the code goes to the number on file because the user typed a different number.
    confirms_stored_number: bool,
    /// Whether the dialog has a link to the page for a lost phone.
    reports_lost_phone: bool,
    /// Texts of the set-up after a lost phone; `None` for the first set-up of an account.
    lost_phone: Option<LostPhoneSetUp>,
    /// Sentence with the expiry and resend times, for browsers without scripts.
    times: Option<String>,
    errors: ShownErrors,
    /// The list of countries. The WASM is without the list.
    children: Children,
) -> impl IntoView {
    let has_cancel_button = matches!(step, SetUpStep::EnterCode(_));
    // The code entry has listeners that end with the page.
    let leave_code_page =
        has_cancel_button.then(|| Callback::new(|()| cancel_flow_of_code_page(PURPOSE)));
    view! {
        <FlowStepDialog
            purpose=PURPOSE
            title=texts().set_up.title
            username
            closes_on_back=!has_cancel_button
            on_cancel=|| dom::close_dialog_and_dispatch_event(dom::SET_UP_LEFT)
            on_escape=leave_code_page
            cancel_button=!has_cancel_button
        >
            {confirms_stored_number.then(|| view! { <p>{texts().set_up.why_stored_phone}</p> })}
            <PhoneSetUpStepForm step phone lost_phone times errors children />
            {reports_lost_phone.then(|| view! {
                <p class="muted until-end">
                    <a href=routes::LOST_PHONE>{texts().sign_in.lost_phone}</a>
                </p>
            })}
        </FlowStepDialog>
    }
}

/// Form for the current step of the dialog that sets up a phone as second factor.
#[component]
fn PhoneSetUpStepForm(
    step: SetUpStep,
    phone: String,
    lost_phone: Option<LostPhoneSetUp>,
    times: Option<String>,
    errors: ShownErrors,
    children: Children,
) -> impl IntoView {
    let texts = texts();
    match step {
        SetUpStep::EnterCode(entry) => view! {
            <OneTimeCodeForm entry times errors />
        }
        .into_any(),
        SetUpStep::SendCode(hint) => view! {
            <p class="lead">{render_text_with_emphasised_value(&texts.set_up.old_confirmed, view! { <MaskedNumber hint /> })}</p>
            <SendCode purpose=PURPOSE errors label=texts.actions.send_verification_code />
        }
        .into_any(),
        SetUpStep::EnterNumber { stored_phone } => {
            let (lead, keep_number) = match lost_phone {
                Some(LostPhoneSetUp { lead, hint, keep_number }) => {
                    (Some(lead), Some(view! { <KeepNumberForm hint label=keep_number /> }))
                }
                None => (None, None),
            };
            let explanation = match (lead, stored_phone) {
                (Some(lead), _) => lead.into_any(),
                (None, Some(hint)) => {
                    let number = view! { <MaskedNumber hint /> };
                    render_text_with_emphasised_value(&texts.set_up.stored_phone, number).into_any()
                }
                (None, None) => texts.set_up.no_stored_phone.into_any(),
            };
            view! {
                <p class="lead">{explanation}</p>
                <PhoneNumberForm
                    label=texts.labels.phone
                    action=server_fns::phone::SetUp::PATH
                    phone
                    errors
                    autofocus=true
                    children
                />
                {keep_number}
            }
            .into_any()
        }
    }
}

/// Form with one button that signs in with the earlier second factor. `hint` says which users can do so.
#[component]
fn KeepNumberForm(hint: String, label: String) -> impl IntoView {
    view! {
        <p class="muted">{hint}</p>
        <form class="actions" method="post" action=server_fns::lost_phone::KeepPhoneNumber::PATH>
            <FlowIdInput />
            <button type="submit" class="secondary">{label}</button>
        </form>
    }
}
