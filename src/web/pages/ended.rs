use axum::extract::Request;
use axum::response::Response;
use leptos::prelude::*;

use super::page_context::PageContext;
use crate::web::request::WebState;
use crate::web::shell::render;
use domain::i18n::PageTexts;
use domain::routes;
use domain::{Problem, Purpose};

/// The page of a flow that has ended, or whose account may not enter codes for now: the reason, and one link, which has
/// the focus.
pub async fn ended_page(
    shared: &WebState,
    page_context: &PageContext,
    request: Request,
    problem: Problem,
    purpose: Purpose,
) -> Response {
    let is_held = matches!(problem, Problem::FactorHeld { .. });
    let texts = page_context.texts();
    let title = if is_held {
        texts.held_title
    } else {
        texts.ended_title
    };
    let (way_on, label) = if is_held {
        way_out(texts, purpose)
    } else {
        (
            routes::start_page(purpose),
            texts.shared.actions.start_again,
        )
    };
    let page = page_context.page(title);
    let response = render(shared, request, page, move || {
        view! {
            <section class="card empty">
                <h1>{title}</h1>
                <p role="alert" id="end">{(texts.problem)(&problem)}</p>
                <a class="button" href=way_on autofocus aria-describedby="end">{label}</a>
            </section>
        }
    })
    .await;
    PageContext::clear_shown_flash(page_context.had_flash(), shared, response)
}

/// Where a user goes whose account may not enter codes for now.
const fn way_out(texts: &PageTexts, purpose: Purpose) -> (&'static str, &'static str) {
    match purpose {
        Purpose::Registration | Purpose::SignIn | Purpose::SetUp | Purpose::PasswordReset => {
            (routes::LOGIN, texts.password_reset.back)
        }
        Purpose::PhoneChange | Purpose::StepUp => {
            (routes::PROFILE, texts.shared.actions.back_to_profile)
        }
        Purpose::Payment => (routes::DASHBOARD, texts.payments.back),
    }
}
