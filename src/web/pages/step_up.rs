use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::back::BackToProfile;
use super::code::code_card;
use super::visit::{Visit, elsewhere, failed};
use crate::auth::entry::verification::Position;
use crate::auth::entry::{method_choice, step_up};
use crate::auth::session::SignedIn;
use crate::web::islands::{ChooseMethod, StepUpForm};
use crate::web::request::Shared;
use crate::web::shell::words;
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
/// page shows in place of its own content (PHN-01). The server functions ask again (SES-08).
pub async fn gate(
    shared: &Shared,
    visit: &Visit,
    signed_in: &SignedIn,
    area: ProtectedArea,
) -> Result<Option<Gate>, Response> {
    if step_up::is_fresh(&shared.app, signed_in) {
        return Ok(None);
    }
    let step = match visit.position(shared, Purpose::StepUp).await? {
        // One begun for another page serves this one as well: it is the same question.
        Position::At(flow) => Some(
            method_choice::step(&shared.app, &flow)
                .await
                .map_err(failed)?,
        ),
        Position::Over(_) | Position::Nowhere => None,
    };
    Ok(Some(Gate {
        area,
        username: signed_in.account.username.clone(),
        step,
        refusal: visit.flash.errors.clone(),
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
                <p class="lead">{words().step_up.factor}</p>
                <ChooseMethod purpose offered=methods refusal />
            }
            .into_any(),
            Some(step @ (Step::EnterCode(_) | Step::EnterRecoveryCode { .. })) => {
                code_card(step, refusal)
            }
            _ => view! {
                <p class="lead">{words().step_up.password}</p>
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
pub async fn confirm(State(shared): State<Shared>, visit: Visit, _: Request) -> Response {
    if visit.signed_in.is_none() {
        return elsewhere(routes::LOGIN);
    }
    match visit.position(&shared, Purpose::StepUp).await {
        Err(response) => response,
        Ok(Position::At(flow)) => {
            elsewhere(step_up::area(&flow).map_or(routes::PROFILE, ProtectedArea::path))
        }
        Ok(Position::Over(_) | Position::Nowhere) => elsewhere(routes::PROFILE),
    }
}
