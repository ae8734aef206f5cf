//! A new password: set by a reset, after the second factor, or by the signed-in holder.

use crate::auth::engine::check_code::Proof;
use crate::auth::engine::persistence::{FlowSelection, end_flows};
use crate::auth::engine::rate_limit;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Grant, Outcome};
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

/// Saves the new password of a reset, in the transaction that uses up the approval. The account is read once more: it
/// may have changed since the link was used.
pub(super) async fn complete_reset(
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
        return Err(FlowError::on_form(Problem::FlowEnded));
    };
    let reset = Reset {
        basis,
        hash: &hash,
        method: Some(proof.method),
        flow: Some(&flow.id),
    };
    let retired = save_reset(app, tx, &account, &reset, context, now).await?;
    Ok(Completion {
        retired,
        ..Completion::from(reset_outcome())
    })
}

/// What a completed reset answers.
pub fn reset_outcome() -> Outcome {
    Outcome::step(Step::PasswordReset).granting(Grant::NoFlowToken(Purpose::PasswordReset))
}

/// A reset that may be saved.
pub struct Reset<'a> {
    pub basis: &'a ResetBasis,
    pub hash: &'a PasswordHash,
    /// The second factor; `None` if the account has none yet.
    pub method: Option<Method>,
    /// The flow that saves the password.
    pub flow: Option<&'a FlowId>,
}

/// Saves the password of a reset and ends all sessions and all other flows of the account. Returns the codes of those
/// flows, to be cancelled after the commit. Refused if address or password have changed since the link was sent.
pub async fn save_reset(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    reset: &Reset<'_>,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Vec<SentCode>, FlowError> {
    if !reset.basis.is_valid_for(account) {
        return Err(FlowError::on_form(Problem::FlowEnded));
    }
    sessions::end_all_sessions(tx, &account.id).await?;
    let flows = reset
        .flow
        .map_or(FlowSelection::All, FlowSelection::AllExcept);
    let retired = save_password(app, tx, account, reset.hash, flows, now).await?;
    let entry = AuditEntry {
        flow: reset.flow,
        ..AuditEntry::for_account(&account.id, Event::PasswordReset, context.audit_origin())
    };
    let method = reset.method.map_or("mail", Method::as_str);
    audit::record_audit_entry(tx, &entry.with_detail(method), now).await?;
    Ok(retired)
}

/// Saves a password with all that depends on the old one: reset links, flows, recognised browsers and failed attempts.
/// Notifies phone and e-mail. The caller ends the sessions.
pub async fn save_password(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    hash: &PasswordHash,
    flows: FlowSelection<'_>,
    now: Timestamp,
) -> Result<Vec<SentCode>, StoreError> {
    let (id, old) = (&account.id, &account.password_hash);
    // Flows come before the account, as in the transactions of a sign-in, so that the two do not wait for each other.
    let retired = end_flows(tx, id, flows, now).await?;
    accounts::replace_password_hash(tx, id, old, hash).await?;
    accounts::revoke_device_cookies(tx, id).await?;
    let attempts = app.account_password_bucket(&PasswordSubject::new("", Some(id)));
    rate_limit::clear(tx, &attempts, now).await?;
    let notification = Notification::PasswordChanged;
    notifications::notify_holder(app, tx, account, &notification, now).await?;
    Ok(retired)
}
