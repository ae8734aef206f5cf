use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Answer;

/// Takes the number for an account without a second factor, and sends the first code.
#[server(name = SetUp, prefix = "/api", endpoint = "set-up/send")]
pub async fn send(phone: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::set_up;
    let call = crate::web::request::Call::current()?;
    call.answer(
        domain::routes::LOGIN,
        &[(domain::Field::Phone, &phone)],
        set_up::submit_number(&call.app, &call.context, &phone).await,
    )
}

/// Goes back to the number; the code that is out dies.
#[server(prefix = "/api", endpoint = "set-up/another-number")]
pub async fn another_number() -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::set_up;
    let call = crate::web::request::Call::current()?;
    let result = set_up::another_number(&call.app, &call.context).await;
    call.answer(domain::routes::LOGIN, &[], result)
}
