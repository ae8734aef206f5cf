use axum::Form;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::page_context::{PageContext, error_response, redirect};
use crate::auth::entry::language::choose as chosen;
use crate::context::http_state::set_cookie;
use crate::web::request::WebState;
use domain::Language;
use domain::routes;

/// What the form at the foot of every page says.
#[derive(Deserialize)]
pub struct Choice {
    language: String,
    page: String,
}

/// Draws the pages in another language from now on, and goes back to where the choice was made.
pub async fn choose(
    State(shared): State<WebState>,
    page_context: PageContext,
    Form(Choice { language, page }): Form<Choice>,
) -> Response {
    // Only to a page of ours (docs/security.md#csrf-05): whatever else the form says is the front door.
    let mut response = redirect(&routes::page(&page).unwrap_or(routes::HOME.into()));
    if let Some(language) = Language::from_tag(&language) {
        if let Some(signed_in) = &page_context.signed_in
            && let Err(error) = chosen(&shared.app, &signed_in.account.id, language).await
        {
            return error_response(error);
        }
        set_cookie(&mut response, &shared.cookies.set_language(language));
    }
    response
}
