use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::components::BackToProfileLink;
use super::components::render_code_form;
use super::ended::{
    redirect_with_reason_of_ended_flow, remove_token_of_ended_flow, render_ended_flow_page,
};
use super::page_context::{BrowserFlow, PageContext, error_response, redirect};
use crate::auth::entry::{method_choice, step_up};
use crate::auth::session::SignedIn;
use crate::http::cookies::Flash;
use crate::web::islands::{ChooseMethod, StepUpForm};
use crate::web::request::WebState;
use crate::web::shell::{page_texts, render_page, to_error_texts};
use domain::routes;
use domain::{FormErrors, Problem, ProtectedArea, Purpose, Step};

/// Settings page that requires step-up authentication, with the signed-in user.
///
/// Step-up authentication is a recent confirmation of password and second factor.
pub struct ProtectedPage {
    pub signed_in: SignedIn,
    /// The required step-up; `None` if the last step-up or sign-in is less than five minutes old.
    pub gate: Option<StepUpGate>,
    pub page_context: PageContext,
}

impl ProtectedPage {
    /// Finds the signed-in user of a settings page, and the step-up authentication that it requires.
    ///
    /// Step-up authentication confirms password and second factor again. Fails with a redirect to the sign-in page if
    /// the request has no session. Fails with a redirect to the page itself if the step-up has ended: the page then
    /// shows the reason.
    pub async fn open_protected_page(
        shared: &WebState,
        page_context: PageContext,
        path: &str,
        area: ProtectedArea,
    ) -> Result<Self, Response> {
        let Some(signed_in) = page_context.signed_in.clone() else {
            return Err(page_context.redirect_to_sign_in(shared, path));
        };
        let gate = find_required_step_up(shared, &page_context, &signed_in, area).await?;
        Ok(Self {
            signed_in,
            gate,
            page_context,
        })
    }

    /// Renders the page as one card: `title`, `intro`, and then the step-up authentication or the content.
    pub async fn render_card<I, C>(
        self,
        shared: &WebState,
        request: Request,
        title: &'static str,
        intro: impl Fn() -> I + Clone + Send + Sync + 'static,
        content: impl Fn(&Flash) -> C + Clone + Send + Sync + 'static,
    ) -> Response
    where
        I: IntoView + 'static,
        C: IntoView + 'static,
    {
        let Self {
            gate, page_context, ..
        } = self;
        let (flash, had_flash_cookie) =
            (page_context.flash.clone(), page_context.had_flash_cookie());
        let flash_message = page_context.flash_message_renderer();
        let response = render_page(
            shared,
            request,
            page_context.page_with_title(title),
            move || {
                let content = match gate.clone() {
                    Some(gate) => gate.render_step_up_stage(),
                    None => content(&flash).into_any(),
                };
                view! {
                    {flash_message()}
                    {render_settings_page_card(title, intro(), content)}
                }
            },
        )
        .await;
        PageContext::delete_flash_cookie_if_shown(had_flash_cookie, shared, response)
    }
}

/// Renders the card of a settings page: `title`, `intro`, and then `content`.
///
/// The content is a form or a step-up authentication.
pub fn render_settings_page_card(
    title: &'static str,
    intro: impl IntoView,
    content: AnyView,
) -> impl IntoView {
    view! {
        <section class="card task">
            <h1>{title}</h1>
            {intro}
            {content}
        </section>
    }
}

/// State of the step-up authentication that a settings page shows in place of its content.
///
/// The user confirms the password, then the second factor.
#[derive(Clone)]
pub struct StepUpGate {
    pub area: ProtectedArea,
    pub username: String,
    pub stage: StepUpStage,
    pub errors: FormErrors,
}

/// Stage of a step-up authentication: password, second factor, or code entry blocked for now.
#[derive(Clone)]
pub enum StepUpStage {
    Password,
    /// The user chooses the second factor or enters its code.
    Factor(Step),
    /// The account may not enter codes for now.
    Held(Problem),
}

