use axum::extract::Request;
use axum::response::Response;
use leptos::prelude::*;

use super::page_context::{PageContext, error_response, redirect};
use crate::auth::entry::lost_answer;
use crate::context::http_state::set_cookie;
use crate::http::cookies::Flash;
use crate::web::outcome_message::create_flash_for_outcome;
use crate::web::request::WebState;
use crate::web::shell::{page_texts, render_page};
use domain::i18n::PageTexts;
use domain::routes;
use domain::{FormErrors, Problem, Purpose};

/// Renders the page of a verification flow that has ended or is blocked, with the reason.
pub async fn render_ended_flow_page(
    shared: &WebState,
    page_context: &PageContext,
    request: Request,
    problem: Problem,
    purpose: Purpose,
) -> Response {
    let page = page_context.page_with_title(ended_flow_page_title(page_context.texts(), &problem));
    let response = render_page(shared, request, page, move || {
        render_ended_flow_view(&problem, purpose)
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(page_context.had_flash_cookie(), shared, response)
}

/// Redirects to `path`, the page on which the user starts again after a verification flow has ended.
///
/// That page shows `problem`, the reason, once.
pub fn redirect_with_reason_of_ended_flow(
    shared: &WebState,
    path: &str,
    problem: Problem,
    purpose: Purpose,
) -> Response {
    let flash = Flash {
        errors: FormErrors::for_form(problem),
        ..Flash::default()
    };
    let mut response = remove_token_of_ended_flow(shared, redirect(path), purpose);
    if let Some(cookie) = shared.cookies.create_flash_cookie(&flash) {
        set_cookie(&mut response, &cookie);
    }
    response
}

/// Redirects to the page that shows the outcome of a completed verification flow, once.
///
/// The browser still has the flow token, so it has not received the answer to the correct code. The outcome of a sign-in
/// is found by the sign-in page itself.
pub async fn redirect_to_outcome_of_completed_flow(
    shared: &WebState,
    page_context: &PageContext,
    purpose: Purpose,
) -> Response {
    let (app, context) = (&shared.app, &page_context.request_context);
    let outcome = match lost_answer::find_outcome_of_completed_flow(app, context, purpose).await {
        Ok(Some(outcome)) => outcome,
        Ok(None) => return redirect(routes::LOGIN),
        Err(error) => return error_response(error.into()),
    };
    let response = redirect(&outcome.step.path());
    let mut response = remove_token_of_ended_flow(shared, response, purpose);
    let flash = create_flash_for_outcome(&outcome);
    if let Some(cookie) = flash.and_then(|flash| shared.cookies.create_flash_cookie(&flash)) {
        set_cookie(&mut response, &cookie);
    }
    response
}

/// Removes the flow token of an ended verification flow from the browser.
///
/// The response shows why the flow has ended. The next request of the page starts a new flow.
pub fn remove_token_of_ended_flow(
    shared: &WebState,
    mut response: Response,
    purpose: Purpose,
) -> Response {
    let cookie = shared.cookies.create_flow_token_removal_cookie(purpose);
    set_cookie(&mut response, &cookie);
    response
}

/// Returns the page title for an ended or blocked verification flow.
const fn ended_flow_page_title(texts: &PageTexts, problem: &Problem) -> &'static str {
    if problem.is_factor_held() {
        texts.held_title
    } else {
        texts.ended_title
    }
}

/// Renders why a verification flow has ended or is blocked, and a link that has the focus.
///
/// If code entry is blocked for a user without a session, the page also links to the password reset, which ends the
/// block.
pub fn render_ended_flow_view(problem: &Problem, purpose: Purpose) -> impl IntoView + use<> {
    let texts = page_texts();
    let (way_on, label) = if problem.is_factor_held() {
        link_shown_when_code_entry_is_blocked(texts, purpose)
    } else {
        (
            routes::start_page(purpose),
            texts.shared.actions.start_again,
        )
    };
    let is_reset_offered =
        problem.is_factor_held() && matches!(purpose, Purpose::SignIn | Purpose::SetUp);
    view! {
        <section class="card empty">
            <h1>{ended_flow_page_title(texts, problem)}</h1>
            <p role="alert" id="end">{(texts.problem)(problem)}</p>
            <a class="button" href=way_on autofocus aria-describedby="end">{label}</a>
            {is_reset_offered.then(|| view! {
                <p class="muted">
                    <a href=routes::FORGOT_PASSWORD>{texts.shared.sign_in.forgot}</a>
                </p>
            })}
        </section>
    }
}

/// Returns path and label of the link on a page while code entry is blocked for the account.
const fn link_shown_when_code_entry_is_blocked(
    texts: &PageTexts,
    purpose: Purpose,
) -> (&'static str, &'static str) {
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
