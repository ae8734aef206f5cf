//! Server functions that request the deletion of an account, withdraw the request, and sign out without withdrawing it.

use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Answer;

/// Requests the deletion of the signed-in user's account, after step-up authentication. The username confirms the
/// request.
#[server(prefix = "/api", endpoint = "account/delete")]
pub async fn request_deletion(username: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::deletion;
    let call = crate::web::request::Call::find_running_call()?;
    let requested = deletion::request_deletion(&call.app, &call.context, &username).await;
    let result = requested.map(|requested| requested.outcome);
    call.convert_flow_outcome_to_answer(domain::routes::PROFILE_DELETE, &[], result)
}

/// Withdraws the request to delete the account.
#[server(prefix = "/api", endpoint = "account/keep")]
pub async fn keep_account() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::deletion;
    let call = crate::web::request::Call::find_running_call()?;
    let result = deletion::withdraw_deletion(&call.app, &call.context).await;
    call.convert_flow_outcome_to_answer(domain::routes::LOGIN, &[], result)
}

/// Ends the session of this browser, and lets the account be deleted.
#[server(prefix = "/api", endpoint = "account/let-delete")]
pub async fn let_account_be_deleted() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::deletion;
    let call = crate::web::request::Call::find_running_call()?;
    let result = deletion::sign_out_without_withdrawing_deletion(&call.app, &call.context).await;
    call.convert_flow_outcome_to_answer(domain::routes::LOGIN, &[], result)
}
