//! Server functions that verify and change the e-mail address of the signed-in user.
//!
//! `proof_id` identifies the account and the address that the page shows. It is empty on a page that a node of an older
//! version has rendered.

use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Answer;

/// Sends a code to the e-mail address that waits for verification.
#[server(prefix = "/api", endpoint = "email/send")]
pub async fn send_email_code(
    #[server(default)] proof_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::email_proof;
    use crate::security::email_code::EmailProofId;
    let call = crate::web::request::Call::find_running_call()?;
    let on_page = EmailProofId::from_form(&proof_id);
    let result = email_proof::send_email_code(&call.app, &call.context, on_page.as_ref()).await;
    call.convert_flow_outcome_to_answer(domain::routes::VERIFY_EMAIL, &[], result)
}

/// Starts a change of the e-mail address, after step-up authentication, and sends a code to the new address.
#[server(prefix = "/api", endpoint = "email/change")]
pub async fn begin_email_change(email: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::email_proof;
    let call = crate::web::request::Call::find_running_call()?;
    call.convert_flow_outcome_to_answer(
        domain::routes::PROFILE_EMAIL,
        &[(domain::Field::Email, &email)],
        email_proof::begin_email_change(&call.app, &call.context, &email).await,
    )
}

/// Checks the code that was sent to an e-mail address.
#[server(prefix = "/api", endpoint = "email/check")]
pub async fn check_email_code(
    code: String,
    #[server(default)] proof_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::email_proof;
    use crate::security::email_code::EmailProofId;
    let call = crate::web::request::Call::find_running_call()?;
    let on_page = EmailProofId::from_form(&proof_id);
    let result =
        email_proof::check_email_code(&call.app, &call.context, &code, on_page.as_ref()).await;
    call.convert_flow_outcome_to_answer(domain::routes::VERIFY_EMAIL, &[], result)
}

/// Cancels a change of the e-mail address with the token of a mailed link. Needs no session.
#[server(prefix = "/api", endpoint = "email/cancel")]
pub async fn cancel_email_change(token: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::email_proof;
    use domain::{MailedLinkToken, routes};
    let call = crate::web::request::Call::find_running_call()?;
    let result = email_proof::cancel_email_change(&call.app, &call.context, &token).await;
    match MailedLinkToken::parse(&token) {
        Some(token) => {
            call.convert_flow_outcome_to_answer(routes::email_change_link_path(&token), &[], result)
        }
        None => call.convert_flow_outcome_to_answer(routes::LOGIN, &[], result),
    }
}
