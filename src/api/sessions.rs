use leptos::prelude::*;

use super::ApiError;
use crate::domain::Answer;

/// Ends another of the person's sessions.
#[server(name = EndSession, prefix = "/api", endpoint = "sessions/end")]
pub async fn end(session: String) -> Result<Answer, ApiError> {
    use crate::server::flows::sessions;
    let call = crate::server::request::Call::current()?;
    let result = sessions::end(&call.app, &call.visitor, &session).await;
    call.answer(crate::routes::PROFILE_SESSIONS, &[], result)
}

/// Ends every session of the person but this one.
#[server(name = EndOtherSessions, prefix = "/api", endpoint = "sessions/end-others")]
pub async fn end_others() -> Result<Answer, ApiError> {
    use crate::server::flows::sessions;
    let call = crate::server::request::Call::current()?;
    let result = sessions::end_others(&call.app, &call.visitor).await;
    call.answer(crate::routes::PROFILE_SESSIONS, &[], result)
}
