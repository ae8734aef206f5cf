use leptos::prelude::*;

use super::ServerFunctionError;
use domain::{Answer, ProtectedArea};

/// Takes the password of somebody signed in, before something sensitive.
#[server(prefix = "/api", endpoint = "step-up/begin")]
pub async fn begin(area: ProtectedArea, password: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::step_up;
    let call = crate::web::request::Call::current()?;
    let result = step_up::begin(&call.app, &call.context, area, password).await;
    call.answer(area.path(), &[], result)
}
