use axum::Form;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::page_context::{PageContext, error_response, redirect};
use crate::auth::entry::language;
use crate::context::http_state::set_cookie;
use crate::web::request::WebState;
use domain::Language;
use domain::routes;

/// Form data of the language choice in the page footer.
#[derive(Deserialize)]
pub struct LanguageForm {
    language: String,
    /// The path of the page with the form.
    page: String,
}

/// Stores the chosen language in a cookie and in the account, and redirects to the page of the form.
pub async fn choose_language(
    State(shared): State<WebState>,
    page_context: PageContext,
    Form(LanguageForm { language, page }): Form<LanguageForm>,
) -> Response {
    // Any other path leads to the start page, so that this is no open redirect
    // (docs/security.md#csrf-05).
    let mut response = redirect(&routes::find_page_by_path(&page).unwrap_or(routes::HOME.into()));
    if let Some(chosen) = Language::from_tag(&language) {
        if let Some(signed_in) = &page_context.signed_in
            && let Err(error) = language::save_chosen_language(&shared.app, signed_in, chosen).await
        {
            return error_response(error);
        }
        set_cookie(
            &mut response,
            &shared.cookies.create_language_cookie(chosen),
        );
    }
    response
}
