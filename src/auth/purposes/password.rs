//! Saves a new password: of a password reset after the second factor, or of a signed-in user.

use crate::auth::engine::check_code::Proof;
use crate::auth::engine::persistence::{FlowSelection, end_selected_flows_of_account};
use crate::auth::engine::rate_limit;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::purposes::completion::{Completion, UNEXPECTED_DATA};
use crate::context::{AppState, PasswordSubject, RequestContext};
use crate::notifications;
use crate::security::password::PasswordHash;
use crate::security::token::FlowId;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::password_resets::ResetBasis;
use crate::store::{ReadFrom, StoreError, Tx, sessions};
use crate::verification::SentCode;
use domain::{Method, Notification, Problem, Purpose, Step, Timestamp};

/// Saves the new password of a password reset whose second factor was approved. Reads the account again, because it may
/// have changed since the mailed link was used.
pub(super) async fn complete_password_reset(
    app: &AppState,
    tx: &mut Tx,
    flow: &Flow,
    proof: &Proof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    let FlowData::PasswordReset {
        basis,
        password_hash,
    } = &flow.data
    else {
        return Err(UNEXPECTED_DATA.into());
    };
    let hash = PasswordHash::parse(password_hash).map_err(|_| UNEXPECTED_DATA)?;
    let usable = accounts::find_account(ReadFrom::Transaction(tx), &basis.account)
        .await?
        .filter(|account| account.mfa && account.phone.as_ref() == Some(&proof.phone));
    let Some(account) = usable else {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    };
    let reset = ProvenReset {
        basis,
        hash: &hash,
        method: Some(proof.method),
        flow: Some(&flow.id),
    };
    let retired = save_password_reset(app, tx, &account, &reset, context, now).await?;
    Ok(Completion {
        retired,
        ..Completion::from(completed_password_reset_outcome())
    })
}

/// Creates the result of a completed password reset, which removes the flow token from the client.
pub fn completed_password_reset_outcome() -> Outcome {
    Outcome::from_step(Step::PasswordReset)
        .with_token_change(TokenChange::RemoveFlowToken(Purpose::PasswordReset))
}

/// A password reset whose mailed link was verified, and whose second factor was verified if the account has one. Input
/// of [`save_password_reset`].
pub struct ProvenReset<'a> {
    pub basis: &'a ResetBasis,
    pub hash: &'a PasswordHash,
    /// The second factor; `None` if the account has none yet.
    pub method: Option<Method>,
    /// The flow that saves the password; `None` without a second factor.
    pub flow: Option<&'a FlowId>,
}

/// Saves the new password of a password reset and ends all sessions and other flows of the account. Returns the codes
/// of these flows, which the caller cancels at the provider after the commit.
///
/// Fails if the e-mail address or the password has changed since the link was mailed.
pub async fn save_password_reset(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    reset: &ProvenReset<'_>,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Vec<SentCode>, FlowError> {
    if !reset.basis.is_valid_for(account) {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    }
    sessions::end_all_sessions(tx, &account.id).await?;
    let flows = reset
        .flow
        .map_or(FlowSelection::All, FlowSelection::AllExcept);
    let retired = save_new_password(app, tx, account, reset.hash, flows, now).await?;
    let entry = AuditEntry {
        flow: reset.flow,
        ..AuditEntry::entry_about_account(&account.id, Event::PasswordReset, context.audit_origin())
    };
    let method = reset.method.map_or("mail", Method::as_str);
    audit::record_audit_entry(tx, &entry.with_detail(method), now).await?;
    Ok(retired)
}

/// Saves a new password hash and notifies the account holder. Invalidates the password reset links, flows and device
/// cookies of the account, and deletes the count of wrong passwords.
///
/// Returns the codes of the ended flows, which the caller cancels at the provider after the commit. The caller ends the
/// sessions.
pub async fn save_new_password(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    hash: &PasswordHash,
    flows: FlowSelection<'_>,
    now: Timestamp,
) -> Result<Vec<SentCode>, StoreError> {
    let (id, old) = (&account.id, &account.password_hash);
    // Flows are locked before the account, as in a sign-in. Another order could cause a deadlock.
    let retired = end_selected_flows_of_account(tx, id, flows, now).await?;
    accounts::replace_password_hash(tx, id, old, hash).await?;
    accounts::revoke_device_cookies_and_cancel_recovery(tx, id).await?;
    let attempts = app.bucket_of_wrong_passwords_for_account(
        &PasswordSubject::from_account_or_identifier("", Some(id)),
    );
    rate_limit::clear_rate_limit_bucket(tx, &attempts, now).await?;
    let notification = Notification::PasswordChanged;
    notifications::notify_account_holder(app, tx, account, &notification, now).await?;
    Ok(retired)
}
