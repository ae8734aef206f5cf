//! Page on which users download the data of their account.

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use leptos::prelude::*;

use super::components::{BackToProfileLink, render_form_error};
use super::page_context::{PageContext, redirect};
use super::step_up::ProtectedPage;
use crate::auth::entry::export;
use crate::auth::error::FlowError;
use crate::context::http_state::set_cookie;
use crate::http::cookies::Flash;
use crate::http::error_response::ErrorResponse;
use crate::web::islands::FormAccountInput;
use crate::web::request::WebState;
use crate::web::shell::page_texts;
use domain::{Field, FormErrors, Problem, ProtectedArea, routes};

/// `Content-Disposition` header of the data export. The file name is the same for every account.
const EXPORT_DISPOSITION: &str = "attachment; filename=\"account-data.json\"";

/// Renders the page `/profile/export`, which downloads the data of the account after step-up authentication.
pub async fn render_export_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Result<Response, Response> {
    let texts = &page_context.texts().export;
    let area = ProtectedArea::Export;
    let page =
        ProtectedPage::open_protected_page(&shared, page_context, request.uri().path(), area)
            .await?;
    let content = move |flash: &Flash| render_data_export_form(&flash.errors);
    let title = texts.title;
    let response = page.render_card(&shared, request, title, render_data_export_intro, content);
    Ok(response.await)
}

/// Renders the explanation of the data export above its button.
pub fn render_data_export_intro() -> impl IntoView {
    let texts = &page_texts().export;
    view! {
        <p class="lead">{texts.lead}</p>
        <p>{texts.advice}</p>
    }
}

/// Renders the button that downloads the data of the account.
pub fn render_data_export_form(errors: &FormErrors) -> impl IntoView + use<> {
    view! {
        {render_form_error(errors)}
        <div class="actions">
            <form method="post" action=routes::PROFILE_EXPORT>
                <FormAccountInput />
                <button type="submit" class="primary">{page_texts().export.download}</button>
            </form>
            <BackToProfileLink />
        </div>
    }
}

/// Returns the data of the account as a file download.
pub async fn download_export(
    State(shared): State<WebState>,
    page_context: PageContext,
) -> Response {
    let document =
        match export::export_signed_in_account(&shared.app, &page_context.request_context).await {
            Ok(document) => document,
            Err(error) => return redirect_after_refused_export(&shared, &page_context, error),
        };
    match document.to_indented_json() {
        Ok(text) => (
            [
                (CONTENT_TYPE, "application/json"),
                (CONTENT_DISPOSITION, EXPORT_DISPOSITION),
                (CACHE_CONTROL, "no-store"),
            ],
            text,
        )
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "account data export failed: cannot serialize the document to JSON");
            ErrorResponse::INTERNAL.into_response()
        }
    }
}

/// Redirects a refused export: a user without a session to the sign-in, any other user back to `/profile/export`.
fn redirect_after_refused_export(
    shared: &WebState,
    page_context: &PageContext,
    error: FlowError,
) -> Response {
    if error.is_session_missing() {
        return page_context.redirect_submitted_form_to_sign_in(shared, routes::PROFILE_EXPORT);
    }
    let errors = error.into_form_errors();
    if errors.first_problem_of(Field::Form) == Some(&Problem::StepUpNeeded) {
        return redirect(routes::PROFILE_EXPORT);
    }
    let mut response = redirect(routes::PROFILE_EXPORT);
    let flash = Flash {
        errors,
        ..Flash::default()
    };
    if let Some(cookie) = shared.cookies.create_flash_cookie(&flash) {
        set_cookie(&mut response, &cookie);
    }
    response
}
