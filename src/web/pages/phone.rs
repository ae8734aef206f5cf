use axum::extract::{Request, State};
use axum::response::Response;
use leptos::prelude::*;

use super::components::{BackToProfileLink, render_code_form};
use super::country_list::{CountryChoice, CountryField};
use super::ended::{remove_token_of_ended_flow, render_ended_flow_page};
use super::page_context::{BrowserFlow, PageContext, error_response};
use super::step_up::{StepUpGate, find_required_step_up};
use crate::auth::entry::phone_change;
use crate::auth::entry::verification;
use crate::http::cookies::Flash;
use crate::security::typed_number::TypedNumber;
use crate::store::StoreError;
use crate::store::accounts::Account;
use crate::web::islands::{
    ConfirmPhoneForm, MaskedNumber, NewPhoneForm, render_text_with_emphasised_value,
};
use crate::web::request::WebState;
use crate::web::shell::{page_texts, render_page, to_error_texts};
use domain::{Field, PhoneHint, PhoneNumber, Problem, ProtectedArea, Purpose, Step};

const PURPOSE: Purpose = Purpose::PhoneChange;

/// Stage of the page `/profile/phone`: step-up, form for the new number, refused change, or change in progress.
#[derive(Clone)]
pub enum PhoneStage {
    StepUp(StepUpGate),
    /// The form for the new number.
    NewNumber(CountryChoice),
    /// The number cannot be changed now: it was changed recently, or the account may not enter codes.
    Refused(Problem),
    /// A phone change in progress.
    InProgress(Step),
}

/// Renders the page `/profile/phone` with the current phone number and the steps of a phone change.
pub async fn render_phone_page(
    State(shared): State<WebState>,
    page_context: PageContext,
    request: Request,
) -> Response {
    let Some(signed_in) = page_context.signed_in.clone() else {
        return page_context.redirect_to_sign_in(&shared, request.uri().path());
    };
    // A change in progress continues, even if its step-up has expired.
    let flow = match page_context
        .find_verification_flow_of_browser(&shared, PURPOSE)
        .await
    {
        Err(response) => return response,
        Ok(flow) => flow,
    };
    if let Some(problem) = flow.reason_of_end(PURPOSE) {
        // "Start again" leads to this page.
        let response =
            render_ended_flow_page(&shared, &page_context, request, problem, PURPOSE).await;
        return remove_token_of_ended_flow(&shared, response, PURPOSE);
    }
    let stage = match flow {
        BrowserFlow::Blocked(problem) => {
            return render_ended_flow_page(&shared, &page_context, request, problem, PURPOSE).await;
        }
        BrowserFlow::Live(flow) => {
            phone_change::find_phone_change_step(&shared.app, &flow).map(PhoneStage::InProgress)
        }
        BrowserFlow::Ended(_) | BrowserFlow::Missing => None,
    };
    let stage = match stage {
        Some(stage) => stage,
        None => {
            match find_required_step_up(&shared, &page_context, &signed_in, ProtectedArea::Phone)
                .await
            {
                Err(response) => return response,
                Ok(Some(gate)) => PhoneStage::StepUp(gate),
                Ok(None) => {
                    match find_reason_to_refuse_phone_change(&shared, &signed_in.account).await {
                        Ok(Some(problem)) => PhoneStage::Refused(problem),
                        Ok(None) => {
                            let flash = &page_context.flash;
                            let typed = TypedNumber {
                                number: &flash.submitted_value(Field::Phone),
                                country: &flash.submitted_value(Field::Country),
                            };
                            PhoneStage::NewNumber(CountryChoice::with_phone_rules_of_server(
                                &shared, typed,
                            ))
                        }
                        Err(error) => return error_response(error.into()),
                    }
                }
            }
        }
    };
    let current = signed_in
        .account
        .phone
        .as_ref()
        .map(PhoneNumber::masked_hint);
    let (flash, had_flash_cookie) = (page_context.flash.clone(), page_context.had_flash_cookie());
    let flash_message = page_context.flash_message_renderer();
    let page = page_context.page_with_title(page_context.texts().phone.title);
    let response = render_page(&shared, request, page, move || {
        view! {
            {flash_message()}
            {render_phone_view(current.clone(), stage.clone(), &flash)}
        }
    })
    .await;
    PageContext::delete_flash_cookie_if_shown(had_flash_cookie, &shared, response)
}

/// Renders the current phone number, and the form for the current stage of a phone change.
///
/// `flash` contains the errors and the typed number.
pub fn render_phone_view(
    current: Option<PhoneHint>,
    stage: PhoneStage,
    flash: &Flash,
) -> impl IntoView + use<> {
    let current = current.map(|hint| view! { <MaskedNumber hint /> });
    let (problem_text, errors) = (page_texts().problem, &flash.errors);
    let texts = &page_texts().phone;
    let content = match stage {
        PhoneStage::StepUp(gate) => gate.render_step_up_stage(),
        PhoneStage::NewNumber(choice) => view! {
            <NewPhoneForm phone=flash.submitted_value(Field::Phone) errors=to_error_texts(errors)>
                <CountryField choice hint=texts.sms_risk />
            </NewPhoneForm>
        }
        .into_any(),
        PhoneStage::Refused(problem) => view! {
            <p class="notice">{(problem_text)(&problem)}</p>
            <p class="actions">
                <BackToProfileLink />
            </p>
        }
        .into_any(),
        PhoneStage::InProgress(Step::ConfirmPhone { hint }) => view! {
            <p class="lead">
                {render_text_with_emphasised_value(&texts.verified, view! { <MaskedNumber hint /> })}
            </p>
            <ConfirmPhoneForm errors=to_error_texts(errors) />
        }
        .into_any(),
        PhoneStage::InProgress(step) => render_code_form(step, errors),
    };
    view! {
        <section class="card task">
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
}

/// Returns why the phone number of the account cannot be changed now; `None` if a change is possible.
async fn find_reason_to_refuse_phone_change(
    shared: &WebState,
    account: &Account,
) -> Result<Option<Problem>, StoreError> {
    let app = &shared.app;
    if let Some(problem) = app.find_cooldown_problem_after_phone_change(account, app.now()) {
        return Ok(Some(problem));
    }
    verification::find_code_entry_block_of_account(app, &account.id).await
}
