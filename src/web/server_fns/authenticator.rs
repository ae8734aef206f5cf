use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Answer;

/// Creates the secret of a new authenticator app, which the page `/profile/authenticator` then shows.
#[server(prefix = "/api", endpoint = "authenticator/begin")]
pub async fn begin_authenticator() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::authenticator;
    let call = crate::web::request::Call::find_running_call()?;
    let result = authenticator::begin_authenticator_setup(&call.app, &call.context).await;
    call.convert_flow_outcome_to_answer(domain::routes::PROFILE_AUTHENTICATOR, &[], result)
}

/// Checks the first code of a new authenticator app and adds the app to the account.
#[server(prefix = "/api", endpoint = "authenticator/confirm")]
pub async fn confirm_authenticator(code: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::authenticator;
    let call = crate::web::request::Call::find_running_call()?;
    let result = authenticator::confirm_authenticator_setup(&call.app, &call.context, &code).await;
    call.convert_flow_outcome_to_answer(domain::routes::PROFILE_AUTHENTICATOR, &[], result)
}

/// Deletes the secret of an authenticator app that is not confirmed yet.
#[server(prefix = "/api", endpoint = "authenticator/cancel")]
pub async fn cancel_authenticator() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::authenticator;
    let call = crate::web::request::Call::find_running_call()?;
    let result = authenticator::cancel_authenticator_setup(&call.app, &call.context).await;
    call.convert_flow_outcome_to_answer(domain::routes::PROFILE_AUTHENTICATOR, &[], result)
}

/// Removes the authenticator app from the account.
#[server(prefix = "/api", endpoint = "authenticator/remove")]
pub async fn remove_authenticator() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::authenticator;
    let call = crate::web::request::Call::find_running_call()?;
    let result = authenticator::remove_authenticator(&call.app, &call.context).await;
    call.convert_flow_outcome_to_answer(domain::routes::PROFILE_AUTHENTICATOR, &[], result)
}
