//! Errors of failed sends, and the end of a flow whose code cannot be sent before the flow expires.

use std::time::Duration;

use crate::auth::engine::code_entry::add_code_form_state_to_errors;
use crate::auth::engine::factors;
use crate::auth::engine::persistence::{record_flow_audit_event, save_flow};
use crate::auth::error::FlowError;
use crate::context::{AppState, RequestContext};
use crate::store::StoreError;
use crate::store::audit::Event;
use crate::store::flows::Flow;
use domain::{FormErrors, Method, Problem};
use verify::SendFailure;

/// Wait before the next send of a flow after the provider's limit of sends to one number is reached.
///
/// Twilio counts sends to a number for 10 minutes. Source: <https://www.twilio.com/docs/api/errors/60203>
pub const WAIT_AFTER_EXHAUSTED_SENDS: Duration = Duration::from_mins(10);

/// Creates the error for a failed send: the problem that the user sees, and when another code can be sent.
pub fn failed_send_error(app: &AppState, flow: &Flow, failure: &SendFailure) -> FlowError {
    let problem = send_failure_problem(failure);
    let can_be_sent_later = problem == Problem::CouldNotSend;
    let errors = add_code_form_state_to_errors(app, flow, FormErrors::for_form(problem));
    if !can_be_sent_later {
        return FlowError::Refused(errors);
    }
    let rules = app.verification_rules(flow.purpose);
    let next_send_at = flow.verification.earliest_time_of_next_send(&rules);
    FlowError::CodeNotSent {
        errors,
        wait_secs: next_send_at.map_or(0, |at| at.secs_since(app.now())),
    }
}

/// Returns the user-visible error for a failed send. It does not reveal which limit or provider rule was the reason.
const fn send_failure_problem(failure: &SendFailure) -> Problem {
    match failure {
        SendFailure::BadDestination | SendFailure::Blocked => Problem::PhoneUnreachable,
        SendFailure::SendsExhausted => Problem::ResendWait {
            secs: WAIT_AFTER_EXHAUSTED_SENDS.as_secs(),
        },
        SendFailure::Throttled { .. }
        | SendFailure::Configuration
        | SendFailure::NotSent
        | SendFailure::Unknown => Problem::CouldNotSend,
    }
}

/// Ends a verification flow after a failed send if no other code can be sent before the flow expires.
///
/// Returns the ended flow, or fails with `error`, the error of the failed send. Keeps a flow that offers an
/// authenticator app or a recovery code.
pub async fn end_flow_if_no_code_can_be_sent(
    app: &AppState,
    mut flow: Flow,
    error: FlowError,
    context: &RequestContext,
) -> Result<Flow, FlowError> {
    let rules = app.verification_rules(flow.purpose);
    let now = app.now();
    let wait = error.seconds_until_next_code().map(Duration::from_secs);
    let next_send_at = wait.map(|wait| now + wait);
    let Some(next_send_at) = next_send_at.filter(|at| *at >= flow.verification.ends_at) else {
        return Err(error);
    };
    let unsent = flow
        .verification
        .clone()
        .end_verification_if_no_code_sent(&rules);
    if !unsent.state.is_ended() || flow_offers_authenticator_or_recovery_code(app, &flow).await? {
        return Err(error);
    }
    // The limit applies to the number, so it also delays the code of the next payment. The ended flow stores the time,
    // which API clients read.
    flow.verification = unsent.block_sends_until(next_send_at);
    let mut tx = app.store.begin().await?;
    save_flow(&mut tx, &mut flow, now).await?;
    let (event, origin) = (Event::CodeNotSent, context.audit_origin());
    record_flow_audit_event(&mut tx, &flow, event, origin, "not_sent", now).await?;
    tx.commit().await?;
    Ok(flow)
}

/// Returns whether the verification flow offers an enrolled authenticator app or recovery codes. Both need no message.
async fn flow_offers_authenticator_or_recovery_code(
    app: &AppState,
    flow: &Flow,
) -> Result<bool, StoreError> {
    let methods = factors::list_second_factor_methods_of_flow(app, flow).await?;
    let mut methods = methods.iter().filter(|option| option.enrolled);
    Ok(methods.any(|option| option.method != Method::Sms))
}
