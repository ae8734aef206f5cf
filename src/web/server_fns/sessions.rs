use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Answer;

/// Ends another of the person's sessions.
#[server(name = EndSession, prefix = "/api", endpoint = "sessions/end")]
pub async fn end(session: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::sessions;
    let call = crate::web::request::Call::current()?;
    let result = sessions::end(&call.app, &call.context, &session).await;
    call.answer(domain::routes::PROFILE_SESSIONS, &[], result)
}

/// Ends every session of the person but this one.
#[server(name = EndOtherSessions, prefix = "/api", endpoint = "sessions/end-others")]
pub async fn end_others() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::sessions;
    let call = crate::web::request::Call::current()?;
    let result = sessions::end_others(&call.app, &call.context).await;
    call.answer(domain::routes::PROFILE_SESSIONS, &[], result)
}
