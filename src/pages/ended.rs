use axum::extract::Request;
use axum::response::Response;
use leptos::prelude::*;

use super::visit::Visit;
use crate::app::{Page, render};
use crate::domain::{Problem, Purpose};
use crate::routes;
use crate::server::request::Shared;

/// What a flow that is over leaves behind: what happened, and the way to a new start.
pub async fn ended_page(
    shared: &Shared,
    visit: &Visit,
    request: Request,
    problem: Problem,
    purpose: Purpose,
) -> Response {
    let page = Page {
        title: "Please start again",
        signed_in: visit.signed_in.is_some(),
    };
    let response = render(shared, request, page, move || {
        view! {
            <section class="card empty">
                <h1>"Please start again"</h1>
                <p role="alert">{problem.text()}</p>
                <a class="button" href=routes::start(purpose)>"Start again"</a>
            </section>
        }
    })
    .await;
    Visit::finish(visit.noted(), shared, response)
}
