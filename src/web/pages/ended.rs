use axum::extract::Request;
use axum::response::Response;
use leptos::prelude::*;

use super::visit::Visit;
use crate::web::request::Shared;
use crate::web::shell::{render, words};
use domain::routes;
use domain::{Problem, Purpose};

/// What a flow that is over leaves behind: what happened, and the way to a new start.
pub async fn ended_page(
    shared: &Shared,
    visit: &Visit,
    request: Request,
    problem: Problem,
    purpose: Purpose,
) -> Response {
    let page = visit.page(visit.words().ended_title);
    let response = render(shared, request, page, move || {
        let words = words();
        view! {
            <section class="card empty">
                <h1>{words.ended_title}</h1>
                <p role="alert">{(words.shared.problem)(&problem)}</p>
                <a class="button" href=routes::start(purpose)>{words.shared.actions.start_again}</a>
            </section>
        }
    })
    .await;
    Visit::finish(visit.noted(), shared, response)
}
