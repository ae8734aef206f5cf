use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::back::BackToProfile;
use super::code::code_card;
use super::ended::ended_page;
use super::step_up::{Gate, gate};
use super::visit::{Visit, elsewhere};
use crate::auth::entry::phone_change;
use crate::auth::entry::verification::{self, Position};
use crate::verification::Ending;
use crate::web::islands::{ConfirmPhoneForm, NewPhoneForm, around};
use crate::web::request::Shared;
use crate::web::shell::{render, words};
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
pub async fn phone(State(shared): State<Shared>, visit: Visit, request: Request) -> Response {
    let Some(signed_in) = visit.signed_in.clone() else {
        return elsewhere(routes::LOGIN);
    };
    // A change that is under way goes on, whether or not the step-up before it has grown old.
    let stage = match visit.position(&shared, PURPOSE).await {
        Err(response) => return response,
        Ok(Position::At(flow)) => phone_change::step(&shared.app, &flow).map(Stage::At),
        Ok(Position::Over(how @ (Ending::Exhausted | Ending::Voided))) => {
            let problem = verification::ended_problem(how);
            return ended_page(&shared, &visit, request, problem, PURPOSE).await;
        }
        Ok(Position::Over(_) | Position::Nowhere) => None,
    };
    let stage = match stage {
        Some(stage) => stage,
        None => match gate(&shared, &visit, &signed_in, ProtectedArea::Phone).await {
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
    let (flash, noted) = (visit.flash.clone(), visit.noted());
    let page = visit.page(visit.words().phone.title);
    let response = render(&shared, request, page, move || {
        let current = current.as_ref().map(ToString::to_string);
        let (problem_text, refusal) = (words().shared.problem, flash.errors.clone());
        let words = &words().phone;
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
                    {around(&words.verified, hint.to_string())}
                </p>
                <ConfirmPhoneForm refusal />
            }
            .into_any(),
            Stage::At(step) => code_card(step, refusal),
        };
        view! {
            <section class="card">
                <h1>{words.title}</h1>
                <dl class="facts">
                    <div>
                        <dt>{words.current}</dt>
                        <dd>{current}</dd>
                    </div>
                </dl>
                {content}
            </section>
        }
    })
    .await;
    Visit::finish(noted, &shared, response)
}
