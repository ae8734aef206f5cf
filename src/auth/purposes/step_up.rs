//! Step-up: the second factor, entered once more, opens the protected pages for a few minutes.

use crate::auth::engine::check_code::Proof;
use crate::auth::engine::persistence::record_event;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Grant, Outcome};
use crate::auth::purposes::completion::Completion;
use crate::context::RequestContext;
use crate::security::token::Token;
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::{Tx, sessions};
use domain::{Problem, Purpose, Step, Timestamp};

const PURPOSE: Purpose = Purpose::StepUp;

/// Marks the session as fresh and replaces its token, in the transaction that uses up the approval.
pub(super) async fn complete(
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    let (FlowData::StepUp { account, area }, Some(old)) = (&flow.data, &context.session) else {
        return Err(FlowError::on_form(Problem::FlowEnded));
    };
    let token = Token::generate();
    sessions::renew_session_token(tx, &old.hash(), &token.hash(), account, Some(now)).await?;
    let (event, method) = (Event::SteppedUp, proof.method.as_str());
    record_event(tx, flow, event, context.audit_origin(), method, now).await?;
    Ok(Outcome::step(Step::Opened { area: *area })
        .granting(Grant::NoFlowToken(PURPOSE))
        .granting(Grant::Session(token))
        .into())
}
