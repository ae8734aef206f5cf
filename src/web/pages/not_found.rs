use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use super::page_context::PageContext;
use crate::web::brand::configured_service_name;
use crate::web::request::WebState;
use crate::web::shell::{page_texts, render_page};
use domain::routes;

/// Renders the page for an unknown path, with status 404.
pub async fn render_not_found_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let page = page_context.page_with_title(page_context.texts().not_found.title);
    let mut response = render_page(&shared, request, page, render_not_found_view).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Renders the message for an unknown path, with a link to the start page.
pub fn render_not_found_view() -> impl IntoView {
    let texts = &page_texts().not_found;
    view! {
        <section class="card empty">
            <h1>{texts.title}</h1>
            <p>{texts.text}</p>
            <a class="button" href=routes::HOME>{(texts.home)(&configured_service_name())}</a>
        </section>
    }
}
