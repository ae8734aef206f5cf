use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::captcha::{allow_captcha_hosts, captcha_script};
use super::code_entry::flow_at_code_entry;
use super::components::code_card;
use super::page_context::{PageContext, error_response, redirect};
use crate::auth::entry::captcha::captcha_challenge;
use crate::auth::entry::verification::{self, Position};
use crate::auth::entry::{method_choice, set_up};
use crate::auth::error::FlowError;
use crate::context::http_state::set_cookie;
use crate::store::flows::Flow;
use crate::store::{ReadFrom, StoreError, accounts};
use crate::verification::Ending;
use crate::web::islands::{SetUpDialog, SignInForm};
use crate::web::request::WebState;
use crate::web::server_fns::verification::CancelFlow;
use crate::web::shell::{render, texts};
use domain::routes;
use domain::{Field, FormErrors, MethodOption, Problem, Purpose, Step};

const PURPOSE: Purpose = Purpose::SignIn;

/// `/login`: the password form, covered by a dialog for the choice of method or the set-up.
pub async fn sign_in_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    if page_context.signed_in.is_some() {
        return redirect(routes::DASHBOARD);
    }
    let overlay = match overlay(&shared, &page_context).await {
        Ok(overlay) => overlay,
        Err(response) => return response,
    };
    let ended = matches!(overlay, Overlay::Ended(_));
    let (flash_message, flash, had_flash) = (
        page_context.flash_message(),
        page_context.flash.clone(),
        page_context.had_flash(),
    );
    let identifier = match &overlay {
        Overlay::SetUp {
            username: Some(username),
            ..
        } => username.clone(),
        _ => flash.input(Field::Identifier),
    };
    let challenge = captcha_challenge(&shared.app, &page_context.request_context, PURPOSE).await;
    let script = captcha_script(&shared);
    let page = page_context.page(page_context.texts().shared.sign_in.title);
    let response = render(&shared, request, page, move || {
        let flash_errors = flash.errors.clone();
        // The topmost form shows the errors.
        let (methods, set_up, errors, set_up_errors) = match overlay.clone() {
            Overlay::None => (None, None, flash_errors, FormErrors::default()),
            Overlay::Methods(methods) => (Some(methods), None, flash_errors, FormErrors::default()),
            Overlay::SetUp {
                step,
                confirms_on_file,
                ..
            } => (
                None,
                Some((step, confirms_on_file)),
                FormErrors::default(),
                flash_errors,
            ),
            Overlay::Ended(problem) => (
                None,
                None,
                FormErrors::whole(problem),
                FormErrors::default(),
            ),
        };
        let covered = set_up.is_some();
        let phone = flash.input(Field::Phone);
        view! {
            {flash_message()}
            <SignInForm
                identifier=identifier.clone()
                challenge=challenge.clone()
                errors
                methods
                covered
            />
            {script()}
            {set_up.map(|(step, confirms_on_file)| view! { <SetUpDialog step phone confirms_on_file errors=set_up_errors /> })}
        }
    })
    .await;
    let response = allow_captcha_hosts(&shared, response);
    let mut response = PageContext::clear_shown_flash(had_flash, &shared, response);
    if ended {
        // The reason is shown once. The next request starts a new flow.
        set_cookie(
            &mut response,
            &shared.cookies.clear_flow_token(Purpose::SetUp),
        );
    }
    response
}

/// What covers the password form.
#[derive(Clone)]
enum Overlay {
    None,
    /// The dialog for the choice of method.
    Methods(Vec<MethodOption>),
    /// The dialog for the set-up of an account without a second factor.
    SetUp {
        step: Step,
        confirms_on_file: bool,
        username: Option<String>,
    },
    /// No dialog. The form shows why the set-up failed.
    Ended(Problem),
}

/// The overlay for the current flow. Redirects if the flow has advanced to another page.
async fn overlay(shared: &WebState, page_context: &PageContext) -> Result<Overlay, Response> {
    if let Position::At(flow) = page_context.flow_position(shared, PURPOSE).await? {
        return match method_choice::step(&shared.app, &flow)
            .await
            .map_err(error_response)?
        {
            Step::ChooseMethod { methods, .. } => Ok(Overlay::Methods(methods)),
            step => Err(redirect(&step.path())),
        };
    }
    match page_context.flow_position(shared, Purpose::SetUp).await? {
        Position::At(flow) => match set_up::current_step(&shared.app, &flow).await {
            Ok(step) => Ok(Overlay::SetUp {
                confirms_on_file: set_up::confirms_on_file(&flow, &step),
                username: username(shared, &flow)
                    .await
                    .map_err(|error| error_response(error.into()))?,
                step,
            }),
            // Another request has completed the set-up or an operator has disabled the account.
            Err(FlowError::Refused(_)) => Ok(Overlay::None),
            Err(error) => Err(error_response(error)),
        },
        Position::Over(ending @ (Ending::Expired | Ending::Exhausted | Ending::Voided)) => Ok(
            Overlay::Ended(verification::ended_problem(Purpose::SetUp, ending)),
        ),
        Position::Over(_) | Position::Nowhere => Ok(Overlay::None),
    }
}

/// `/login/verify`: the code entry.
pub async fn verify_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    if page_context.signed_in.is_some() {
        return redirect(routes::DASHBOARD);
    }
    let found = flow_at_code_entry(&shared, &page_context, request, PURPOSE).await;
    let (flow, step, request) = match found {
        Ok(found) => found,
        Err(response) => return response,
    };
    let username = match username(&shared, &flow).await {
        Ok(username) => username,
        Err(error) => return error_response(error.into()),
    };
    let (errors, had_flash) = (page_context.flash.errors.clone(), page_context.had_flash());
    let page = page_context.page(page_context.texts().verify_title);
    let response = render(&shared, request, page, move || {
        let (step, errors) = (step.clone(), errors.clone());
        let signing_in = username
            .clone()
            .map(|username| view! { <SigningInAs username /> });
        view! {
            <section class="card">
                <h1>{texts().verify_title}</h1>
                {signing_in}
                {code_card(step, errors)}
            </section>
        }
    })
    .await;
    PageContext::clear_shown_flash(had_flash, &shared, response)
}

/// The username of the account that a flow signs in to.
async fn username(shared: &WebState, flow: &Flow) -> Result<Option<String>, StoreError> {
    let Some(id) = &flow.account else {
        return Ok(None);
    };
    let account = accounts::find(ReadFrom::Store(&shared.app.store), id).await?;
    Ok(account.map(|account| account.username))
}

/// Shows the user who is signing in, and a button that starts over.
#[component]
fn SigningInAs(username: String) -> impl IntoView {
    view! {
        <form class="row" method="post" action=CancelFlow::PATH>
            <input type="hidden" name="purpose" value=PURPOSE.as_str() />
            <span class="muted signing-in">{(texts().signing_in_as)(&username)}</span>
            <button type="submit" class="quiet">{texts().not_you}</button>
        </form>
    }
}
