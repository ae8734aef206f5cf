use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::components::code_card;
use super::ended::ended_page;
use super::page_context::{PageContext, error_response, redirect};
use crate::auth::entry::captcha::captcha_challenge;
use crate::auth::entry::registration;
use crate::auth::entry::verification::{self, Position};
use crate::web::islands::{CredentialsForm, RegisterForm, SendCodeForm, with_value};
use crate::web::request::WebState;
use crate::web::server_fns;
use crate::web::shell::{render, texts};
use domain::routes;
use domain::{Field, Purpose, Step};

const PURPOSE: Purpose = Purpose::Registration;

/// `/register`: name, username and e-mail address.
pub async fn details_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    match current_step(&shared, &page_context).await {
        Err(response) => return response,
        Ok(Some(step)) => return redirect(&step.path()),
        Ok(None) => {}
    }
    let (flash, had_flash) = (page_context.flash.clone(), page_context.had_flash());
    let challenge = captcha_challenge(&shared.app, &page_context.request_context, PURPOSE).await;
    let page = page_context.page(page_context.texts().register.title);
    let response = render(&shared, request, page, move || {
        let texts = texts();
        view! {
            <section class="card">
                <h1>{texts.register.title}</h1>
                <StepList current=0 />
                <RegisterForm
                    full_name=flash.input(Field::FullName)
                    username=flash.input(Field::Username)
                    email=flash.input(Field::Email)
                    challenge=challenge.clone()
                    errors=flash.errors.clone()
                />
                <p class="muted">
                    {texts.register.already} <a href=routes::LOGIN>{texts.shared.sign_in.title}</a>
                </p>
            </section>
        }
    })
    .await;
    PageContext::clear_shown_flash(had_flash, &shared, response)
}

/// `/register/credentials`: password and phone number. Available until a code is sent, so that the
/// user can correct a mistyped number.
pub async fn credentials_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let username = match page_context.flow_position(&shared, PURPOSE).await {
        Err(response) => return response,
        Ok(Position::Over(_) | Position::Nowhere) => return redirect(routes::REGISTER),
        Ok(Position::At(flow)) => match registration::step(&shared.app, &flow) {
            Ok(Step::Credentials | Step::SendCode { .. }) => registration::username(&flow),
            Ok(step) => return redirect(&step.path()),
            Err(error) => return error_response(error),
        },
    };
    let (flash, had_flash) = (page_context.flash.clone(), page_context.had_flash());
    let page = page_context.page(page_context.texts().register.credentials_title);
    let response = render(&shared, request, page, move || {
        view! {
            <section class="card">
                <h1>{texts().register.credentials_title}</h1>
                <StepList current=1 />
                <CredentialsForm username=username.clone() phone=flash.input(Field::Phone) errors=flash.errors.clone() />
                <div class="actions">
                    <StartOver />
                </div>
            </section>
        }
    })
    .await;
    PageContext::clear_shown_flash(had_flash, &shared, response)
}

/// `/register/verify`: "Send OTP", then the code entry.
pub async fn verify_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let step = match current_step(&shared, &page_context).await {
        Err(response) => return response,
        Ok(Some(step @ (Step::SendCode { .. } | Step::EnterCode(_)))) => step,
        Ok(Some(step)) => return redirect(&step.path()),
        Ok(None) => return ended_or_restart(shared, page_context, request).await,
    };
    let (errors, had_flash) = (page_context.flash.errors.clone(), page_context.had_flash());
    let page = page_context.page(page_context.texts().register.verify_title);
    let response = render(&shared, request, page, move || {
        let (texts, errors) = (&texts().register, errors.clone());
        let content = match step.clone() {
            Step::SendCode { purpose, hint } => view! {
                <p class="lead">{with_value(&texts.will_send, hint.to_string())}</p>
                <SendCodeForm purpose errors />
                <div class="actions">
                    <a href=routes::REGISTER_CREDENTIALS>{texts.change_number}</a>
                    <StartOver />
                </div>
            }
            .into_any(),
            step => code_card(step, errors),
        };
        view! {
            <section class="card">
                <h1>{texts.verify_title}</h1>
                <StepList current=2 />
                {content}
            </section>
        }
    })
    .await;
    PageContext::clear_shown_flash(had_flash, &shared, response)
}

/// The current step of a registration in progress.
async fn current_step(
    shared: &WebState,
    page_context: &PageContext,
) -> Result<Option<Step>, Response> {
    match page_context.flow_position(shared, PURPOSE).await? {
        Position::At(flow) => registration::step(&shared.app, &flow)
            .map(Some)
            .map_err(error_response),
        Position::Over(_) | Position::Nowhere => Ok(None),
    }
}

/// The response without a registration in progress: the reason of its end, or a redirect to the start.
async fn ended_or_restart(
    shared: WebState,
    page_context: PageContext,
    request: Request,
) -> Response {
    let problem = match page_context.flow_position(&shared, PURPOSE).await {
        Ok(Position::Over(ending)) => verification::ended_problem(ending),
        Ok(Position::At(_) | Position::Nowhere) => return redirect(routes::REGISTER),
        Err(response) => return response,
    };
    ended_page(&shared, &page_context, request, problem, PURPOSE).await
}

/// The list of steps, with the current one marked.
#[component]
fn StepList(current: usize) -> impl IntoView {
    let items = texts()
        .register
        .steps
        .into_iter()
        .enumerate()
        .map(|(index, label)| view! { <li aria-current=(index == current).then_some("step")>{label}</li> })
        .collect_view();
    view! { <ol class="steps">{items}</ol> }
}

/// The button that cancels the registration.
#[component]
fn StartOver() -> impl IntoView {
    view! {
        <form method="post" action=server_fns::verification::CancelFlow::PATH>
            <input type="hidden" name="purpose" value=PURPOSE.as_str() />
            <button type="submit" class="quiet">{texts().shared.actions.start_over}</button>
        </form>
    }
}
