use leptos::prelude::*;

use super::ApiError;
use crate::domain::Answer;

/// Takes the number for an account without a second factor, and sends the first code.
#[server(name = SetUp, prefix = "/api", endpoint = "set-up/send")]
pub async fn send(phone: String) -> Result<Answer, ApiError> {
    use crate::server::flows::set_up;
    let call = crate::server::request::Call::current()?;
    call.answer(
        crate::routes::LOGIN,
        &[(crate::domain::Field::Phone, &phone)],
        set_up::send(&call.app, &call.visitor, &phone).await,
    )
}

/// Goes back to the number; the code that is out dies.
#[server(prefix = "/api", endpoint = "set-up/another-number")]
pub async fn another_number() -> Result<Answer, ApiError> {
    use crate::server::flows::set_up;
    let call = crate::server::request::Call::current()?;
    let result = set_up::another_number(&call.app, &call.visitor).await;
    call.answer(crate::routes::LOGIN, &[], result)
}
