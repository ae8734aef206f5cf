use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Purpose;

/// A fresh challenge for a form whose first one is used up or too old; `None` where no CAPTCHA
/// is asked for.
#[server(prefix = "/api", endpoint = "captcha/challenge")]
pub async fn challenge(purpose: Purpose) -> Result<Option<String>, ServerFunctionError> {
    let call = crate::web::request::Call::current()?;
    Ok(crate::auth::entry::captcha::captcha_challenge(
        &call.app, purpose,
    ))
}
