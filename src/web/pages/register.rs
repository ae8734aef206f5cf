use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::code::code_card;
use super::ended::ended_page;
use super::visit::{Visit, elsewhere, failed};
use crate::auth::entry::captcha::captcha_challenge;
use crate::auth::entry::registration;
use crate::auth::entry::verification::{self, Position};
use crate::web::islands::{CredentialsForm, RegisterForm, SendCodeForm, around};
use crate::web::request::Shared;
use crate::web::server_fns;
use crate::web::shell::{render, words};
use domain::routes;
use domain::{Field, Purpose, Step};

const PURPOSE: Purpose = Purpose::Registration;

/// `/register`: name, username, e-mail.
pub async fn details(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    match step(&shared, &visit).await {
        Err(response) => return response,
        Ok(Some(step)) => return elsewhere(&step.path()),
        Ok(None) => {}
    }
    let (flash, noted) = (visit.flash.clone(), visit.noted());
    let challenge = captcha_challenge(&shared.app, PURPOSE);
    let page = visit.page(visit.words().register.title);
    let response = render(&shared, request, page, move || {
        let words = words();
        view! {
            <section class="card">
                <h1>{words.register.title}</h1>
                <Steps at=0 />
                <RegisterForm
                    full_name=flash.input(Field::FullName)
                    username=flash.input(Field::Username)
                    email=flash.input(Field::Email)
                    challenge=challenge.clone()
                    refusal=flash.errors.clone()
                />
                <p class="muted">
                    {words.register.already} <a href=routes::LOGIN>{words.shared.sign_in.title}</a>
                </p>
            </section>
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}

/// `/register/credentials`: password and phone number. Open until a code is out, so that a
/// mistyped number can be put right.
pub async fn credentials(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    let username = match visit.position(&shared, PURPOSE).await {
        Err(response) => return response,
        Ok(Position::Over(_) | Position::Nowhere) => return elsewhere(routes::REGISTER),
        Ok(Position::At(flow)) => match registration::step(&shared.app, &flow) {
            Ok(Step::Credentials | Step::SendCode { .. }) => registration::username(&flow),
            Ok(step) => return elsewhere(&step.path()),
            Err(error) => return failed(error),
        },
    };
    let (flash, noted) = (visit.flash.clone(), visit.noted());
    let page = visit.page(visit.words().register.credentials_title);
    let response = render(&shared, request, page, move || {
        view! {
            <section class="card">
                <h1>{words().register.credentials_title}</h1>
                <Steps at=1 />
                <CredentialsForm username=username.clone() phone=flash.input(Field::Phone) refusal=flash.errors.clone() />
                <div class="actions">
                    <StartOver />
                </div>
            </section>
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}

/// `/register/verify`: "Send OTP", then the code.
pub async fn verify(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    let step = match step(&shared, &visit).await {
        Err(response) => return response,
        Ok(Some(step @ (Step::SendCode { .. } | Step::EnterCode(_)))) => step,
        Ok(Some(step)) => return elsewhere(&step.path()),
        Ok(None) => return over(shared, visit, request).await,
    };
    let (refusal, noted) = (visit.flash.errors.clone(), visit.noted());
    let page = visit.page(visit.words().register.verify_title);
    let response = render(&shared, request, page, move || {
        let (words, refusal) = (&words().register, refusal.clone());
        let content = match step.clone() {
            Step::SendCode { purpose, hint } => view! {
                <p class="lead">{around(&words.will_send, hint.to_string())}</p>
                <SendCodeForm purpose refusal />
                <div class="actions">
                    <a href=routes::REGISTER_CREDENTIALS>{words.change_number}</a>
                    <StartOver />
                </div>
            }
            .into_any(),
            step => code_card(step, refusal),
        };
        view! {
            <section class="card">
                <h1>{words.verify_title}</h1>
                <Steps at=2 />
                {content}
            </section>
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}

/// The step the registration is at, if there is one under way.
async fn step(shared: &Shared, visit: &Visit) -> Result<Option<Step>, Response> {
    match visit.position(shared, PURPOSE).await? {
        Position::At(flow) => registration::step(&shared.app, &flow)
            .map(Some)
            .map_err(failed),
        Position::Over(_) | Position::Nowhere => Ok(None),
    }
}

/// A code page without a code: says why, where there is a why.
async fn over(shared: Shared, visit: Visit, request: Request) -> Response {
    let problem = match visit.position(&shared, PURPOSE).await {
        Ok(Position::Over(how)) => verification::ended_problem(how),
        Ok(Position::At(_) | Position::Nowhere) => return elsewhere(routes::REGISTER),
        Err(response) => return response,
    };
    ended_page(&shared, &visit, request, problem, PURPOSE).await
}

#[component]
fn Steps(at: usize) -> impl IntoView {
    let items = words()
        .register
        .steps
        .into_iter()
        .enumerate()
        .map(|(index, label)| view! { <li aria-current=(index == at).then_some("step")>{label}</li> })
        .collect_view();
    view! { <ol class="steps">{items}</ol> }
}

#[component]
fn StartOver() -> impl IntoView {
    view! {
        <form method="post" action=server_fns::verification::Cancel::PATH>
            <input type="hidden" name="purpose" value=PURPOSE.as_str() />
            <button type="submit" class="quiet">{words().shared.actions.start_over}</button>
        </form>
    }
}
