use leptos::prelude::*;

use super::ApiError;
use domain::{Answer, Area};

/// Takes the password of somebody signed in, before something sensitive.
#[server(prefix = "/api", endpoint = "step-up/begin")]
pub async fn begin(area: Area, password: String) -> Result<Answer, ApiError> {
    use crate::auth::flows::step_up;
    let call = crate::web::request::Call::current()?;
    let result = step_up::begin(&call.app, &call.visitor, area, password).await;
    call.answer(area.path(), &[], result)
}
