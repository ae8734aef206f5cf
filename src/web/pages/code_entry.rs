//! Finds the verification flow for a page with a code entry form.

use axum::extract::Request;
use axum::response::Response;

use super::ended::{
    redirect_to_outcome_of_completed_flow, remove_token_of_ended_flow, render_ended_flow_page,
};
use super::page_context::{BrowserFlow, PageContext, error_response, redirect};
use crate::auth::entry::method_choice;
use crate::auth::entry::verification;
use crate::store::flows::Flow;
use crate::verification::Ending;
use crate::web::request::WebState;
use domain::routes;
use domain::{Purpose, Step};

/// Finds this browser's verification flow that waits for a code. Returns the flow, its step and `request`.
///
/// Fails if no flow waits for a code. The error is the response to send: a redirect to the current step or to the
/// sign-in page, or a page that says why the flow has ended or is blocked.
pub async fn find_flow_that_waits_for_code(
    shared: &WebState,
    page_context: &PageContext,
    request: Request,
    purpose: Purpose,
) -> Result<(Box<Flow>, Step, Request), Response> {
    match page_context
        .find_verification_flow_of_browser(shared, purpose)
        .await?
    {
        BrowserFlow::Live(flow) => {
            match method_choice::find_second_factor_step(&shared.app, &flow).await {
                Ok(step @ (Step::EnterCode(_) | Step::EnterRecoveryCode { .. })) => {
                    Ok((flow, step, request))
                }
                Ok(step) => Err(redirect(&step.path())),
                Err(error) => Err(error_response(error)),
            }
        }
        BrowserFlow::Ended(Ending::Completed) => {
            Err(redirect_to_outcome_of_completed_flow(shared, page_context, purpose).await)
        }
        // Another tab has completed the flow, or this page has shown the end of the flow before.
        BrowserFlow::Missing => Err(redirect(routes::LOGIN)),
        BrowserFlow::Blocked(problem) => {
            Err(render_ended_flow_page(shared, page_context, request, problem, purpose).await)
        }
        BrowserFlow::Ended(ending) => {
            let problem = verification::ended_flow_problem(purpose, ending);
            let response =
                render_ended_flow_page(shared, page_context, request, problem, purpose).await;
            // "Start again" leads to a page that would repeat the reason.
            Err(remove_token_of_ended_flow(shared, response, purpose))
        }
    }
}
