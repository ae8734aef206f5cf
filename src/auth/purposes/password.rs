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
use crate::security::token::{FlowId, TokenHash};
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::flow_data::FlowData;
use crate::store::flows::Flow;
use crate::store::password_resets::ResetBasis;
use crate::store::passwords::{self, PasswordChangeActor};
use crate::store::{StoreError, Tx, account_locks, mailed_links, sessions};
use crate::verification::SentCode;
use domain::{Notification, Problem, Purpose, Step, Timestamp};

/// Saves the new password of a password reset whose second factor was approved.
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
    let reset = VerifiedReset {
        basis,
        hash: &hash,
        factor: Some(proof),
        flow: Some(&flow.id),
        link: None,
        // An undo of a contact change ends the flow. So the account required a reset before the flow, or requires none.
        reset_required_before: true,
    };
    let retired = save_password_reset(app, tx, &reset, context, now).await?;
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

/// A password reset whose mailed link and second factor were verified. Input of [`save_password_reset`].
///
/// An account without a second factor needs only the link.
pub struct VerifiedReset<'a> {
    pub basis: &'a ResetBasis,
    pub hash: &'a PasswordHash,
    /// The verified second factor; `None` if the account has none yet.
    pub factor: Option<&'a Proof>,
    /// The flow that saves the password; `None` without a second factor.
    pub flow: Option<&'a FlowId>,
    /// The mailed link, which the same transaction uses up; `None` if the opening of the flow has used it up.
    pub link: Option<&'a TokenHash>,
    /// Whether the account required a reset when the new password was submitted, so that it differs from the old one.
    pub reset_required_before: bool,
}

impl VerifiedReset<'_> {
    /// Returns whether the reset is still valid for the account.
    ///
    /// The account must have the same e-mail address and password as when the link was mailed, and the second factor
    /// that was verified. A reset without a second factor is valid only while the account has none. If the account
    /// requires a reset, it must have required one when the password was submitted.
    fn is_valid_for(&self, account: &Account) -> bool {
        let has_verified_factor = match self.factor {
            Some(proof) => account.mfa && account.phone.as_ref() == Some(&proof.phone),
            None => !account.mfa,
        };
        let is_password_compared =
            self.reset_required_before || account.password_reset_required_at.is_none();
        has_verified_factor && is_password_compared && self.basis.is_valid_for(account)
    }
}

/// Saves the new password of a password reset, and ends all sessions and other verification flows of the account.
///
/// Returns the codes of these flows, which the caller cancels at the provider after the commit. Fails if the e-mail
/// address or the password has changed since the link was mailed, or the second factor since it was verified. Fails also
/// if another request has used the link.
pub async fn save_password_reset(
    app: &AppState,
    tx: &mut Tx,
    reset: &VerifiedReset<'_>,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Vec<SentCode>, FlowError> {
    let id = &reset.basis.account;
    let flows = reset
        .flow
        .map_or(FlowSelection::All, FlowSelection::AllExcept);
    // Waits for a concurrent sign-in or set-up of a second factor, so that the account is read after it.
    let retired = end_selected_flows_of_account(tx, id, flows, now).await?;
    let account = account_locks::lock_account(tx, id).await?;
    // Of simultaneous requests with one link, one deletes it.
    if let Some(link) = reset.link
        && !mailed_links::use_up_mailed_link(tx, link).await?
    {
        return Err(FlowError::from_form_problem(Problem::ResetLinkInvalid));
    }
    let Some(account) = account.filter(|account| reset.is_valid_for(account)) else {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    };
    let actor = match reset.factor {
        Some(_) => PasswordChangeActor::Holder,
        None => PasswordChangeActor::ReaderOfMail,
    };
    save_new_password(app, tx, &account, reset.hash, actor, now).await?;
    sessions::end_all_sessions(tx, id).await?;
    let entry = AuditEntry {
        flow: reset.flow,
        ..AuditEntry::entry_about_account(id, Event::PasswordReset, context.audit_origin())
    };
    let method = reset.factor.map_or("mail", |proof| proof.method.as_str());
    audit::record_audit_entry(tx, &entry.with_detail(method), now).await?;
    Ok(retired)
}

/// Saves a new password hash and notifies the account holder. `actor` replaces the password.
///
/// Invalidates the password reset links and device cookies of the account, and deletes the count of wrong passwords.
/// The caller ends the flows of the account and locks it before this call, and ends the sessions afterwards.
pub async fn save_new_password(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    hash: &PasswordHash,
    actor: PasswordChangeActor,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (id, old) = (&account.id, &account.password_hash);
    passwords::replace_password_hash(tx, id, old, hash, actor).await?;
    accounts::revoke_device_cookies_and_cancel_recovery(tx, id).await?;
    let attempts = app.bucket_of_wrong_passwords_for_account(
        &PasswordSubject::from_account_or_identifier("", Some(id)),
    );
    rate_limit::clear_rate_limit_bucket(tx, &attempts, now).await?;
    let notification = Notification::PasswordChanged;
    notifications::notify_account_holder(app, tx, account, &notification, now).await
}
