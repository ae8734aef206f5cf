use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Answer;

/// Starts a registration with full name, username and e-mail address.
#[server(prefix = "/api", endpoint = "register/begin")]
pub async fn begin_registration(
    full_name: String,
    username: String,
    email: String,
    #[server(default)] captcha: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::registration::{self, RegistrationDetails};
    let call = crate::web::request::Call::find_running_call()?;
    let details = RegistrationDetails {
        full_name: &full_name,
        username: &username,
        email: &email,
        captcha: &captcha,
    };
    let kept = [
        (domain::Field::FullName, &*full_name),
        (domain::Field::Username, &*username),
        (domain::Field::Email, &*email),
    ];
    call.convert_flow_outcome_to_answer(
        domain::routes::REGISTER,
        &kept,
        registration::begin_registration(&call.app, &call.context, &details).await,
    )
}

/// Saves password and phone number of a registration in progress.
#[server(prefix = "/api", endpoint = "register/credentials")]
pub async fn submit_credentials(
    password: String,
    phone: String,
    #[server(default)] country: String,
    #[server(default)] flow_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::registration::{self, PasswordField};
    use crate::security::typed_number::TypedNumber;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let field = if call.reloads_page {
        PasswordField::Emptied
    } else {
        PasswordField::Unchanged
    };
    let (number, country) = (&*phone, &*country);
    let typed = TypedNumber { number, country };
    let (app, context) = (&call.app, &call.context);
    let result =
        registration::submit_registration_credentials(app, context, password, typed, field).await;
    call.convert_flow_outcome_to_answer(
        domain::routes::REGISTER_CREDENTIALS,
        &[
            (domain::Field::Phone, number),
            (domain::Field::Country, country),
        ],
        result,
    )
}

/// Returns to the registration form for password and phone number.
///
/// The sent code becomes invalid, and the password is kept.
#[server(name = AnotherRegistrationNumber, prefix = "/api", endpoint = "register/another-number")]
pub async fn return_to_credentials_form(
    #[server(default)] flow_id: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::registration;
    let call = crate::web::request::Call::find_running_call_with_page_flow(&flow_id)?;
    let result = registration::choose_another_phone_number(&call.app, &call.context).await;
    call.convert_flow_outcome_to_answer(domain::routes::REGISTER_VERIFY, &[], result)
}
