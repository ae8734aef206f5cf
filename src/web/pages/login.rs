use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::code::code_card;
use super::ended::ended_page;
use super::visit::{Visit, elsewhere, failed};
use crate::auth::entry::captcha::captcha_challenge;
use crate::auth::entry::verification::{self, Position};
use crate::auth::entry::{method_choice, set_up};
use crate::auth::error::FlowError;
use crate::verification::Ending;
use crate::web::islands::{SetUpDialog, SignInForm};
use crate::web::request::{Shared, set_cookie};
use crate::web::shell::{render, words};
use domain::routes;
use domain::{Field, FormErrors, MethodOption, Problem, Purpose, Step};

const PURPOSE: Purpose = Purpose::SignIn;

/// `/login`: the password, and over it the choice of method or the set-up.
pub async fn password(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    if visit.signed_in.is_some() {
        return elsewhere(routes::DASHBOARD);
    }
    let over = match over(&shared, &visit).await {
        Ok(over) => over,
        Err(response) => return response,
    };
    let ended = matches!(over, Over::Ended(_));
    let (news, flash, noted) = (visit.news(), visit.flash.clone(), visit.noted());
    let challenge = captcha_challenge(&shared.app, PURPOSE);
    let page = visit.page(visit.words().shared.sign_in.title);
    let response = render(&shared, request, page, move || {
        let told = flash.errors.clone();
        // What was refused is said by whatever is on top.
        let (methods, set_up, refusal, over) = match over.clone() {
            Over::Nothing => (None, None, told, FormErrors::default()),
            Over::Methods(methods) => (Some(methods), None, told, FormErrors::default()),
            Over::SetUp(step) => (None, Some(step), FormErrors::default(), told),
            Over::Ended(why) => (None, None, FormErrors::whole(why), FormErrors::default()),
        };
        let behind = set_up.is_some();
        let phone = flash.input(Field::Phone);
        view! {
            {news()}
            <SignInForm
                identifier=flash.input(Field::Identifier)
                challenge=challenge.clone()
                refusal
                methods
                behind
            />
            {set_up.map(|step| view! { <SetUpDialog step phone refusal=over /> })}
        }
    })
    .await;
    let mut response = Visit::finish(noted, &shared, response);
    if ended {
        // Said once; the next visit is a new start.
        set_cookie(
            &mut response,
            &shared.cookies.clear_flow_token(Purpose::SetUp),
        );
    }
    response
}

/// What stands over the form.
#[derive(Clone)]
enum Over {
    Nothing,
    /// The choice of method.
    Methods(Vec<MethodOption>),
    /// The set-up of an account without a second factor.
    SetUp(Step),
    /// Nothing any more: a set-up that came to no good end, and why.
    Ended(Problem),
}

/// A flow that is past this page is on another one.
async fn over(shared: &Shared, visit: &Visit) -> Result<Over, Response> {
    if let Position::At(flow) = visit.position(shared, PURPOSE).await? {
        return match method_choice::step(&shared.app, &flow)
            .await
            .map_err(failed)?
        {
            Step::ChooseMethod { methods, .. } => Ok(Over::Methods(methods)),
            step => Err(elsewhere(&step.path())),
        };
    }
    match visit.position(shared, Purpose::SetUp).await? {
        Position::At(flow) => match set_up::current_step(&shared.app, &flow).await {
            Ok(step) => Ok(Over::SetUp(step)),
            // Set up or disabled meanwhile: there is nothing left to set up.
            Err(FlowError::Refused(_)) => Ok(Over::Nothing),
            Err(error) => Err(failed(error)),
        },
        Position::Over(how @ (Ending::Expired | Ending::Exhausted | Ending::Voided)) => {
            Ok(Over::Ended(verification::ended_problem(how)))
        }
        Position::Over(_) | Position::Nowhere => Ok(Over::Nothing),
    }
}

/// `/login/verify`: the code.
pub async fn verify(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    if visit.signed_in.is_some() {
        return elsewhere(routes::DASHBOARD);
    }
    let step = match visit.position(&shared, PURPOSE).await {
        Err(response) => return response,
        Ok(Position::At(flow)) => match method_choice::step(&shared.app, &flow).await {
            Ok(step @ (Step::EnterCode(_) | Step::EnterRecoveryCode { .. })) => step,
            Ok(step) => return elsewhere(&step.path()),
            Err(error) => return failed(error),
        },
        // Carried out in another tab, whose session has ended since.
        Ok(Position::Over(Ending::Completed) | Position::Nowhere) => {
            return elsewhere(routes::LOGIN);
        }
        Ok(Position::Over(how)) => {
            let problem = verification::ended_problem(how);
            return ended_page(&shared, &visit, request, problem, PURPOSE).await;
        }
    };
    let (refusal, noted) = (visit.flash.errors.clone(), visit.noted());
    let page = visit.page(visit.words().verify_title);
    let response = render(&shared, request, page, move || {
        let (step, refusal) = (step.clone(), refusal.clone());
        view! {
            <section class="card">
                <h1>{words().verify_title}</h1>
                {code_card(step, refusal)}
            </section>
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}
