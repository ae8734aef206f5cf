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

/// Takes the choice of method; SMS sends its code.
#[server(prefix = "/api", endpoint = "login/method")]
pub async fn choose(#[server(default)] method: String) -> Result<Answer, ApiError> {
    use crate::server::flows::sign_in;
    let call = crate::server::request::Call::current()?;
    call.answer(
        crate::routes::LOGIN,
        &[],
        sign_in::choose(&call.app, &call.visitor, &method).await,
    )
}

/// Goes back to the choice of method; the code that is out dies.
#[server(prefix = "/api", endpoint = "login/another-method")]
pub async fn another_method() -> Result<Answer, ApiError> {
    use crate::server::flows::sign_in;
    let call = crate::server::request::Call::current()?;
    call.answer(
        crate::routes::LOGIN_VERIFY,
        &[],
        sign_in::another_method(&call.app, &call.visitor).await,
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
