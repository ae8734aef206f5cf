use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::visit::{Visit, elsewhere, failed};
use crate::app::{Page, render};
use crate::domain::{Field, Problem, Purpose, Step};
use crate::islands::{CodeEntryForm, SignInForm};
use crate::routes;
use crate::server::flows::verification::{self, Position};
use crate::server::flows::{captcha_challenge, sign_in};
use crate::server::request::Shared;
use crate::server::verification::Ending;

const PURPOSE: Purpose = Purpose::SignIn;

/// `/login`: the password, and over it the choice of method.
pub async fn password(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    if visit.signed_in.is_some() {
        return elsewhere(routes::DASHBOARD);
    }
    let methods = match visit.position(&shared, PURPOSE).await {
        Err(response) => return response,
        Ok(Position::At(flow)) => match sign_in::step(&shared.app, &flow) {
            Ok(Step::ChooseMethod { methods }) => Some(methods),
            Ok(step) => return elsewhere(step.path()),
            Err(error) => return failed(error),
        },
        Ok(Position::Over(_) | Position::Nowhere) => None,
    };
    let (flash, noted) = (visit.flash.clone(), visit.noted());
    let challenge = captcha_challenge(&shared.app, PURPOSE);
    let page = Page {
        title: "Sign in",
        signed_in: false,
    };
    let response = render(&shared, request, page, move || {
        let notice = flash.notice.map(|notice| {
            view! { <div class="notice success" role="status">{notice.text()}</div> }
        });
        view! {
            {notice}
            <SignInForm
                identifier=flash.kept(Field::Identifier)
                challenge=challenge.clone()
                refusal=flash.refusal.clone()
                methods=methods.clone()
            />
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}

/// `/login/verify`: the code.
pub async fn verify(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    if visit.signed_in.is_some() {
        return elsewhere(routes::DASHBOARD);
    }
    let entry = match visit.position(&shared, PURPOSE).await {
        Err(response) => return response,
        Ok(Position::At(flow)) => match sign_in::step(&shared.app, &flow) {
            Ok(Step::EnterCode(entry)) => entry,
            Ok(step) => return elsewhere(step.path()),
            Err(error) => return failed(error),
        },
        // Carried out in another tab, whose session has ended since.
        Ok(Position::Over(Ending::Completed) | Position::Nowhere) => {
            return elsewhere(routes::LOGIN);
        }
        Ok(Position::Over(how)) => {
            let problem = verification::ended(how);
            return ended_page(&shared, &visit, request, problem, PURPOSE).await;
        }
    };
    let (refusal, noted) = (visit.flash.refusal.clone(), visit.noted());
    let page = Page {
        title: "OTP Verification",
        signed_in: false,
    };
    let response = render(&shared, request, page, move || {
        let (entry, refusal) = (entry.clone(), refusal.clone());
        view! {
            <section class="card">
                <h1>"OTP Verification"</h1>
                <p class="lead">"A code has been sent to " <strong>{entry.hint.to_string()}</strong></p>
                <CodeEntryForm entry refusal />
            </section>
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}

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
