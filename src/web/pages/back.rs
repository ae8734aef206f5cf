use leptos::prelude::*;

use crate::web::shell::words;
use domain::routes;

/// The way back from a page of the profile.
#[component]
pub fn BackToProfile() -> impl IntoView {
    view! { <a href=routes::PROFILE>{words().shared.actions.back_to_profile}</a> }
}
