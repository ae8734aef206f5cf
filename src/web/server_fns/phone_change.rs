use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Answer;

/// Takes the new number and sends a code to it.
#[server(prefix = "/api", endpoint = "phone-change/begin")]
pub async fn begin(phone: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::phone_change;
    let call = crate::web::request::Call::current()?;
    call.answer(
        domain::routes::PROFILE_PHONE,
        &[(domain::Field::Phone, &phone)],
        phone_change::begin(&call.app, &call.context, &phone).await,
    )
}

/// Forgets the number that was typed; the code that is out dies.
#[server(prefix = "/api", endpoint = "phone-change/another-number")]
pub async fn another_number() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::phone_change;
    let call = crate::web::request::Call::current()?;
    let result = phone_change::another_number(&call.app, &call.context).await;
    call.answer(domain::routes::PROFILE_PHONE, &[], result)
}

/// Saves the verified number.
#[server(prefix = "/api", endpoint = "phone-change/confirm")]
pub async fn confirm() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::phone_change;
    let call = crate::web::request::Call::current()?;
    let result = phone_change::confirm(&call.app, &call.context).await;
    call.answer(domain::routes::PROFILE_PHONE, &[], result)
}
