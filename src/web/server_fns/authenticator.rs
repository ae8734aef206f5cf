use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Answer;

/// Makes a secret for an authenticator app; its page shows it.
#[server(prefix = "/api", endpoint = "authenticator/begin")]
pub async fn begin() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::authenticator;
    let call = crate::web::request::Call::current()?;
    let result = authenticator::begin(&call.app, &call.context).await;
    call.answer(domain::routes::PROFILE_AUTHENTICATOR, &[], result)
}

/// Takes the app's first code; from then on its codes count.
#[server(prefix = "/api", endpoint = "authenticator/confirm")]
pub async fn confirm(code: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::authenticator;
    let call = crate::web::request::Call::current()?;
    let result = authenticator::confirm(&call.app, &call.context, &code).await;
    call.answer(domain::routes::PROFILE_AUTHENTICATOR, &[], result)
}

/// Forgets the secret that was not confirmed yet.
#[server(prefix = "/api", endpoint = "authenticator/cancel")]
pub async fn cancel() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::authenticator;
    let call = crate::web::request::Call::current()?;
    let result = authenticator::cancel(&call.app, &call.context).await;
    call.answer(domain::routes::PROFILE_AUTHENTICATOR, &[], result)
}

/// Takes the authenticator app away.
#[server(prefix = "/api", endpoint = "authenticator/remove")]
pub async fn remove() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::authenticator;
    let call = crate::web::request::Call::current()?;
    let result = authenticator::remove(&call.app, &call.context).await;
    call.answer(domain::routes::PROFILE_AUTHENTICATOR, &[], result)
}
