use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use super::captcha::{add_captcha_hosts_to_csp, create_captcha_script_renderer};
use super::code_entry::find_flow_that_waits_for_code;
use super::components::{OtpExplanation, render_code_form};
use super::ended::{
    redirect_to_outcome_of_completed_flow, redirect_with_reason_of_ended_flow,
    render_ended_flow_page,
};
use super::page_context::{BrowserFlow, PageContext, error_response, redirect};
use crate::auth::entry::captcha::create_captcha_challenge_of_form;
use crate::auth::entry::{method_choice, password_reset};
use crate::context::MAILED_LINK_LIFE;
use crate::http::cookies::Flash;
use crate::verification::Ending;
use crate::web::islands::{ChooseMethod, ForgotPasswordForm, ResetPasswordForm};
use crate::web::request::WebState;
use crate::web::shell::{page_texts, render_page, to_error_texts};
use domain::routes;
use domain::{Field, FlashMessage, FormErrors, MethodOption, Problem, Purpose, Step};

const PURPOSE: Purpose = Purpose::PasswordReset;

/// Renders the page `/forgot-password`, which requests a mail with a password reset link.
///
/// Without a mail server, the page says whom to ask for a new password.
pub async fn render_forgot_password_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let (flash_message, flash, had_flash_cookie) = (
        page_context.flash_message_renderer(),
        page_context.flash.clone(),
        page_context.had_flash_cookie(),
    );
    let page = page_context.page_with_title(page_context.texts().password_reset.forgot_title);
    if !password_reset::can_mail_reset_links(&shared.app) {
        let response = render_page(&shared, request, page, move || {
            view! {
                {flash_message()}
                {render_password_reset_unavailable_view()}
            }
        })
        .await;
        return PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response);
    }
    let challenge =
        create_captcha_challenge_of_form(&shared.app, &page_context.request_context, PURPOSE).await;
    let scripts = create_captcha_script_renderer(&shared, challenge.as_ref());
    let was_link_requested = flash.message == Some(FlashMessage::ResetRequested);
    let response = render_page(&shared, request, page, move || {
        view! {
            {flash_message()}
            {was_link_requested.then(render_reset_link_advice)}
            {render_forgot_password_view(&flash, challenge.clone(), scripts())}
        }
    })
    .await;
    let response = add_captcha_hosts_to_csp(&shared, response);
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders how long a password reset link works, and where its mail may be.
pub fn render_reset_link_advice() -> impl IntoView {
    let minutes = MAILED_LINK_LIFE.as_secs() / 60;
    view! { <p class="muted">{(page_texts().password_reset.link_advice)(minutes)}</p> }
}

/// Renders the form that requests a password reset mail. `scripts` are the CAPTCHA scripts.
pub fn render_forgot_password_view(
    flash: &Flash,
    challenge: Option<String>,
    scripts: Option<AnyView>,
) -> impl IntoView + use<> {
    let texts = &page_texts().password_reset;
    view! {
        <section class="card">
            <h1>{texts.forgot_title}</h1>
            <p class="lead">{texts.forgot_lead}</p>
            <ForgotPasswordForm
                identifier=flash.submitted_value(Field::Identifier)
                challenge
                errors=to_error_texts(&flash.errors)
            />
            {scripts}
            <p class="actions">
                <a href=routes::LOGIN>{texts.back}</a>
            </p>
        </section>
    }
}

/// Renders the message that the service cannot mail a password reset link.
pub fn render_password_reset_unavailable_view() -> impl IntoView {
    let texts = &page_texts().password_reset;
    view! {
        <section class="card">
            <h1>{texts.forgot_title}</h1>
            <p class="lead">{texts.forgot_without_mail}</p>
            <p class="actions">
                <a href=routes::LOGIN>{texts.back}</a>
            </p>
        </section>
    }
}

