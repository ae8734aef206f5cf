use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::code::code_card;
use super::ended::ended_page;
use super::visit::{Visit, elsewhere, failed};
use crate::app::{Page, render};
use crate::domain::{Field, Purpose, Refusal, Step};
use crate::islands::{SetUpDialog, SignInForm};
use crate::routes;
use crate::server::error::FlowError;
use crate::server::flows::verification::{self, Position};
use crate::server::flows::{captcha_challenge, factor, set_up};
use crate::server::request::Shared;
use crate::server::verification::Ending;

const PURPOSE: Purpose = Purpose::SignIn;

/// `/login`: the password, and over it the choice of method or the set-up.
pub async fn password(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    if visit.signed_in.is_some() {
        return elsewhere(routes::DASHBOARD);
    }
    let dialog = match dialog(&shared, &visit).await {
        Ok(dialog) => dialog,
        Err(response) => return response,
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
        // What was refused is said by whatever is on top.
        let (methods, set_up) = match dialog.clone() {
            Some(Step::ChooseMethod { methods, .. }) => (Some(methods), None),
            step => (None, step),
        };
        let (refusal, over) = match set_up {
            Some(_) => (Refusal::default(), flash.refusal.clone()),
            None => (flash.refusal.clone(), Refusal::default()),
        };
        let behind = set_up.is_some();
        let phone = flash.kept(Field::Phone);
        view! {
            {notice}
            <SignInForm
                identifier=flash.kept(Field::Identifier)
                challenge=challenge.clone()
                refusal
                methods
                behind
            />
            {set_up.map(|step| view! { <SetUpDialog step phone refusal=over /> })}
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}

/// What stands over the form: the choice of method, or the set-up of an account without one. A
/// flow that is past that is on another page.
async fn dialog(shared: &Shared, visit: &Visit) -> Result<Option<Step>, Response> {
    if let Position::At(flow) = visit.position(shared, PURPOSE).await? {
        return match factor::step(&shared.app, &flow).await.map_err(failed)? {
            step @ Step::ChooseMethod { .. } => Ok(Some(step)),
            step => Err(elsewhere(step.path())),
        };
    }
    match visit.position(shared, Purpose::SetUp).await? {
        Position::At(flow) => match set_up::current_step(&shared.app, &flow).await {
            Ok(step) => Ok(Some(step)),
            // Set up or disabled meanwhile: there is nothing left to set up.
            Err(FlowError::Refused(_)) => Ok(None),
            Err(error) => Err(failed(error)),
        },
        Position::Over(_) | Position::Nowhere => Ok(None),
    }
}

/// `/login/verify`: the code.
pub async fn verify(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    if visit.signed_in.is_some() {
        return elsewhere(routes::DASHBOARD);
    }
    let step = match visit.position(&shared, PURPOSE).await {
        Err(response) => return response,
        Ok(Position::At(flow)) => match factor::step(&shared.app, &flow).await {
            Ok(step @ (Step::EnterCode(_) | Step::EnterRecoveryCode { .. })) => step,
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
        let (step, refusal) = (step.clone(), refusal.clone());
        view! {
            <section class="card">
                <h1>"OTP Verification"</h1>
                {code_card(step, refusal)}
            </section>
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}
