//! The data of a registration flow that its pages show: the current step, and the values that were entered before.

use crate::auth::engine::code_entry::describe_code_entry;
use crate::auth::error::FlowError;
use crate::context::AppState;
use crate::security::phone_rules;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::verification::State;
use domain::{Purpose, Step};

/// Returns the current step of a registration flow.
pub fn current_step_of_registration(app: &AppState, flow: &Flow) -> Result<Step, FlowError> {
    match &flow.verification.state {
        State::Collecting => Ok(Step::Credentials),
        State::Ready { phone, .. }
        | State::Sending {
            phone,
            earlier: None,
            ..
        } => Ok(Step::SendCode {
            purpose: Purpose::Registration,
            hint: phone.masked_hint(),
        }),
        State::Sending { .. }
        | State::AwaitingCode { .. }
        | State::Checking { .. }
        | State::AwaitingFactor { .. }
        | State::Approved { .. } => describe_code_entry(app, flow).map(Step::EnterCode),
        State::Ended { .. } => Ok(Step::Details),
    }
}

/// Returns the username of a registration flow; empty for a verification flow of another purpose.
pub fn username_of_registration_flow(flow: &Flow) -> String {
    match &flow.data {
        FlowData::Registration { username, .. } => username.clone(),
        _ => String::new(),
    }
}

/// Returns whether the registration flow contains the hash of a valid password.
///
/// The user then corrects only an invalid phone number.
pub fn has_registration_password_hash(flow: &Flow) -> bool {
    matches!(
        flow.data,
        FlowData::Registration {
            password_hash: Some(_),
            ..
        }
    )
}

/// Returns the full name, username and e-mail address of a registration as the user typed them.
///
/// Returns `None` for a flow of another purpose.
pub fn find_entered_registration_details(flow: &Flow) -> Option<[String; 3]> {
    match &flow.data {
        FlowData::Registration {
            full_name,
            username,
            email,
            ..
        } => Some([full_name, username, email].map(Clone::clone)),
        _ => None,
    }
}

/// Returns the full phone number of a registration, so that the user can check it.
///
/// Returns `None` once the first code is sent.
pub fn find_phone_number_if_no_code_was_sent(flow: &Flow) -> Option<String> {
    match &flow.verification.state {
        State::Ready { phone, .. } => Some(phone_rules::format_phone_number_in_groups(phone)),
        _ => None,
    }
}
