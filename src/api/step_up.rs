use leptos::prelude::*;

use super::ApiError;
use crate::domain::{Answer, Area};

/// Takes the password of somebody signed in, before something sensitive.
#[server(prefix = "/api", endpoint = "step-up/begin")]
pub async fn begin(area: Area, password: String) -> Result<Answer, ApiError> {
    use crate::server::flows::step_up;
    let call = crate::server::request::Call::current()?;
    let result = step_up::begin(&call.app, &call.visitor, area, password).await;
    call.answer(area.path(), &[], result)
}
