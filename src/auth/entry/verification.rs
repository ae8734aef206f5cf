//! Operations on the caller's pending verification: sends a code, checks a code, and reads the code entry.

pub use crate::auth::engine::code_entry::{ended_flow_problem, find_code_entry_block_of_account};
pub use crate::auth::engine::position::{CallerFlow, find_flow_by_request_token};
pub use crate::auth::engine::wrong_codes::count_attempts_left;
pub use crate::auth::entry::cancellation::{
    cancel_flow_after_user_left_page, cancel_verification, record_open_flow_page,
};

use crate::auth::engine::background::run_in_detached_task;
use crate::auth::engine::check_code::{
    ApprovedCode, Proof, check_verification_code as check_message_code,
    commit_transaction_of_approved_code,
};
use crate::auth::engine::check_factor::check_second_factor_code;
use crate::auth::engine::code_entry::{add_code_form_state_to_errors, describe_code_entry};
use crate::auth::engine::position::missing_flow_error;
use crate::auth::engine::send_code::send_verification_code as send_message_code;
use crate::auth::engine::unsent::end_flow_if_no_code_can_be_sent;
use crate::auth::engine::wrong_codes;
use crate::auth::entry::cancellation::{end_flow_and_record_event, find_payment_step_of_flow};
use crate::auth::entry::payment::refusals;
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::auth::purposes::completion::Completion;
use crate::auth::purposes::{self, payment};
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::store::audit::Event;
use crate::store::flows::Flow;
use crate::store::{StoreError, Tx};
use crate::verification::{Ending, State};
use domain::{
    Channel, Field, FormErrors, OneTimeCode, PaymentId, Problem, Purpose, Step, Timestamp,
};

