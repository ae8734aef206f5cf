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

/// What stands between a person and a sensitive page: the password, then an existing factor.
#[derive(Clone)]
pub struct Gate {
    area: ProtectedArea,
    username: String,
    /// Past the password: the choice of method, or the code.
    step: Option<Step>,
    refusal: FormErrors,
}

/// `None` when the person has proven to be the same in the last five minutes; otherwise what the
/// page shows in place of its own content (docs/security.md#phn-01). The server functions ask again (docs/security.md#ses-08).
pub async fn gate(
    shared: &WebState,
    page_context: &PageContext,
    signed_in: &SignedIn,
    area: ProtectedArea,
) -> Result<Option<Gate>, Response> {
    if step_up::is_fresh(&shared.app, signed_in) {
        return Ok(None);
    }
    let step = match page_context.position(shared, Purpose::StepUp).await? {
        // One begun for another page serves this one as well: it is the same question.
        Position::At(flow) => Some(
            method_choice::step(&shared.app, &flow)
                .await
                .map_err(error_response)?,
        ),
        Position::Over(_) | Position::Nowhere => None,
    };
    Ok(Some(Gate {
        area,
        username: signed_in.account.username.clone(),
        step,
        refusal: page_context.flash.errors.clone(),
    }))
}

impl Gate {
    /// The content of the gate, for within the page's card.
    pub fn view(self) -> AnyView {
        let Self {
            area,
            username,
            step,
            refusal,
        } = self;
        match step {
            Some(Step::ChooseMethod { purpose, methods }) => view! {
                <p class="lead">{texts().step_up.factor}</p>
                <ChooseMethod purpose offered=methods refusal />
            }
            .into_any(),
            Some(step @ (Step::EnterCode(_) | Step::EnterRecoveryCode { .. })) => {
                code_card(step, refusal)
            }
            _ => view! {
                <p class="lead">{texts().step_up.password}</p>
                <StepUpForm area username refusal />
                <p class="actions">
                    <BackToProfile />
                </p>
            }
            .into_any(),
        }
    }
}

/// `/profile/confirm`: leads to the page the step-up was begun for.
pub async fn confirm(
    State(shared): State<WebState>,
    page_context: PageContext,
    _: Request,
) -> Response {
    if page_context.signed_in.is_none() {
        return redirect(routes::LOGIN);
    }
    match page_context.position(&shared, Purpose::StepUp).await {
        Err(response) => response,
        Ok(Position::At(flow)) => {
            redirect(step_up::area(&flow).map_or(routes::PROFILE, ProtectedArea::path))
        }
        Ok(Position::Over(_) | Position::Nowhere) => redirect(routes::PROFILE),
    }
}
