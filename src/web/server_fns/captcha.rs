use leptos::prelude::*;

use super::ApiError;
use domain::Purpose;

/// A fresh challenge for a form whose first one is used up or too old; `None` where no CAPTCHA
/// is asked for.
#[server(prefix = "/api", endpoint = "captcha/challenge")]
pub async fn challenge(purpose: Purpose) -> Result<Option<String>, ApiError> {
    let call = crate::web::request::Call::current()?;
    Ok(crate::auth::entry::captcha::captcha_challenge(
        &call.app, purpose,
    ))
}