/// Returns the step-up authentication that a settings page must show in place of its content (docs/security.md#phn-01).
///
/// A step-up confirms password and second factor. Returns `None` if the last step-up or sign-in is less than five
/// minutes old. The server functions repeat this check (docs/security.md#ses-08).
///
/// Fails with a redirect to the settings page if the step-up of this browser has ended: the page then shows the reason.
pub async fn find_required_step_up(
    shared: &WebState,
    page_context: &PageContext,
    signed_in: &SignedIn,
    area: ProtectedArea,
) -> Result<Option<StepUpGate>, Response> {
    if step_up::is_step_up_recent(&shared.app, signed_in) {
        return Ok(None);
    }
    let flow = page_context
        .find_verification_flow_of_browser(shared, Purpose::StepUp)
        .await?;
    if let Some(problem) = flow.reason_of_end(Purpose::StepUp) {
        return Err(redirect_with_reason_of_ended_flow(
            shared,
            area.path(),
            problem,
            Purpose::StepUp,
        ));
    }
    let mut errors = page_context.flash.errors.clone();
    let stage = match flow {
        // A step-up for another page counts for this page too.
        BrowserFlow::Live(flow) => {
            let step = method_choice::find_second_factor_step(&shared.app, &flow)
                .await
                .map_err(error_response)?;
            if let Step::ChooseMethod { methods, .. } = &step {
                let wait = page_context.find_sms_wait(shared, &flow, methods).await?;
                errors = errors.or_if_none(wait);
            }
            StepUpStage::Factor(step)
        }
        BrowserFlow::Blocked(problem) => StepUpStage::Held(problem),
        BrowserFlow::Ended(_) | BrowserFlow::Missing => StepUpStage::Password,
    };
    Ok(Some(StepUpGate {
        area,
        username: signed_in.account.username.clone(),
        stage,
        errors,
    }))
}

impl StepUpGate {
    /// Renders the form for the current stage of the step-up authentication.
    pub fn render_step_up_stage(self) -> AnyView {
        let Self {
            area,
            username,
            stage,
            errors,
        } = self;
        match stage {
            StepUpStage::Factor(Step::ChooseMethod { purpose, methods }) => view! {
                <p class="lead">{page_texts().step_up.factor}</p>
                // Another form has found an ended flow. The flow of this page is live.
                <ChooseMethod
                    purpose
                    offered=methods
                    quote=None
                    errors=to_error_texts(&errors.without_ended_flow())
                />
            }
            .into_any(),
            StepUpStage::Factor(step @ (Step::EnterCode(_) | Step::EnterRecoveryCode { .. })) => {
                render_code_form(step, &errors)
            }
            StepUpStage::Held(problem) => view! {
                <p class="notice error" role="alert" id="end">{(page_texts().problem)(&problem)}</p>
                <a class="button" href=routes::PROFILE autofocus aria-describedby="end">
                    {page_texts().shared.actions.back_to_profile}
                </a>
            }
            .into_any(),
            StepUpStage::Password | StepUpStage::Factor(_) => view! {
                <p class="lead">{page_texts().step_up.password}</p>
                <StepUpForm area username errors=to_error_texts(&errors) />
                <p class="actions">
                    <BackToProfileLink />
                </p>
            }
            .into_any(),
        }
    }
}

/// Handles `/profile/confirm`: redirects to the settings page that required step-up authentication.
///
/// Redirects to the profile if this browser has no step-up. If the step-up has expired, has no attempts left or became
/// invalid, the settings page shows the reason. A settings page that is open shows no reason.
pub async fn redirect_to_protected_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    let flow = match page_context
        .find_verification_flow_of_browser(&shared, Purpose::StepUp)
        .await
    {
        Err(response) => return response,
        Ok(BrowserFlow::Blocked(problem)) => {
            return render_ended_flow_page(
                &shared,
                &page_context,
                request,
                problem,
                Purpose::StepUp,
            )
            .await;
        }
        // After a cancelled or completed step-up, and at a bookmark.
        Ok(BrowserFlow::Missing) => return redirect(routes::PROFILE),
        Ok(flow) => flow,
    };
    let area =
        step_up::find_protected_area_of_last_step_up(&shared.app, &page_context.request_context)
            .await;
    let path = match area {
        Ok(area) => area.map_or(routes::PROFILE, ProtectedArea::path),
        Err(error) => return error_response(error.into()),
    };
    match flow.reason_of_end(Purpose::StepUp) {
        None => redirect(path),
        // The user has signed in since then. A sign-in counts as a step-up, so the page is open.
        Some(_) if step_up::is_step_up_recent(&shared.app, &signed_in) => {
            remove_token_of_ended_flow(&shared, redirect(path), Purpose::StepUp)
        }
        Some(problem) => {
            redirect_with_reason_of_ended_flow(&shared, path, problem, Purpose::StepUp)
        }
    }
}
