use axum::extract::Request;
use axum::response::Response;
use leptos::prelude::*;

use super::page_context::PageContext;
use crate::web::request::WebState;
use crate::web::shell::{render, texts};
use domain::routes;
use domain::{Problem, Purpose};

/// The page of a flow that has ended: the reason, and the link to a new start.
pub async fn ended_page(
    shared: &WebState,
    page_context: &PageContext,
    request: Request,
    problem: Problem,
    purpose: Purpose,
) -> Response {
    let page = page_context.page(page_context.texts().ended_title);
    let response = render(shared, request, page, move || {
        let texts = texts();
        view! {
            <section class="card empty">
                <h1>{texts.ended_title}</h1>
                <p role="alert">{(texts.shared.problem)(&problem)}</p>
                <a class="button" href=routes::start(purpose)>{texts.shared.actions.start_again}</a>
            </section>
        }
    })
    .await;
    PageContext::clear_shown_flash(page_context.had_flash(), shared, response)
}