/// Renders the page `/reset-password/{token}`, the mailed link, which accepts a new password.
///
/// Opening the link changes nothing, because mail scanners open links. Every invalid link gets the same page.
pub async fn render_password_reset_link_page(
    State(shared): State<WebState>,
    Path(token): Path<String>,
    page_context: PageContext,
    request: Request,
) -> Response {
    match password_reset::is_reset_link_usable(&shared.app, &token).await {
        Ok(true) => {}
        Ok(false) => {
            let context = &page_context.request_context;
            return match password_reset::find_step_of_begun_reset(&shared.app, context).await {
                Ok(Some(_)) => redirect(routes::RESET_PASSWORD),
                _ => render_invalid_password_reset_link_page(&shared, &page_context, request).await,
            };
        }
        Err(error) => return error_response(error.into()),
    }
    let (errors, had_flash_cookie) = (
        page_context.flash.errors.clone(),
        page_context.had_flash_cookie(),
    );
    let page = page_context.page_with_title(page_context.texts().password_reset.title);
    let response = render_page(&shared, request, page, move || {
        render_new_password_view(token.clone(), &errors)
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the form that accepts a new password. `token` is the secret of the link.
pub fn render_new_password_view(token: String, errors: &FormErrors) -> impl IntoView + use<> {
    let texts = &page_texts().password_reset;
    view! {
        <section class="card">
            <h1>{texts.title}</h1>
            <p class="lead">{texts.lead}</p>
            <ResetPasswordForm token errors=to_error_texts(errors) />
        </section>
    }
}

/// Renders the page for an invalid password reset link.
async fn render_invalid_password_reset_link_page(
    shared: &WebState,
    page_context: &PageContext,
    request: Request,
) -> Response {
    let page = page_context.page_with_title(page_context.texts().password_reset.invalid_title);
    let mut response = render_page(
        shared,
        request,
        page,
        render_invalid_password_reset_link_view,
    )
    .await;
    *response.status_mut() = StatusCode::GONE;
    PageContext::delete_flash_cookie_if_shown(page_context.had_flash_cookie(), shared, response)
}

/// Renders the message that a password reset link is invalid, with a link to request another.
pub fn render_invalid_password_reset_link_view() -> impl IntoView {
    let texts = page_texts();
    view! {
        <section class="card empty">
            <h1>{texts.password_reset.invalid_title}</h1>
            <p role="alert">{(texts.problem)(&Problem::ResetLinkInvalid)}</p>
            <a class="button" href=routes::FORGOT_PASSWORD>{texts.password_reset.again}</a>
        </section>
    }
}

/// Renders the page `/reset-password`, on which the user chooses the second factor for a password reset.
pub async fn render_password_reset_method_choice_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let flow = match page_context
        .find_verification_flow_of_browser(&shared, PURPOSE)
        .await
    {
        Err(response) => return response,
        Ok(flow) => flow,
    };
    if let Some(problem) = flow.reason_of_end(PURPOSE) {
        let path = routes::FORGOT_PASSWORD;
        return redirect_with_reason_of_ended_flow(&shared, path, problem, PURPOSE);
    }
    let (methods, wait): (Vec<MethodOption>, FormErrors) = match flow {
        BrowserFlow::Ended(Ending::Completed) => {
            return redirect_to_outcome_of_completed_flow(&shared, &page_context, PURPOSE).await;
        }
        BrowserFlow::Ended(_) | BrowserFlow::Missing => {
            return redirect(routes::FORGOT_PASSWORD);
        }
        BrowserFlow::Blocked(problem) => {
            return render_ended_flow_page(&shared, &page_context, request, problem, PURPOSE).await;
        }
        BrowserFlow::Live(flow) => {
            match method_choice::find_second_factor_step(&shared.app, &flow).await {
                Ok(Step::ChooseMethod { methods, .. }) => {
                    match page_context.find_sms_wait(&shared, &flow, &methods).await {
                        Ok(wait) => (methods, wait),
                        Err(response) => return response,
                    }
                }
                Ok(step) => return redirect(&step.path()),
                Err(error) => return error_response(error),
            }
        }
    };
    let (errors, had_flash_cookie) = (
        page_context.flash.errors.clone().or_if_none(wait),
        page_context.had_flash_cookie(),
    );
    let page = page_context.page_with_title(page_context.texts().password_reset.title);
    let response = render_page(&shared, request, page, move || {
        render_password_reset_method_view(methods.clone(), &errors)
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the choice of the second factor for a password reset.
pub fn render_password_reset_method_view(
    offered: Vec<MethodOption>,
    errors: &FormErrors,
) -> impl IntoView + use<> {
    let texts = &page_texts().password_reset;
    // Another form has found an ended flow. The flow of this page is live.
    let errors = errors.clone().without_ended_flow();
    view! {
        <section class="card">
            <h1>{texts.title}</h1>
            <p class="lead">{texts.factor}</p>
            <ChooseMethod purpose=PURPOSE offered quote=None errors=to_error_texts(&errors) />
        </section>
    }
}

/// Renders the page `/reset-password/verify`, which accepts the code of the second factor.
pub async fn render_password_reset_code_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let found = find_flow_that_waits_for_code(&shared, &page_context, request, PURPOSE).await;
    let (_, step, request) = match found {
        Ok(found) => found,
        Err(response) => return response,
    };
    let (errors, had_flash_cookie) = (
        page_context.flash.errors.clone(),
        page_context.had_flash_cookie(),
    );
    let page = page_context.page_with_title(page_context.texts().verify_title);
    let response = render_page(&shared, request, page, move || {
        render_password_reset_code_view(render_code_form(step.clone(), &errors))
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the card with the code entry form of a password reset.
pub fn render_password_reset_code_view(code_entry: AnyView) -> impl IntoView {
    view! {
        <section class="card">
            <h1>{page_texts().verify_title}</h1>
            <OtpExplanation />
            <p class="lead">{page_texts().password_reset.factor}</p>
            {code_entry}
        </section>
    }
}
