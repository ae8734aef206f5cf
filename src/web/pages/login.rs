use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::components::code_card;
use super::ended::ended_page;
use super::page_context::{PageContext, error_response, redirect};
use crate::auth::entry::captcha::captcha_challenge;
use crate::auth::entry::verification::{self, Position};
use crate::auth::entry::{method_choice, set_up};
use crate::auth::error::FlowError;
use crate::context::http_state::set_cookie;
use crate::verification::Ending;
use crate::web::islands::{SetUpDialog, SignInForm};
use crate::web::request::WebState;
use crate::web::shell::{render, texts};
use domain::routes;
use domain::{Field, FormErrors, MethodOption, Problem, Purpose, Step};

const PURPOSE: Purpose = Purpose::SignIn;

/// `/login`: the password, and over it the choice of method or the set-up.
pub async fn password(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    if page_context.signed_in.is_some() {
        return redirect(routes::DASHBOARD);
    }
    let over = match over(&shared, &page_context).await {
        Ok(over) => over,
        Err(response) => return response,
    };
    let ended = matches!(over, Over::Ended(_));
    let (flash_message, flash, had_flash) = (
        page_context.flash_message(),
        page_context.flash.clone(),
        page_context.had_flash(),
    );
    let challenge = captcha_challenge(&shared.app, PURPOSE);
    let page = page_context.page(page_context.texts().shared.sign_in.title);
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
            {flash_message()}
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
    let mut response = PageContext::finish(had_flash, &shared, response);
    if ended {
        // Said once; the next page_context is a new start.
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
async fn over(shared: &WebState, page_context: &PageContext) -> Result<Over, Response> {
    if let Position::At(flow) = page_context.position(shared, PURPOSE).await? {
        return match method_choice::step(&shared.app, &flow)
            .await
            .map_err(error_response)?
        {
            Step::ChooseMethod { methods, .. } => Ok(Over::Methods(methods)),
            step => Err(redirect(&step.path())),
        };
    }
    match page_context.position(shared, Purpose::SetUp).await? {
        Position::At(flow) => match set_up::current_step(&shared.app, &flow).await {
            Ok(step) => Ok(Over::SetUp(step)),
            // Set up or disabled meanwhile: there is nothing left to set up.
            Err(FlowError::Refused(_)) => Ok(Over::Nothing),
            Err(error) => Err(error_response(error)),
        },
        Position::Over(how @ (Ending::Expired | Ending::Exhausted | Ending::Voided)) => {
            Ok(Over::Ended(verification::ended_problem(how)))
        }
        Position::Over(_) | Position::Nowhere => Ok(Over::Nothing),
    }
}

/// `/login/verify`: the code.
pub async fn verify(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    if page_context.signed_in.is_some() {
        return redirect(routes::DASHBOARD);
    }
    let step = match page_context.position(&shared, PURPOSE).await {
        Err(response) => return response,
        Ok(Position::At(flow)) => match method_choice::step(&shared.app, &flow).await {
            Ok(step @ (Step::EnterCode(_) | Step::EnterRecoveryCode { .. })) => step,
            Ok(step) => return redirect(&step.path()),
            Err(error) => return error_response(error),
        },
        // Carried out in another tab, whose session has ended since.
        Ok(Position::Over(Ending::Completed) | Position::Nowhere) => {
            return redirect(routes::LOGIN);
        }
        Ok(Position::Over(how)) => {
            let problem = verification::ended_problem(how);
            return ended_page(&shared, &page_context, request, problem, PURPOSE).await;
        }
    };
    let (refusal, had_flash) = (page_context.flash.errors.clone(), page_context.had_flash());
    let page = page_context.page(page_context.texts().verify_title);
    let response = render(&shared, request, page, move || {
        let (step, refusal) = (step.clone(), refusal.clone());
        view! {
            <section class="card">
                <h1>{texts().verify_title}</h1>
                {code_card(step, refusal)}
            </section>
        }
    })
    .await;
    PageContext::finish(had_flash, &shared, response)
}
