use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::components::BackToProfile;
use super::components::code_card;
use super::page_context::{PageContext, error_response, redirect};
use crate::auth::entry::verification::Position;
use crate::auth::entry::{method_choice, step_up};
use crate::auth::session::SignedIn;
use crate::web::islands::{ChooseMethod, StepUpForm};
use crate::web::request::WebState;
use crate::web::shell::texts;
use domain::routes;
use domain::{FormErrors, ProtectedArea, Purpose, Step};

/// The step-up that a page needs: the password, then a second factor.
#[derive(Clone)]
pub struct StepUpGate {
    area: ProtectedArea,
    username: String,
    /// The choice of method or the code entry. `None`: the password comes first.
    step: Option<Step>,
    errors: FormErrors,
}

/// The step-up that the page shows in place of its content (docs/security.md#phn-01). `None` if the
/// last step-up is at most five minutes old.
///
/// The server functions check it again (docs/security.md#ses-08).
pub async fn required_step_up(
    shared: &WebState,
    page_context: &PageContext,
    signed_in: &SignedIn,
    area: ProtectedArea,
) -> Result<Option<StepUpGate>, Response> {
    if step_up::is_fresh(&shared.app, signed_in) {
        return Ok(None);
    }
    let step = match page_context.flow_position(shared, Purpose::StepUp).await? {
        // A step-up for another page counts for this page too.
        Position::At(flow) => Some(
            method_choice::step(&shared.app, &flow)
                .await
                .map_err(error_response)?,
        ),
        Position::Over(_) | Position::Nowhere => None,
    };
    Ok(Some(StepUpGate {
        area,
        username: signed_in.account.username.clone(),
        step,
        errors: page_context.flash.errors.clone(),
    }))
}

impl StepUpGate {
    /// Renders the form of the current step.
    pub fn view(self) -> AnyView {
        let Self {
            area,
            username,
            step,
            errors,
        } = self;
        match step {
            Some(Step::ChooseMethod { purpose, methods }) => view! {
                <p class="lead">{texts().step_up.factor}</p>
                <ChooseMethod purpose offered=methods errors />
            }
            .into_any(),
            Some(step @ (Step::EnterCode(_) | Step::EnterRecoveryCode { .. })) => {
                code_card(step, errors)
            }
            _ => view! {
                <p class="lead">{texts().step_up.password}</p>
                <StepUpForm area username errors />
                <p class="actions">
                    <BackToProfile />
                </p>
            }
            .into_any(),
        }
    }
}

/// `/profile/confirm`: redirects to the page that needed the step-up.
pub async fn redirect_to_area(
    State(shared): State<WebState>,
    page_context: PageContext,
    _: Request,
) -> Response {
    if page_context.signed_in.is_none() {
        return redirect(routes::LOGIN);
    }
    match page_context.flow_position(&shared, Purpose::StepUp).await {
        Err(response) => response,
        Ok(Position::At(flow)) => {
            redirect(step_up::area(&flow).map_or(routes::PROFILE, ProtectedArea::path))
        }
        Ok(Position::Over(_) | Position::Nowhere) => redirect(routes::PROFILE),
    }
}
