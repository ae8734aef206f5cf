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
pub fn registration_step(app: &AppState, flow: &Flow) -> Result<Step, FlowError> {
    match &flow.verification.state {
        State::Collecting => Ok(Step::Credentials),
        State::Ready { phone, .. }
        | State::Sending {
            phone,
            earlier: None,
            ..
        } => Ok(Step::SendCode {
            purpose: Purpose::Registration,
            hint: phone.hint(),
        }),
        State::Sending { .. }
        | State::AwaitingCode { .. }
        | State::Checking { .. }
        | State::AwaitingFactor { .. }
        | State::Approved { .. } => describe_code_entry(app, flow).map(Step::EnterCode),
        State::Ended { .. } => Ok(Step::Details),
    }
}

/// Returns the username that the account will have. It is empty for a flow of another purpose.
pub fn chosen_username(flow: &Flow) -> String {
    match &flow.data {
        FlowData::Registration { username, .. } => username.clone(),
        _ => String::new(),
    }
}

/// Whether the flow has a password, so that only the phone number needs correction.
pub fn is_password_kept(flow: &Flow) -> bool {
    matches!(
        flow.data,
        FlowData::Registration {
            password_hash: Some(_),
            ..
        }
    )
}

/// Returns full name, username and e-mail address as typed, so that the form can show them again for a correction.
/// `None` for a flow of another purpose.
pub fn entered_registration_names(flow: &Flow) -> Option<[String; 3]> {
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

/// Returns the whole number before the first code is sent to it, so that the user sees a typing error. `None` after
/// that.
pub fn number_before_sending(flow: &Flow) -> Option<String> {
    match &flow.verification.state {
        State::Ready { phone, .. } => Some(phone_rules::format_in_groups(phone)),
        _ => None,
    }
}
