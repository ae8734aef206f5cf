use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Answer;

/// Takes username or e-mail and password; opens the second step.
#[server(prefix = "/api", endpoint = "login/begin")]
pub async fn begin(
    identifier: String,
    password: String,
    #[server(default)] captcha: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::sign_in;
    let call = crate::web::request::Call::current()?;
    let result = sign_in::begin(&call.app, &call.context, &identifier, password, &captcha).await;
    call.answer(
        domain::routes::LOGIN,
        &[(domain::Field::Identifier, &identifier)],
        result,
    )
}

/// Ends the session.
#[server(prefix = "/api", endpoint = "logout")]
pub async fn sign_out() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::sign_in;
    let call = crate::web::request::Call::current()?;
    call.answer(
        domain::routes::LOGIN,
        &[],
        sign_in::sign_out(&call.app, &call.context).await,
    )
}
