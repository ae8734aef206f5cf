//! Completes a sign-in: opens a session after the second factor was verified.

use crate::auth::engine::check_code::Proof;
use crate::auth::engine::persistence::record_flow_audit_event;
use crate::auth::engine::security_alerts;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::purposes::completion::{Completion, UNEXPECTED_DATA};
use crate::auth::purposes::lost_phone;
use crate::auth::{device, session};
use crate::context::{AppState, RequestContext};
use crate::store::audit::Event;
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::{Tx, accounts};
use domain::{Method, Problem, Purpose, Timestamp};

/// Completes a sign-in: opens a session in the transaction that uses up the approved code.
///
/// Notifies the account holder if the browser is new for the account.
///
/// Fails if the account was disabled, or its password or phone number changed, since the password was checked.
pub(super) async fn complete_sign_in(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    let (FlowData::SignIn { .. }, Some(password)) = (&flow.data, flow.data.password_proof()) else {
        return Err(UNEXPECTED_DATA.into());
    };
    let usable = password
        .lock_unchanged_account(tx)
        .await?
        .filter(|account| account.mfa && account.may_sign_in())
        .filter(|account| account.phone.as_ref() == Some(&proof.phone));
    let Some(account) = usable else {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    };
    security_alerts::alert_account_holder_of_new_device(app, tx, &account, context, now).await?;
    let method = proof.method;
    let token = session::open_session(app, tx, &account, Some(method), context, now).await?;
    if method != Method::Recovery {
        accounts::set_last_used_second_factor(tx, &account.id, method).await?;
    }
    let event = Event::SessionStarted;
    record_flow_audit_event(
        tx,
        flow,
        event,
        context.audit_origin(),
        method.as_str(),
        now,
    )
    .await?;
    let step = lost_phone::find_first_step_after_second_factor(tx, context, &account, now).await?;
    Ok(Outcome::from_step(step)
        .with_token_change(TokenChange::RemoveFlowToken(Purpose::SignIn))
        .with_token_change(TokenChange::SetSession(token))
        .with_token_change(device::issue_device_cookie(app, context, &account))
        .into())
}
