use leptos::prelude::*;

use super::ApiError;
use crate::domain::Answer;

/// Takes username or e-mail and password; opens the second step.
#[server(prefix = "/api", endpoint = "login/begin")]
pub async fn begin(
    identifier: String,
    password: String,
    #[server(default)] captcha: String,
) -> Result<Answer, ApiError> {
    use crate::server::flows::sign_in;
    let call = crate::server::request::Call::current()?;
    let result = sign_in::begin(&call.app, &call.visitor, &identifier, password, &captcha).await;
    call.answer(
        crate::routes::LOGIN,
        &[(crate::domain::Field::Identifier, &identifier)],
        result,
    )
}

/// Ends the session.
#[server(prefix = "/api", endpoint = "logout")]
pub async fn sign_out() -> Result<Answer, ApiError> {
    use crate::server::flows::sign_in;
    let call = crate::server::request::Call::current()?;
    call.answer(
        crate::routes::LOGIN,
        &[],
        sign_in::sign_out(&call.app, &call.visitor).await,
    )
}
