//! Server functions for the account recovery after a lost phone, and for undoing a contact change.

use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Answer;

/// Sends the mail that starts an account recovery. The user must have entered the correct password in a sign-in.
#[server(prefix = "/api", endpoint = "lost-phone/report")]
pub async fn report_lost_phone(
    #[server(default)] flow_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::lost_phone;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let result =
        lost_phone::request_lost_phone_recovery_during_sign_in(&call.app, &call.context).await;
    call.convert_flow_outcome_to_answer(domain::routes::LOST_PHONE, &[], result)
}

/// Checks username or e-mail address and password, and sends the mail that starts an account recovery.
#[server(prefix = "/api", endpoint = "lost-phone/begin")]
pub async fn begin_recovery(
    identifier: String,
    password: String,
    #[server(default)] captcha: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::lost_phone::request_lost_phone_recovery_with_password;
    use domain::{Field, routes};
    let call = crate::web::request::Call::find_running_call()?;
    let result = request_lost_phone_recovery_with_password(
        &call.app,
        &call.context,
        &identifier,
        password,
        &captcha,
    )
    .await;
    let kept = [(Field::Identifier, identifier.as_str())];
    call.convert_flow_outcome_to_answer(routes::LOST_PHONE, &kept, result)
}

/// Starts an account recovery with the token of a mailed link, or lets this browser complete an open one.
#[server(prefix = "/api", endpoint = "lost-phone/open")]
pub async fn open_recovery(token: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::lost_phone_link;
    use domain::{MailedLinkToken, routes};
    let call = crate::web::request::Call::find_running_call()?;
    let result =
        lost_phone_link::open_lost_phone_recovery_by_link(&call.app, &call.context, &token).await;
    match MailedLinkToken::parse(&token) {
        Some(token) => {
            call.convert_flow_outcome_to_answer(routes::lost_phone_link_path(&token), &[], result)
        }
        None => call.convert_flow_outcome_to_answer(routes::LOST_PHONE, &[], result),
    }
}

/// Signs in with the earlier second factor after an account recovery, and keeps the phone number.
#[server(prefix = "/api", endpoint = "lost-phone/keep-number")]
pub async fn keep_phone_number(
    #[server(default)] flow_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::lost_phone;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let result = lost_phone::sign_in_with_earlier_second_factor(&call.app, &call.context).await;
    call.convert_flow_outcome_to_answer(domain::routes::LOGIN, &[], result)
}

/// Cancels an account recovery with the token of a link in a notification.
#[server(prefix = "/api", endpoint = "recovery/cancel")]
pub async fn cancel_recovery(token: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::lost_phone;
    use domain::{MailedLinkToken, routes};
    let call = crate::web::request::Call::find_running_call()?;
    let result =
        lost_phone::cancel_lost_phone_recovery_by_link(&call.app, &call.context, &token).await;
    match MailedLinkToken::parse(&token) {
        Some(token) => call.convert_flow_outcome_to_answer(
            routes::recovery_cancellation_link_path(&token),
            &[],
            result,
        ),
        None => call.convert_flow_outcome_to_answer(routes::LOGIN, &[], result),
    }
}

/// Cancels the account recovery of the signed-in user.
#[server(prefix = "/api", endpoint = "recovery/stop")]
pub async fn stop_recovery() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::lost_phone;
    let call = crate::web::request::Call::find_running_call()?;
    let result =
        lost_phone::cancel_lost_phone_recovery_of_signed_in_user(&call.app, &call.context).await;
    call.convert_flow_outcome_to_answer(domain::routes::RECOVERY, &[], result)
}

/// Undoes a change of phone number or e-mail address with the token of a link in a notification.
#[server(prefix = "/api", endpoint = "undo")]
pub async fn undo_change(token: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::undo;
    use domain::{MailedLinkToken, routes};
    let call = crate::web::request::Call::find_running_call()?;
    let result = undo::undo_contact_change(&call.app, &call.context, &token).await;
    match MailedLinkToken::parse(&token) {
        Some(token) => {
            call.convert_flow_outcome_to_answer(routes::undo_link_path(&token), &[], result)
        }
        None => call.convert_flow_outcome_to_answer(routes::LOGIN, &[], result),
    }
}
