//! Sign-in: the second factor opens a session.

use crate::auth::engine::check_code::Proof;
use crate::auth::engine::persistence::record_event;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Grant, Outcome};
use crate::auth::purposes::completion::{Completion, UNEXPECTED_DATA};
use crate::auth::purposes::lost_phone;
use crate::auth::{device, session};
use crate::context::{AppState, RequestContext};
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::{ReadFrom, Tx, accounts};
use domain::{Method, Problem, Purpose, Step, Timestamp};

/// Opens the session in the transaction that uses up the approval. The account is read once more: it may
/// have been disabled, or have a new number, since the password was checked.
pub(super) async fn complete(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    let FlowData::SignIn { account } = &flow.data else {
        return Err(UNEXPECTED_DATA.into());
    };
    let usable = accounts::find_account(ReadFrom::Transaction(tx), account)
        .await?
        .filter(|account| account.mfa && account.may_sign_in())
        .filter(|account| account.phone.as_ref() == Some(&proof.phone));
    let Some(account) = usable else {
        return Err(FlowError::on_form(Problem::FlowEnded));
    };
    let method = proof.method;
    let token = session::open(app, tx, &account.id, Some(method), context, now).await?;
    if method != Method::Recovery {
        accounts::set_last_code_method(tx, &account.id, method).await?;
    }
    let event = Event::SessionStarted;
    record_event(
        tx,
        flow,
        event,
        context.audit_origin(),
        method.as_str(),
        now,
    )
    .await?;
    let pending = lost_phone::pending(ReadFrom::Transaction(tx), &account, now).await?;
    // An account that will be deleted is asked about its recovery when it is kept.
    let step = match session::first_step(&account) {
        Step::Dashboard if lost_phone::is_asked_about(context, pending.as_ref()) => {
            Step::ConfirmRecovery
        }
        step => step,
    };
    Ok(Outcome::step(step)
        .granting(Grant::NoFlowToken(Purpose::SignIn))
        .granting(Grant::Session(token))
        .granting(device::remember(app, context, &account))
        .into())
}
