//! The outcome of a completed flow, for a browser that has not received the answer to the right code.

use crate::auth::engine::position::find_completed_flow;
use crate::auth::outcome::Outcome;
use crate::auth::purposes::password::completed_password_reset_outcome;
use crate::auth::purposes::registration::find_outcome_of_completed_registration;
use crate::context::{AppState, RequestContext};
use crate::store::StoreError;
use domain::Purpose;

/// Returns the outcome of the completed registration or password reset of the request.
///
/// Equals the outcome that the answer to the right code had. Returns `None` if no flow of this purpose is completed.
///
/// Also returns `None` for other purposes: the token of a completed flow opens no session.
pub async fn find_outcome_of_completed_flow(
    app: &AppState,
    context: &RequestContext,
    purpose: Purpose,
) -> Result<Option<Outcome>, StoreError> {
    let Some(flow) = find_completed_flow(app, context, purpose).await? else {
        return Ok(None);
    };
    Ok(match purpose {
        Purpose::Registration => find_outcome_of_completed_registration(&flow),
        Purpose::PasswordReset => Some(completed_password_reset_outcome()),
        Purpose::SignIn
        | Purpose::SetUp
        | Purpose::PhoneChange
        | Purpose::StepUp
        | Purpose::Payment => None,
    })
}
