//! Requests to confirm a payment by its id, from API clients, which hold no flow token.

use super::lookup::find;
use super::refusals::{record_failed_confirmation, require_payer};
use crate::auth::entry::{method_choice, verification};
use crate::auth::error::FlowError;
use crate::auth::session::SignedIn;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::store::ReadFrom;
use crate::store::flows::{self, Flow};
use crate::store::payments::Payment;
use domain::{Channel, Method, PaymentId, PaymentStatus, Problem, Purpose};

const PURPOSE: Purpose = Purpose::Payment;

/// Requests a code by `method` for a payment; by SMS it is sent at once. Returns the payment afterwards: it has
/// failed if no code could be sent.
pub async fn request_code(
    app: &SharedAppState,
    context: &RequestContext,
    id: &PaymentId,
    method: Method,
    channel: Channel,
) -> Result<Payment, FlowError> {
    let signed_in = require_payer(app, context).await?;
    let flow = awaiting(app, &signed_in, id).await?;
    method_choice::choose_for(app, context, flow, method.as_str(), channel).await?;
    require_known(app, &signed_in, id).await
}

/// Confirms a payment with the typed code. Returns the payment afterwards: completed, or processing if the
/// payment processor has not answered yet.
pub async fn confirm(
    app: &SharedAppState,
    context: &RequestContext,
    id: &PaymentId,
    typed: &str,
) -> Result<Payment, FlowError> {
    let signed_in = require_payer(app, context).await?;
    let checked = match awaiting(app, &signed_in, id).await {
        Ok(flow) => verification::check_code_for(app, context, flow, typed).await,
        Err(error) => Err(error),
    };
    match checked {
        Ok(_) => require_known(app, &signed_in, id).await,
        Err(error) => Err(record_failed_confirmation(app, context, error).await),
    }
}

/// The live flow of a pending payment, if this session has begun it.
async fn awaiting(app: &AppState, signed_in: &SignedIn, id: &PaymentId) -> Result<Flow, FlowError> {
    let payment = require_pending(require_known(app, signed_in, id).await?)?;
    let flow = match &payment.flow {
        Some(flow) => flows::find_flow_by_id(ReadFrom::Store(&app.store), flow).await?,
        None => None,
    };
    let Some(mut flow) =
        flow.filter(|flow| flow.data.is_usable_by_session(&signed_in.session.token))
    else {
        return Err(FlowError::on_form(Problem::FlowEnded));
    };
    flow.verification = flow
        .verification
        .advance_to_now(&app.rules(PURPOSE), app.now());
    if flow.verification.state.is_over() {
        // If the payment was confirmed between the two reads, its status is the problem to show.
        require_pending(require_known(app, signed_in, id).await?)?;
        return Err(FlowError::on_form(Problem::FlowEnded));
    }
    Ok(flow)
}

/// The payment, if it is pending.
fn require_pending(payment: Payment) -> Result<Payment, FlowError> {
    match payment.state.status() {
        PaymentStatus::Pending => Ok(payment),
        status => Err(FlowError::on_form(Problem::PaymentSettled { status })),
    }
}

async fn require_known(
    app: &AppState,
    signed_in: &SignedIn,
    id: &PaymentId,
) -> Result<Payment, FlowError> {
    find(app, signed_in, id)
        .await?
        .ok_or_else(|| FlowError::on_form(Problem::PaymentUnknown))
}
