//! Server functions that reset and change a password.

use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Answer;

/// Sends a mail with a password reset link, if the account exists.
///
/// The response does not reveal whether the account exists.
#[server(prefix = "/api", endpoint = "password/forgot")]
pub async fn request_reset_link(
    identifier: String,
    #[server(default)] captcha: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::password_reset;
    let call = crate::web::request::Call::find_running_call()?;
    let result = password_reset::request_password_reset_link(
        &call.app,
        &call.context,
        &identifier,
        &captcha,
    )
    .await;
    call.convert_flow_outcome_to_answer(
        domain::routes::FORGOT_PASSWORD,
        &[(domain::Field::Identifier, &identifier)],
        result,
    )
}

/// Accepts a new password with the token of a password reset link. The user then confirms the second factor.
#[server(prefix = "/api", endpoint = "password/reset")]
pub async fn reset_password(
    token: String,
    password: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::password_reset;
    use domain::{MailedLinkToken, routes};
    let call = crate::web::request::Call::find_running_call()?;
    let result =
        password_reset::submit_new_password(&call.app, &call.context, &token, password).await;
    match MailedLinkToken::parse(&token) {
        Some(token) => call.convert_flow_outcome_to_answer(
            routes::password_reset_link_path(&token),
            &[],
            result,
        ),
        None => call.convert_flow_outcome_to_answer(routes::FORGOT_PASSWORD, &[], result),
    }
}

/// Changes the password of the signed-in user, after step-up authentication.
#[server(prefix = "/api", endpoint = "password/change")]
pub async fn change_password(
    current_password: String,
    password: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::password_change;
    let call = crate::web::request::Call::find_running_call()?;
    let result =
        password_change::change_password(&call.app, &call.context, current_password, password)
            .await;
    call.convert_flow_outcome_to_answer(domain::routes::PROFILE_PASSWORD, &[], result)
}
