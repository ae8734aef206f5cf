use leptos::prelude::*;

use super::ServerFunctionError;
use domain::{Answer, Purpose};

/// Sends the code of this browser's flow, the first or another.
#[server(name = SendCode, prefix = "/api", endpoint = "verification/send")]
pub async fn send(
    purpose: Purpose,
    #[server(default)] channel: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::verification;
    use domain::Channel;
    let call = crate::web::request::Call::current()?;
    let channel = Channel::from_name(&channel).unwrap_or(Channel::Sms);
    let result = verification::send_code(&call.app, &call.context, purpose, channel).await;
    call.answer(domain::routes::verify(purpose), &[], result)
}

/// Takes the choice of a second factor; SMS sends its code.
#[server(prefix = "/api", endpoint = "verification/method")]
pub async fn choose(
    purpose: Purpose,
    #[server(default)] method: String,
    #[server(default)] channel: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::method_choice;
    use domain::Channel;
    let call = crate::web::request::Call::current()?;
    let channel = Channel::from_name(&channel).unwrap_or(Channel::Sms);
    let result = method_choice::choose(&call.app, &call.context, purpose, &method, channel).await;
    call.answer(domain::routes::start(purpose), &[], result)
}

/// Goes back to the choice of method; the code that is out dies.
#[server(prefix = "/api", endpoint = "verification/another-method")]
pub async fn another_method(purpose: Purpose) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::method_choice;
    let call = crate::web::request::Call::current()?;
    let result = method_choice::choose_again(&call.app, &call.context, purpose).await;
    call.answer(domain::routes::verify(purpose), &[], result)
}

/// Checks what was typed.
#[server(prefix = "/api", endpoint = "verification/check")]
pub async fn check(purpose: Purpose, code: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::verification;
    let call = crate::web::request::Call::current()?;
    let result = verification::check_code(&call.app, &call.context, purpose, &code).await;
    call.answer(domain::routes::verify(purpose), &[], result)
}

/// Where the code entry stands now; asked after a sleep, when no local clock can be trusted.
#[server(prefix = "/api", endpoint = "verification/entry")]
pub async fn entry(purpose: Purpose) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::verification;
    let call = crate::web::request::Call::current()?;
    let result = verification::current_code_entry(&call.app, &call.context, purpose).await;
    call.answer(domain::routes::verify(purpose), &[], result)
}

/// Cancels this browser's flow, here and at the provider.
#[server(prefix = "/api", endpoint = "verification/cancel")]
pub async fn cancel(purpose: Purpose) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::verification;
    let call = crate::web::request::Call::current()?;
    let result = verification::cancel(&call.app, &call.context, purpose).await;
    call.answer(domain::routes::start(purpose), &[], result)
}
