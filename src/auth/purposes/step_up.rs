//! Completes a step-up authentication: a second factor that is entered again opens the protected pages for a few
//! minutes.

use crate::auth::engine::check_code::Proof;
use crate::auth::engine::persistence::record_flow_audit_event;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::purposes::completion::Completion;
use crate::context::RequestContext;
use crate::security::token::Token;
use crate::store::Tx;
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::session_renewals::{self, RenewalReason};
use domain::{Problem, Purpose, Step, Timestamp};

const PURPOSE: Purpose = Purpose::StepUp;

/// Completes a step-up authentication: stores its time in the session and renews the session token.
///
/// Runs in the transaction that uses up the approved code. Fails if the password of the account has changed since the
/// step-up began.
pub(super) async fn complete_step_up(
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    let ended = || FlowError::from_form_problem(Problem::FlowEnded);
    let (FlowData::StepUp { area, .. }, Some(old)) = (&flow.data, &context.session) else {
        return Err(ended());
    };
    let password = flow.data.password_proof().ok_or_else(ended)?;
    let account = password.lock_unchanged_account(tx).await?;
    let account = account.ok_or_else(ended)?;
    let (old, token) = (old.hash(), Token::generate());
    let reason = RenewalReason::StepUp(*area);
    session_renewals::renew_session_token(tx, &old, &token.hash(), &account.id, reason, now)
        .await?;
    let (event, method) = (Event::SteppedUp, proof.method.as_str());
    record_flow_audit_event(tx, flow, event, context.audit_origin(), method, now).await?;
    Ok(
        Outcome::from_step(Step::ProtectedAreaOpened { area: *area })
            .with_token_change(TokenChange::RemoveFlowToken(PURPOSE))
            .with_token_change(TokenChange::SetSession(token))
            .into(),
    )
}
