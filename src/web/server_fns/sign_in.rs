//! Server functions for sign-in, step-up, and ending sessions.

use leptos::prelude::*;

use super::ServerFunctionError;
use domain::{Answer, ProtectedArea};

/// Checks username or e-mail address and password, and starts the second step of a sign-in.
#[server(prefix = "/api", endpoint = "login/begin")]
pub async fn begin_sign_in(
    identifier: String,
    password: String,
    #[server(default)] captcha: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::sign_in;
    use domain::ShownAnswer;
    let call = crate::web::request::Call::find_running_call()?;
    let result =
        sign_in::begin_sign_in(&call.app, &call.context, &identifier, password, &captcha).await;
    let loads_page = result.as_ref().is_ok_and(|outcome| outcome.loads_page);
    let mut answer = call.convert_flow_outcome_to_answer(
        domain::routes::LOGIN,
        &[(domain::Field::Identifier, &identifier)],
        result,
    )?;
    if loads_page {
        answer.shown = ShownAnswer::GoTo(domain::routes::LOGIN.into());
    }
    Ok(answer)
}

/// Checks the password of a signed-in user before a sensitive change (step-up).
#[server(name = StepUp, prefix = "/api", endpoint = "step-up/begin")]
pub async fn check_step_up_password(
    area: ProtectedArea,
    password: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::step_up;
    let call = crate::web::request::Call::find_running_call()?;
    let result = step_up::begin_step_up(&call.app, &call.context, area, password).await;
    call.convert_flow_outcome_to_answer(area.path(), &[], result)
}

/// Ends the session of this browser.
#[server(prefix = "/api", endpoint = "logout")]
pub async fn sign_out() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::sign_in;
    let call = crate::web::request::Call::find_running_call()?;
    call.convert_flow_outcome_to_answer(
        domain::routes::LOGIN,
        &[],
        sign_in::sign_out(&call.app, &call.context).await,
    )
}

/// Ends another session of the signed-in user.
#[server(prefix = "/api", endpoint = "sessions/end")]
pub async fn end_session(session: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::sessions;
    let call = crate::web::request::Call::find_running_call()?;
    let result = sessions::end_session_by_id(&call.app, &call.context, &session).await;
    call.convert_flow_outcome_to_answer(domain::routes::PROFILE_SESSIONS, &[], result)
}

/// Ends all other sessions of the signed-in user.
#[server(prefix = "/api", endpoint = "sessions/end-others")]
pub async fn end_other_sessions() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::sessions;
    let call = crate::web::request::Call::find_running_call()?;
    let result = sessions::end_other_sessions(&call.app, &call.context).await;
    call.convert_flow_outcome_to_answer(domain::routes::PROFILE_SESSIONS, &[], result)
}
