//! Server function that changes full name and username of the signed-in user.

use leptos::prelude::*;

use super::ServerFunctionError;
use domain::Answer;

/// Changes full name and username, after step-up authentication.
#[server(name = ChangeNames, prefix = "/api", endpoint = "profile/name")]
pub async fn change_full_name_and_username(
    full_name: String,
    username: String,
) -> Result<Answer, ServerFunctionError> {
    use crate::auth::entry::names_change;
    use domain::Field;
    let call = crate::web::request::Call::find_running_call()?;
    call.convert_flow_outcome_to_answer(
        domain::routes::PROFILE_NAME,
        &[(Field::FullName, &full_name), (Field::Username, &username)],
        names_change::change_full_name_and_username(
            &call.app,
            &call.context,
            &full_name,
            &username,
        )
        .await,
    )
}
