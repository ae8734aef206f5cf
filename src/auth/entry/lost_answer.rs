//! The outcome of a completed flow or another action, for a browser that has not received the answer to its request.

use std::time::Duration;

use crate::auth::engine::position::find_completed_flow;
use crate::auth::outcome::Outcome;
use crate::auth::purposes::password::completed_password_reset_outcome;
use crate::auth::purposes::registration::find_outcome_of_completed_registration;
use crate::context::{AppState, RequestContext};
use crate::store::StoreError;
use crate::store::session_renewals::{self, RenewalReason};
use domain::{FlashMessage, Purpose, Step};

/// How long the sign-in page says what an action has done that has renewed the session, after the action.
const LOST_ANSWER_LIFE: Duration = Duration::from_mins(15);

/// Returns the outcome of the completed registration or password reset of the request.
///
/// Equals the outcome that the answer to the correct code had. Returns `None` if no flow of this purpose is completed.
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

/// What an action has done that has renewed the session of a request. The request still has the earlier token.
pub struct LostAnswer {
    /// The purpose of the completed flow, whose token the browser may still have.
    pub purpose: Option<Purpose>,
    /// The step after the action. The message asks the user to sign in again.
    pub outcome: Outcome,
}

/// Finds the action that has renewed the session of the request, if it was done within the last 15 minutes.
///
/// The answer had the new session token, so the token of the request is invalid. Call it for a request without a valid
/// session. Returns `None` if the session has ended for another reason.
pub async fn find_action_with_lost_answer(
    app: &AppState,
    context: &RequestContext,
) -> Result<Option<LostAnswer>, StoreError> {
    let Some(token) = &context.session else {
        return Ok(None);
    };
    let found = session_renewals::find_renewal_by_previous_token(&app.store, &token.hash()).await?;
    Ok(found
        .filter(|(_, renewed_at)| app.now() < *renewed_at + LOST_ANSWER_LIFE)
        .map(|(reason, _)| describe_lost_answer(reason)))
}

/// Returns what the action has done, without its new session token.
fn describe_lost_answer(reason: RenewalReason) -> LostAnswer {
    let (purpose, step, message) = match reason {
        RenewalReason::StepUp(area) => (
            Some(Purpose::StepUp),
            Step::ProtectedAreaOpened { area },
            FlashMessage::SignInAnswerLost,
        ),
        RenewalReason::PhoneChange => (
            Some(Purpose::PhoneChange),
            Step::PhoneChanged,
            FlashMessage::PhoneChangeAnswerLost,
        ),
        RenewalReason::PasswordChange => (None, Step::PasswordChanged, FlashMessage::PasswordReset),
        RenewalReason::AuthenticatorAdded => (
            None,
            Step::AuthenticatorAdded,
            FlashMessage::ChangeAnswerLost,
        ),
        RenewalReason::AuthenticatorRemoved => (
            None,
            Step::AuthenticatorRemoved,
            FlashMessage::ChangeAnswerLost,
        ),
        RenewalReason::EmailChange => (None, Step::EmailChanged, FlashMessage::ChangeAnswerLost),
        RenewalReason::DeletionWithdrawn => (
            None,
            Step::DeletionWithdrawn,
            FlashMessage::ChangeAnswerLost,
        ),
    };
    LostAnswer {
        purpose,
        outcome: Outcome {
            message: Some(message),
            ..Outcome::from_step(step)
        },
    }
}
