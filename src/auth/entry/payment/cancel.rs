//! Cancels a payment by its ID, for API clients, which have no flow token.

use super::lookup::find_flow_of_pending_payment;
use crate::auth::entry::cancellation::cancel_flow_and_pending_code;
use crate::auth::error::FlowError;
use crate::auth::session::SignedIn;
use crate::context::{RequestContext, SharedAppState};
use domain::{PaymentId, Problem};

/// Cancels a pending payment of the signed-in account, whichever of its sessions began the payment.
///
/// Does nothing if the payment is settled or unknown. Fails if another session began the payment and this session has
/// no second factor.
pub async fn cancel_payment(
    app: &SharedAppState,
    context: &RequestContext,
    signed_in: &SignedIn,
    id: &PaymentId,
) -> Result<(), FlowError> {
    let Some(flow) = find_flow_of_pending_payment(app, signed_in, id).await? else {
        return Ok(());
    };
    let token = &signed_in.session.token;
    if !flow.data.may_session_continue_flow(token) && !signed_in.has_second_factor() {
        return Err(FlowError::from_form_problem(Problem::SecondFactorNeeded));
    }
    if flow.verification.state.is_ended() {
        return Ok(());
    }
    cancel_flow_and_pending_code(app, context, flow).await
}
