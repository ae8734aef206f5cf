use leptos::prelude::*;

use super::ApiError;
use crate::domain::Answer;

/// Takes name, username and e-mail; opens a registration.
#[server(prefix = "/api", endpoint = "register/begin")]
pub async fn begin(
    full_name: String,
    username: String,
    email: String,
    #[server(default)] captcha: String,
) -> Result<Answer, ApiError> {
    use crate::server::flows::registration::{self, Details};
    let call = crate::server::request::Call::current()?;
    let details = Details {
        full_name: &full_name,
        username: &username,
        email: &email,
        captcha: &captcha,
    };
    let kept = [
        (crate::domain::Field::FullName, &*full_name),
        (crate::domain::Field::Username, &*username),
        (crate::domain::Field::Email, &*email),
    ];
    call.answer(
        crate::routes::REGISTER,
        &kept,
        registration::begin(&call.app, &call.visitor, &details).await,
    )
}

/// Takes password and phone number.
#[server(prefix = "/api", endpoint = "register/credentials")]
pub async fn credentials(password: String, phone: String) -> Result<Answer, ApiError> {
    use crate::server::flows::registration;
    let call = crate::server::request::Call::current()?;
    let result = registration::credentials(&call.app, &call.visitor, password, &phone).await;
    call.answer(
        crate::routes::REGISTER_CREDENTIALS,
        &[(crate::domain::Field::Phone, &phone)],
        result,
    )
}
