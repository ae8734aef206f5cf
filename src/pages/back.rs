use leptos::prelude::*;

use crate::app::words;
use crate::routes;

/// The way back from a page of the profile.
#[component]
pub fn BackToProfile() -> impl IntoView {
    view! { <a href=routes::PROFILE>{words().shared.actions.back_to_profile}</a> }
}
