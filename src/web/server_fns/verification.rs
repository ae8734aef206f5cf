//! Server functions for this browser's verification flow: CAPTCHA, choice of the second factor, sending and checking a
//! code, cancellation.
//!
//! `flow_id` is the ID of the flow that the page shows. It is empty on the sign-in page, and on a page that a node of an
//! older version has rendered.

use leptos::prelude::*;

use super::ServerFunctionError;
use domain::{Answer, Purpose};

/// Creates a CAPTCHA challenge for a form. Returns `None` if no CAPTCHA is needed.
#[server(name = CaptchaChallenge, prefix = "/api", endpoint = "captcha/challenge")]
pub async fn create_captcha_challenge(
    purpose: Purpose,
) -> Result<Option<String>, ServerFunctionError> {
    use crate::auth::entry::captcha;
    let call = crate::web::request::Call::find_running_call()?;
    Ok(captcha::create_captcha_challenge_of_form(&call.app, &call.context, purpose).await)
}

/// Sends a one-time code for this browser's verification flow, the first or a further one.
#[server(prefix = "/api", endpoint = "verification/send")]
pub async fn send_code(
    purpose: Purpose,
    #[server(default)] channel: String,
    #[server(default)] flow_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::verification;
    use domain::Channel;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let channel = Channel::from_name(&channel).unwrap_or(Channel::Sms);
    let result =
        verification::send_or_resend_code(&call.app, &call.context, purpose, channel).await;
    let page = domain::routes::code_entry_page(purpose);
    let page = call.page_after_call(purpose, page, result.is_err()).await;
    let answer = call.convert_flow_outcome_to_answer(page, &[], result)?;
    call.remove_flow_token_if_end_is_shown(purpose, &answer)
        .await;
    Ok(answer)
}

/// Chooses the second factor of a verification flow. Sends a code if the factor is the phone.
#[server(prefix = "/api", endpoint = "verification/method")]
pub async fn choose_method(
    purpose: Purpose,
    #[server(default)] method: String,
    #[server(default)] channel: String,
    #[server(default)] flow_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::method_choice;
    use domain::Channel;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let channel = Channel::from_name(&channel).unwrap_or(Channel::Sms);
    let result =
        method_choice::choose_factor_method(&call.app, &call.context, purpose, &method, channel)
            .await;
    let page = domain::routes::start_page(purpose);
    let page = call.page_after_call(purpose, page, result.is_err()).await;
    call.convert_flow_outcome_to_answer(page, &[], result)
}

/// Returns to the choice of the second factor, and invalidates the sent code.
#[server(prefix = "/api", endpoint = "verification/another-method")]
pub async fn choose_another_method(
    purpose: Purpose,
    #[server(default)] flow_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::method_choice;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let result =
        method_choice::return_to_second_factor_choice(&call.app, &call.context, purpose).await;
    let page = domain::routes::code_entry_page(purpose);
    let page = call.page_after_call(purpose, page, result.is_err()).await;
    call.convert_flow_outcome_to_answer(page, &[], result)
}

/// Checks the one-time code or recovery code that the user typed.
#[server(prefix = "/api", endpoint = "verification/check")]
pub async fn check_code(
    purpose: Purpose,
    code: String,
    #[server(default)] flow_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::verification;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let result = verification::check_entered_code(&call.app, &call.context, purpose, &code).await;
    let page = domain::routes::code_entry_page(purpose);
    let page = call.page_after_call(purpose, page, result.is_err()).await;
    let answer = if call.is_flow_completed(purpose, result.is_err()).await {
        call.convert_flow_outcome_to_answer(page, &[], result)?
    } else {
        call.convert_code_check_to_answer(page, &[], result)?
    };
    call.remove_flow_token_if_end_is_shown(purpose, &answer)
        .await;
    Ok(answer)
}

/// Returns the current state of the code entry form, for a tab that becomes visible again.
#[server(name = CurrentCodeEntry, prefix = "/api", endpoint = "verification/entry")]
pub async fn read_current_code_entry(
    purpose: Purpose,
    #[server(default)] flow_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::verification;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let result = verification::read_code_entry(&call.app, &call.context, purpose).await;
    call.convert_code_check_to_answer(domain::routes::code_entry_page(purpose), &[], result)
}

/// Cancels this browser's verification flow in the database and at the provider.
///
/// `age` is the time in milliseconds since the user cancelled, because a script repeats a request that has failed. A
/// form without a script has no age.
#[server(name = CancelFlow, prefix = "/api", endpoint = "verification/cancel")]
pub async fn cancel_verification_flow(
    purpose: Purpose,
    #[server(default)] flow_id: String,
    #[server(default)] age: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::verification;
    use std::time::Duration;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let (app, context) = (&call.app, &call.context);
    let age = age.parse().ok().map(Duration::from_millis);
    let cancelled_at = age.map(|age| app.now() - age);
    let mut result = verification::cancel_verification(app, context, purpose, cancelled_at).await;
    // Without a new page, the form below the choice of method still contains the username.
    if let Ok(outcome) = &mut result
        && purpose == Purpose::SignIn
        && !call.reloads_page
    {
        outcome.sign_in_name = None;
    }
    call.convert_flow_outcome_to_answer(domain::routes::start_page(purpose), &[], result)
}

/// Records that the user is leaving a page of a verification flow.
///
/// The server cancels the flow some seconds later unless another page of the flow is open that it sent after this one.
/// `page` is the server's time in milliseconds when it sent the page.
#[server(name = Leave, prefix = "/api", endpoint = "verification/leave")]
pub async fn report_leaving_flow_page(
    purpose: Purpose,
    #[server(default)] page: String,
    #[server(default)] flow_id: String,
) -> Result<(), ServerFunctionError> {
    use crate::auth::entry::verification;
    use domain::Timestamp;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let (app, context) = (&call.app, &call.context);
    let opened_at = page.parse().ok().map(Timestamp::from_millis);
    call.respond_to_report_about_flow_page(
        verification::cancel_flow_after_user_left_page(app, context, purpose, opened_at).await,
    )
}

/// Records that this page of a verification flow is open, and returns the recorded time.
///
/// The browser calls it after it has loaded the page, or another tab has closed its page. The page counts as opened at
/// the returned time, which is in milliseconds as text.
///
/// `page` is the server's time in milliseconds when it sent the page. Without it the page counts as opened now.
#[server(name = ReturnTo, prefix = "/api", endpoint = "verification/return")]
pub async fn report_return_to_flow_page(
    purpose: Purpose,
    #[server(default)] page: String,
    #[server(default)] flow_id: String,
) -> Result<Option<String>, ServerFunctionError> {
    use crate::auth::entry::verification;
    use domain::Timestamp;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let (app, context) = (&call.app, &call.context);
    let opened_at = page.parse().ok().map(Timestamp::from_millis);
    let recorded = verification::record_open_flow_page(app, context, purpose, opened_at).await;
    call.respond_to_report_about_flow_page(
        recorded.map(|time| time.map(|time| time.as_millis().to_string())),
    )
}
