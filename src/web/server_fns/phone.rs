//! Server functions for the phone number of an account: its set-up and its change.

use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Answer;

/// Sends a code to the phone number of an account without a second factor.
#[server(name = SetUp, prefix = "/api", endpoint = "set-up/send")]
pub async fn begin_phone_set_up(
    phone: String,
    #[server(default)] country: String,
    #[server(default)] flow_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::set_up;
    use crate::security::typed_number::TypedNumber;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let (number, country) = (&*phone, &*country);
    let typed = TypedNumber { number, country };
    call.convert_flow_outcome_to_answer(
        domain::routes::LOGIN,
        &[
            (domain::Field::Phone, number),
            (domain::Field::Country, country),
        ],
        set_up::submit_phone_number(&call.app, &call.context, typed).await,
    )
}

/// Returns to the phone number form of the second factor's set-up, and invalidates the sent code.
#[server(name = AnotherSetUpNumber, prefix = "/api", endpoint = "set-up/another-number")]
pub async fn return_to_set_up_number_form(
    #[server(default)] flow_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::set_up;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let result = set_up::choose_another_phone_number(&call.app, &call.context).await;
    call.convert_flow_outcome_to_answer(domain::routes::LOGIN, &[], result)
}

/// Starts a change of the phone number and sends a code to the new number.
#[server(name = BeginChange, prefix = "/api", endpoint = "phone-change/begin")]
pub async fn begin_phone_change(
    phone: String,
    #[server(default)] country: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::phone_change;
    use crate::security::typed_number::TypedNumber;
    let call = crate::web::request::Call::find_running_call()?;
    let (number, country) = (&*phone, &*country);
    let typed = TypedNumber { number, country };
    call.convert_flow_outcome_to_answer(
        domain::routes::PROFILE_PHONE,
        &[
            (domain::Field::Phone, number),
            (domain::Field::Country, country),
        ],
        phone_change::begin_phone_change(&call.app, &call.context, typed).await,
    )
}

/// Returns to the form for a new phone number, and invalidates the sent code.
#[server(name = AnotherNumber, prefix = "/api", endpoint = "phone-change/another-number")]
pub async fn return_to_new_number_form(
    #[server(default)] flow_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::phone_change;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let result = phone_change::choose_another_phone_number(&call.app, &call.context).await;
    call.convert_flow_outcome_to_answer(domain::routes::PROFILE_PHONE, &[], result)
}

/// Saves the new phone number after the user has verified it.
#[server(name = ConfirmChange, prefix = "/api", endpoint = "phone-change/confirm")]
pub async fn confirm_phone_change(
    #[server(default)] flow_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::phone_change;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let result = phone_change::confirm_phone_change(&call.app, &call.context).await;
    call.convert_flow_outcome_to_answer(domain::routes::PROFILE_PHONE, &[], result)
}
