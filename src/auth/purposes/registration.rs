//! Creates the account of a registration after its phone number was verified.

use crate::auth::engine::check_code::Proof;
use crate::auth::engine::security_alerts::alert_owner_of_verified_email_address;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::purposes::completion::{Completion, UNEXPECTED_DATA};
use crate::auth::purposes::email_proof::queue_email_code;
use crate::auth::purposes::phone_capacity::may_another_account_get_phone_number;
use crate::auth::{device, session};
use crate::config::EmailVerification;
use crate::context::{AppState, Caller, RequestContext};
use crate::security::password::PasswordHash;
use crate::security::token::AccountId;
use crate::store::account_locks::PasswordProof;
use crate::store::accounts::{self, NewAccount};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::flow_data::FlowData;
use crate::store::flows::{self, Flow};
use crate::store::{ReadFrom, Tx};
use domain::{
    EmailAddress, FlashMessage, FullName, Language, Notification, Purpose, Step, Timestamp,
    Username,
};

/// Creates the account of a registration, in the transaction that uses up the approved code.
///
/// A browser continues at the sign-in page; an API client receives a session.
///
/// Creates no account if the username or the verified e-mail address is taken, or if the phone number has the maximum
/// number of accounts. The account that has verified the e-mail address, if any, is then notified. The message names a
/// taken username, because the first form names it too, but never a taken e-mail address.
pub(super) async fn complete_registration(
    app: &AppState,
    tx: &mut Tx,
    flow: &mut Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    let new = build_account_from_registration(flow, proof, context.language)?;
    let is_number_full = !may_another_account_get_phone_number(app, tx, &new.phone).await?;
    let created = !is_number_full && accounts::insert_account(tx, &new, now).await?;
    let name_taken =
        !is_number_full && !created && accounts::is_username_taken(tx, &new.username).await?;
    let (event, account) = if created {
        (Event::AccountCreated, Some(&new.id))
    } else {
        if let Some(owner) = accounts::find_account_id_by_email(tx, &new.email).await? {
            let notification = Notification::RegistrationConflict;
            alert_owner_of_verified_email_address(app, tx, &owner, &notification, now).await?;
        }
        (Event::RegistrationConflict, None)
    };
    let entry = AuditEntry {
        event,
        account,
        flow: Some(&flow.id),
        purpose: Some(flow.purpose),
        origin: context.audit_origin(),
        detail: "",
    };
    audit::record_audit_entry(tx, &entry, now).await?;
    if created && app.policy.email == EmailVerification::Required {
        let account = accounts::find_account(ReadFrom::Transaction(tx), &new.id)
            .await?
            .ok_or(UNEXPECTED_DATA)?;
        // If a limit is reached, no code is sent now. The page that asks for the code can send one.
        let _ = queue_email_code(app, tx, &account, &new.email, context, now).await?;
    }
    let refusal = match (is_number_full, name_taken) {
        (true, _) => Some(FlashMessage::PhoneAccountLimitReached),
        (false, true) => Some(FlashMessage::UsernameTaken),
        (false, false) => None,
    };
    if let (Some(_), FlowData::Registration { shown_refusal, .. }) = (refusal, &mut flow.data) {
        *shown_refusal = refusal;
        flows::save_flow(tx, flow).await?;
    }
    let outcome = find_outcome_of_completed_registration(flow).ok_or(UNEXPECTED_DATA)?;
    if !created || context.caller == Caller::Browser {
        return Ok(outcome.into());
    }
    let account = accounts::find_account(ReadFrom::Transaction(tx), &new.id)
        .await?
        .ok_or(UNEXPECTED_DATA)?;
    // The password is the one that this transaction has stored.
    let password = PasswordProof::from_verified_account(&account);
    let account = password.lock_unchanged_account(tx).await?;
    let account = account.ok_or(UNEXPECTED_DATA)?;
    let method = Some(proof.method);
    let token = session::open_session(app, tx, &account, method, context, now).await?;
    let entry = AuditEntry {
        flow: Some(&flow.id),
        purpose: Some(flow.purpose),
        ..AuditEntry::entry_about_account(&new.id, Event::SessionStarted, context.audit_origin())
    };
    let entry = entry.with_detail(proof.method.as_str());
    audit::record_audit_entry(tx, &entry, now).await?;
    let outcome = outcome.with_token_change(TokenChange::SetSession(token));
    let device = device::issue_device_cookie(app, context, &account);
    Ok(outcome.with_token_change(device).into())
}

/// Returns the outcome of a completed registration in a browser, which shows the sign-in page.
///
/// The outcome is the same for a created account and for an e-mail address that another account has verified. Returns
/// `None` for a flow of another purpose.
pub fn find_outcome_of_completed_registration(flow: &Flow) -> Option<Outcome> {
    let FlowData::Registration {
        username,
        shown_refusal,
        ..
    } = &flow.data
    else {
        return None;
    };
    Some(Outcome {
        message: *shown_refusal,
        // Set even if another account has the e-mail address, so that the outcome does not reveal that.
        sign_in_name: shown_refusal.is_none().then(|| username.clone()),
        ..Outcome::from_step(Step::Registered)
            .with_token_change(TokenChange::RemoveFlowToken(Purpose::Registration))
    })
}

/// Builds the new account from the registration flow and the verified phone number.
fn build_account_from_registration(
    flow: &Flow,
    proof: &Proof,
    language: Language,
) -> Result<NewAccount, FlowError> {
    let FlowData::Registration {
        full_name,
        username,
        email,
        password_hash: Some(hash),
        ..
    } = &flow.data
    else {
        return Err(UNEXPECTED_DATA.into());
    };
    Ok(NewAccount {
        id: AccountId::generate(),
        full_name: FullName::parse(full_name).map_err(|_| UNEXPECTED_DATA)?,
        username: Username::parse(username).map_err(|_| UNEXPECTED_DATA)?,
        email: EmailAddress::parse(email).map_err(|_| UNEXPECTED_DATA)?,
        password_hash: PasswordHash::parse(hash).map_err(|_| UNEXPECTED_DATA)?,
        phone: proof.phone.clone(),
        language,
    })
}
