//! The outcome of a completed flow, for a browser that has not received the answer of the request that completed it.

use crate::auth::engine::position::find_completed_flow;
use crate::auth::outcome::Outcome;
use crate::auth::purposes::password::completed_password_reset_outcome;
use crate::auth::purposes::registration::find_outcome_of_completed_registration;
use crate::context::{AppState, RequestContext};
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow};
use crate::store::{ReadFrom, StoreError};
use crate::verification::{Ending, State};
use domain::{FlashMessage, Purpose, Step};

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

/// Returns purpose and outcome of the completed step-up or phone change that has renewed the session of the request.
///
/// The answer had the new session token, so the token of the request is invalid. The message of the outcome asks to sign
/// in again. Call it for a request without a valid session.
///
/// Returns `None` without such a flow. Also returns `None` if the lifetime of the flow is over: the session may then
/// have ended for another reason.
pub async fn find_outcome_without_session(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<(Purpose, Outcome)>, StoreError> {
    if context.session.is_none() {
        return Ok(None);
    }
    for purpose in [Purpose::PhoneChange, Purpose::StepUp] {
        let Some(token) = context.flow_token(purpose) else {
            continue;
        };
        let store = ReadFrom::Store(&app.store);
        let flow = flows::find_flow(store, purpose, &token.hash()).await?;
        let flow = flow.filter(|flow| app.now() < flow.verification.ends_at);
        if let Some(outcome) = flow.as_ref().and_then(find_outcome_of_renewed_session) {
            return Ok(Some((purpose, outcome)));
        }
    }
    Ok(None)
}

/// Returns the outcome of a completed step-up or phone change without the session; `None` for another flow.
fn find_outcome_of_renewed_session(flow: &Flow) -> Option<Outcome> {
    let completed = State::Ended {
        how: Ending::Completed,
    };
    let (step, message) = match &flow.data {
        FlowData::StepUp { area, .. } => (
            Step::ProtectedAreaOpened { area: *area },
            FlashMessage::SignInAnswerLost,
        ),
        FlowData::PhoneChange { .. } => (Step::PhoneChanged, FlashMessage::PhoneChangeAnswerLost),
        FlowData::Registration { .. }
        | FlowData::SignIn { .. }
        | FlowData::SetUp { .. }
        | FlowData::Payment { .. }
        | FlowData::PasswordReset { .. } => return None,
    };
    (flow.verification.state == completed).then(|| Outcome {
        message: Some(message),
        ..Outcome::from_step(step)
    })
}
