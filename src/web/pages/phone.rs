use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::components::BackToProfile;
use super::components::code_card;
use super::ended::ended_page;
use super::page_context::{PageContext, redirect};
use super::step_up::{Gate, gate};
use crate::auth::entry::phone_change;
use crate::auth::entry::verification::{self, Position};
use crate::verification::Ending;
use crate::web::islands::{ConfirmPhoneForm, NewPhoneForm, with_value};
use crate::web::request::WebState;
use crate::web::shell::{render, texts};
use domain::routes;
use domain::{Field, PhoneNumber, Problem, ProtectedArea, Purpose, Step};

const PURPOSE: Purpose = Purpose::PhoneChange;

/// What `/profile/phone` is about right now.
#[derive(Clone)]
enum Stage {
    /// Confirm that it is you.
    Gate(Gate),
    Number,
    /// The number changed so recently that it stays for now.
    Cooling(Problem),
    At(Step),
}

/// `/profile/phone`: the current number for reference, then the new one, its code, "Confirm".
pub async fn phone(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return redirect(routes::LOGIN);
    };
    // A change that is under way goes on, whether or not the step-up before it has grown old.
    let stage = match page_context.position(&shared, PURPOSE).await {
        Err(response) => return response,
        Ok(Position::At(flow)) => phone_change::step(&shared.app, &flow).map(Stage::At),
        Ok(Position::Over(how @ (Ending::Exhausted | Ending::Voided))) => {
            let problem = verification::ended_problem(how);
            return ended_page(&shared, &page_context, request, problem, PURPOSE).await;
        }
        Ok(Position::Over(_) | Position::Nowhere) => None,
    };
    let stage = match stage {
        Some(stage) => stage,
        None => match gate(&shared, &page_context, &signed_in, ProtectedArea::Phone).await {
            Err(response) => return response,
            Ok(Some(gate)) => Stage::Gate(gate),
            Ok(None) => match shared
                .app
                .phone_change_cooldown(&signed_in.account, shared.app.now())
            {
                Some(problem) => Stage::Cooling(problem),
                None => Stage::Number,
            },
        },
    };
    let current = signed_in.account.phone.as_ref().map(PhoneNumber::hint);
    let (flash, had_flash) = (page_context.flash.clone(), page_context.had_flash());
    let page = page_context.page(page_context.texts().phone.title);
    let response = render(&shared, request, page, move || {
        let current = current.as_ref().map(ToString::to_string);
        let (problem_text, refusal) = (texts().shared.problem, flash.errors.clone());
        let texts = &texts().phone;
        let content = match stage.clone() {
            Stage::Gate(gate) => gate.view(),
            Stage::Number => {
                view! { <NewPhoneForm phone=flash.input(Field::Phone) refusal /> }.into_any()
            }
            Stage::Cooling(problem) => view! {
                <p class="notice">{(problem_text)(&problem)}</p>
                <p class="actions">
                    <BackToProfile />
                </p>
            }
            .into_any(),
            Stage::At(Step::ConfirmPhone { hint }) => view! {
                <p class="lead">
                    {with_value(&texts.verified, hint.to_string())}
                </p>
                <ConfirmPhoneForm refusal />
            }
            .into_any(),
            Stage::At(step) => code_card(step, refusal),
        };
        view! {
            <section class="card">
                <h1>{texts.title}</h1>
                <dl class="facts">
                    <div>
                        <dt>{texts.current}</dt>
                        <dd>{current}</dd>
                    </div>
                </dl>
                {content}
            </section>
        }
    })
    .await;
    PageContext::finish(had_flash, &shared, response)
}
