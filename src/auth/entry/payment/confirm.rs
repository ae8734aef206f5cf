//! Confirms a payment by its ID, for API clients, which have no flow token.

use super::lookup::find_payment;
use super::refusals::{record_failed_payment_confirmation, require_user_permitted_to_pay};
use crate::auth::engine::position::find_flow_by_id;
use crate::auth::entry::{method_choice, verification};
use crate::auth::error::FlowError;
use crate::auth::session::SignedIn;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::store::ReadFrom;
use crate::store::flows::Flow;
use crate::store::payments::Payment;
use domain::{Channel, Method, PaymentId, PaymentStatus, Problem};

/// Chooses the second-factor method for a pending payment. For SMS, sends the code at once.
///
/// Returns the payment after the send. Its status is failed if no code could be sent.
pub async fn request_payment_code(
    app: &SharedAppState,
    context: &RequestContext,
    id: &PaymentId,
    method: Method,
    channel: Channel,
) -> Result<Payment, FlowError> {
    let signed_in = require_user_permitted_to_pay(app, context).await?;
    let flow = require_flow_of_pending_payment(app, &signed_in, id).await?;
    method_choice::choose_second_factor_method_for_flow(
        app,
        context,
        flow,
        method.as_str(),
        channel,
    )
    .await?;
    require_payment_of_account(app, &signed_in, id).await
}

/// Confirms a payment with the code that the user entered.
///
/// Returns the payment as completed, or as processing if the payment processor has not returned a result yet.
pub async fn confirm_payment(
    app: &SharedAppState,
    context: &RequestContext,
    id: &PaymentId,
    typed: &str,
) -> Result<Payment, FlowError> {
    let signed_in = require_user_permitted_to_pay(app, context).await?;
    let flow = match require_flow_of_pending_payment(app, &signed_in, id).await {
        Ok(flow) => flow,
        Err(error) => return Err(record_failed_payment_confirmation(app, context, error).await),
    };
    verification::check_code_for_flow(app, context, flow, typed).await?;
    require_payment_of_account(app, &signed_in, id).await
}

/// Returns the live verification flow of a pending payment. Fails if a session other than this one has begun the
/// payment.
async fn require_flow_of_pending_payment(
    app: &AppState,
    signed_in: &SignedIn,
    id: &PaymentId,
) -> Result<Flow, FlowError> {
    let payment = require_pending_payment(require_payment_of_account(app, signed_in, id).await?)?;
    let flow = match &payment.flow {
        Some(flow) => find_flow_by_id(app, ReadFrom::Store(&app.store), flow).await?,
        None => None,
    };
    let Some(flow) = flow.filter(|flow| {
        flow.data
            .may_session_continue_flow(&signed_in.session.token)
    }) else {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    };
    if flow.verification.state.is_ended() {
        // If the payment was confirmed between the two reads, its status is the problem to show.
        require_pending_payment(require_payment_of_account(app, signed_in, id).await?)?;
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    }
    Ok(flow)
}

/// Returns the payment if it is pending. Otherwise fails with an error that shows the payment status.
fn require_pending_payment(payment: Payment) -> Result<Payment, FlowError> {
    match payment.state.payment_status() {
        PaymentStatus::Pending => Ok(payment),
        status => Err(FlowError::from_form_problem(Problem::PaymentSettled {
            status,
        })),
    }
}

/// Returns the payment with this ID. Fails if the payment belongs to another account than the signed-in one.
async fn require_payment_of_account(
    app: &AppState,
    signed_in: &SignedIn,
    id: &PaymentId,
) -> Result<Payment, FlowError> {
    find_payment(app, signed_in, id)
        .await?
        .ok_or_else(|| FlowError::from_form_problem(Problem::PaymentUnknown))
}
