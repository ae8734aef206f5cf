use leptos::prelude::*;

use super::ServerFunctionError;
use domain::{Answer, ProtectedArea};

/// Checks the password of a signed-in user before a sensitive change.
#[server(prefix = "/api", endpoint = "step-up/begin")]
pub async fn begin(area: ProtectedArea, password: String) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::step_up;
    let call = crate::web::request::Call::current()?;
    let result = step_up::begin(&call.app, &call.context, area, password).await;
    call.answer(area.path(), &[], result)
}