/// Returns the live verification flow of one purpose, for example sign-in, by the flow token in the request.
///
/// Fails with the reason if the flow has ended or does not exist. A flow that another tab has replaced counts as ended.
/// For an ended payment flow, the error shows the status of the payment.
pub async fn require_live_flow(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Flow, FlowError> {
    match find_flow_by_request_token(app, context, purpose).await? {
        CallerFlow::Live(flow) => Ok(*flow),
        CallerFlow::Ended(_) | CallerFlow::Replaced if purpose == Purpose::Payment => {
            Err(FlowError::from_form_problem(
                refusals::problem_of_ended_payment_flow(app, context).await?,
            ))
        }
        CallerFlow::Ended(how) => Err(FlowError::from_form_problem(ended_flow_problem(
            purpose, how,
        ))),
        CallerFlow::Replaced => Err(FlowError::from_form_problem(Problem::FlowEnded)),
        CallerFlow::Missing => Err(missing_flow_error(app, context, purpose).await?),
    }
}

/// Returns the user-visible error if too many wrong codes have blocked code entry for a flow.
///
/// Returns `None` in these cases:
///
/// - The limits on wrong codes that apply to the flow permit code entry, or no such limit applies.
/// - The code of the flow is being checked, or was approved.
pub async fn find_code_entry_block_of_flow(
    app: &AppState,
    flow: &Flow,
) -> Result<Option<Problem>, StoreError> {
    if let State::Approved { .. } | State::Checking { .. } = flow.verification.state {
        return Ok(None);
    }
    let limits = wrong_codes::find_limits_of_wrong_codes(app, flow);
    wrong_codes::find_problem_of_reached_limits(app, &limits, flow.purpose).await
}

/// Sends or resends a verification code for the flow of the request.
///
/// `purpose` is the purpose of the flow, for example sign-in.
pub async fn send_or_resend_code(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let flow = require_live_flow(app, context, purpose).await?;
    send_code_for_flow(app, context, flow, channel).await
}

/// Sends or resends a verification code for a live flow.
pub(super) async fn send_code_for_flow(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
    channel: Channel,
) -> Result<Outcome, FlowError> {
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    let flow = run_in_detached_task(app, async move {
        let transaction = payment::find_amount_and_payee_of_flow(&shared, &flow).await?;
        let (unsent, transaction) = (flow.clone(), transaction.as_ref());
        match send_message_code(&shared, flow, channel, transaction, &context).await {
            Err(error) => end_flow_if_no_code_can_be_sent(&shared, unsent, error, &context).await,
            sent => sent,
        }
    })
    .await??;
    match find_payment_step_of_flow(&flow).filter(|_| flow.verification.state.is_ended()) {
        Some(page) => Ok(Outcome::from_step(page)),
        None => {
            describe_code_entry(app, &flow).map(|entry| Outcome::from_step(Step::EnterCode(entry)))
        }
    }
}

/// Checks the code that the user entered for the verification flow of the request.
///
/// A correct code completes the flow, for example signs the user in.
pub async fn check_entered_code(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
    typed: &str,
) -> Result<Outcome, FlowError> {
    match require_live_flow(app, context, purpose).await {
        Ok(flow) => check_code_for_flow(app, context, flow, typed).await,
        Err(error) if purpose == Purpose::Payment => {
            Err(refusals::record_failed_payment_confirmation(app, context, error).await)
        }
        Err(error) => Err(error),
    }
}

/// Checks the code that the user entered for this live verification flow.
///
/// A correct code completes the flow, for example signs the user in. Writes an audit event about a payment whose
/// confirmation was refused.
pub(super) async fn check_code_for_flow(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let live = flow.clone();
    let error = match check_code_by_chosen_method(app, context, flow, typed).await {
        Ok(outcome) => return Ok(outcome),
        Err(error) => error,
    };
    if error.is_code_entry_blocked() {
        end_payment_of_blocked_account(app, context, live.clone()).await?;
    }
    let error = if live.purpose == Purpose::Payment {
        refusals::record_failed_payment_confirmation(app, context, error).await
    } else {
        error
    };
    // The check of a wrong code has written its audit event. If the code has reached the limit, the payment fails at
    // the next code only.
    match error {
        FlowError::Refused(errors) => Err(FlowError::Refused(
            wrong_codes::apply_limit_to_attempts_remaining(app, &live, errors).await?,
        )),
        error => Err(error),
    }
}

/// Ends the payment flow of an account that is blocked from entering codes.
///
/// The payment would expire before the block ends.
async fn end_payment_of_blocked_account(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
) -> Result<(), FlowError> {
    if flow.purpose != Purpose::Payment {
        return Ok(());
    }
    let (how, event) = (Ending::Exhausted, Event::TriesExhausted);
    end_flow_and_record_event(app, context, flow, how, event, "held").await?;
    Ok(())
}

/// Checks the entered code. A correct code completes the flow.
///
/// The provider checks a code that it has sent. The server itself checks a code of an authenticator app or a recovery
/// code.
async fn check_code_by_chosen_method(
    app: &SharedAppState,
    context: &RequestContext,
    flow: Flow,
    typed: &str,
) -> Result<Outcome, FlowError> {
    let (shared, context) = (SharedAppState::clone(app), context.clone());
    if let State::AwaitingFactor { method, .. } = flow.verification.state {
        let typed = typed.to_owned();
        return run_in_detached_task(app, async move {
            let approved =
                check_second_factor_code(&shared, flow, method, &typed, &context).await?;
            complete_flow_with_approved_code(&shared, approved, &context).await
        })
        .await?;
    }
    let length = app.limits.code_length;
    let Some(code) = OneTimeCode::parse(typed, length) else {
        let digits = u8::try_from(length.digit_count()).unwrap_or(u8::MAX);
        let errors = FormErrors::for_field(Field::Code, Problem::MalformedCode { digits });
        return Err(FlowError::Refused(add_code_form_state_to_errors(
            app, &flow, errors,
        )));
    };
    run_in_detached_task(app, async move {
        let transaction = payment::find_amount_and_payee_of_flow(&shared, &flow).await?;
        let transaction = transaction.as_ref();
        let approved = check_message_code(&shared, flow, &code, transaction, &context).await?;
        complete_flow_with_approved_code(&shared, approved, &context).await
    })
    .await?
}

/// Performs the action of a verification flow whose code was approved, for example opens a session.
///
/// Then executes the payment if the action has confirmed one. If the action is refused, records only the approval of
/// the code, because the provider accepts a code only once.
async fn complete_flow_with_approved_code(
    app: &SharedAppState,
    approved: ApprovedCode,
    context: &RequestContext,
) -> Result<Outcome, FlowError> {
    let ApprovedCode {
        tx,
        flow,
        proof,
        now,
        late_approval,
    } = approved;
    let completed = commit_completed_flow(app, tx, flow, &proof, context, now).await;
    if let Err(FlowError::Refused(_) | FlowError::Store(StoreError::Raced)) = &completed
        && let Some(late_approval) = late_approval
    {
        late_approval
            .record_approval_after_refused_action(app, context, now)
            .await?;
    }
    let (outcome, payment) = completed?;
    if let Some(payment) = &payment {
        payment::settle::execute_payment(app, payment).await;
    }
    Ok(outcome)
}

/// Performs the action of a verification flow whose code was approved, and commits the transaction.
///
/// Rolls the transaction back before it returns an error.
async fn commit_completed_flow(
    app: &SharedAppState,
    mut tx: Tx,
    flow: Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<(Outcome, Option<PaymentId>), FlowError> {
    let Completion {
        outcome,
        retired,
        payment,
    } = purposes::perform_action_authorised_by_code(app, &mut tx, flow, proof, context, now)
        .await?;
    commit_transaction_of_approved_code(app, tx, retired).await?;
    Ok((outcome, payment))
}

/// Reads the current state of the code form for the verification flow of the request. Fails if the flow awaits no code.
pub async fn read_code_entry(
    app: &SharedAppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Outcome, FlowError> {
    let flow = require_live_flow(app, context, purpose).await?;
    describe_code_entry(app, &flow).map(|entry| Outcome::from_step(Step::EnterCode(entry)))
}
