//! The proof of an e-mail address with a code that is sent by mail, for the first address of an account and for a
//! change.

use crate::auth::device;
use crate::auth::engine::rate_limit::{self, LimitReached};
use crate::auth::engine::security_alerts::alert_owner_of_verified_email_address;
use crate::auth::error::FlowError;
use crate::auth::outcome::{Outcome, TokenChange};
use crate::auth::purposes::undoable_change::save_undoable_contact_change;
use crate::auth::session::{
    SignedIn, lock_account_of_signed_in_user, renew_session_and_end_others,
};
use crate::context::{AppState, RequestContext};
use crate::notifications::{self, EMAIL_CODE_LIFE, Recipient};
use crate::security::email_code::EmailProofId;
use crate::security::rate_limit::RateLimit;
use crate::security::token::AccountId;
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::contact_changes::OldContact;
use crate::store::email_proofs::{self, EmailProof};
use crate::store::emails::{self, EmailChangeActor};
use crate::store::flows::{self, Flow};
use crate::store::session_renewals::RenewalReason;
use crate::store::{ReadFrom, StoreError, Tx};
use domain::{ChangeId, EmailAddress, Notification, Problem, Step, Timestamp};

/// Queues a mail with a code that proves an e-mail address.
///
/// If another account has verified the address, notifies that account instead. Returns [`LimitReached`] if the account
/// or the client network has requested too many codes.
pub async fn queue_email_code(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    email: &EmailAddress,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    let started = start_email_proof_within_limits(app, tx, account, email, context, now).await?;
    if let Ok(code_mail) = started {
        queue_mail_of_email_proof(app, tx, account, email, code_mail, now).await?;
    }
    Ok(started.map(|_| ()))
}

/// Whether an e-mail address may receive a mail with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeMail {
    Permitted,
    /// The limit on codes for the address is reached.
    AddressLimitReached,
}

/// Starts the proof of an e-mail address, without the mail that contains the code.
///
/// Counts the code in the rate limits, and locks the proof. Call [`queue_mail_of_email_proof`] afterwards, in the same
/// transaction. Returns [`LimitReached`] if the account or the client network has requested too many codes.
pub async fn start_email_proof_within_limits(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    email: &EmailAddress,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Result<CodeMail, LimitReached>, StoreError> {
    for limit in [
        app.email_code_limit_per_account(&account.id),
        app.email_code_limit_per_source(context),
    ] {
        if let Err(reached) = rate_limit::count_event_within_limit(tx, &limit, now).await? {
            return Ok(Err(reached));
        }
    }
    let address_limits = EmailAddressLimits {
        reserve_limit: app.email_code_reserve_of_account(&account.id),
        shared_limit: app.email_code_limit_per_address(email),
        total_limit: app.total_email_code_limit_per_address(email),
    };
    let is_own_address = is_email_address_of_account(account, email);
    let is_flooded = address_limits
        .count_event_for_address(tx, is_own_address, now)
        .await?
        .is_err();
    email_proofs::start_email_proof(tx, &account.id, email, now + EMAIL_CODE_LIFE, now).await?;
    Ok(Ok(if is_flooded {
        CodeMail::AddressLimitReached
    } else {
        CodeMail::Permitted
    }))
}

/// Queues the mail with the code of a proof that [`start_email_proof_within_limits`] has started.
///
/// If another account has verified the address, notifies that account instead. The response to the user is the same
/// whether or not a mail is queued, so that it reveals no account.
pub async fn queue_mail_of_email_proof(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    email: &EmailAddress,
    code_mail: CodeMail,
    now: Timestamp,
) -> Result<(), StoreError> {
    if code_mail == CodeMail::AddressLimitReached {
        return Ok(());
    }
    match accounts::find_account_id_by_email(tx, email).await? {
        Some(id) if id != account.id => {
            let notification = Notification::EmailProofConflict;
            alert_owner_of_verified_email_address(app, tx, &id, &notification, now).await
        }
        _ => {
            let to = [Recipient::Email(email.as_str().to_owned())];
            let notification = Notification::EmailProof;
            notifications::queue_notification_to_recipients(
                app,
                tx,
                account,
                &notification,
                &to,
                now,
            )
            .await
        }
    }
}

/// Returns whether this is the e-mail address of the account, verified or not.
pub fn is_email_address_of_account(account: &Account, email: &EmailAddress) -> bool {
    EmailAddress::parse(&account.email).is_ok_and(|own| own.canonical() == email.canonical())
}

/// Returns the identifier of an account and an e-mail address, for the forms of the page that proves the address.
///
/// Returns `None` if the address is malformed.
pub fn create_email_proof_id(
    app: &AppState,
    account: &AccountId,
    email: &str,
) -> Option<EmailProofId> {
    let email = EmailAddress::parse(email).ok()?;
    Some(EmailProofId::new(account, &email, &app.bucket_key))
}

/// Refuses a form whose page shows another account or another e-mail address than the request acts on.
///
/// Another tab can begin the proof of another address, or sign in to another account. `on_page` is the identifier in
/// the form. Accepts a form without it: the page may be from a node of an older version.
pub fn require_email_address_of_page(
    app: &AppState,
    account: &AccountId,
    email: &str,
    on_page: Option<&EmailProofId>,
) -> Result<(), FlowError> {
    if on_page.is_some() && on_page != create_email_proof_id(app, account, email).as_ref() {
        return Err(FlowError::from_form_problem(Problem::FlowEnded));
    }
    Ok(())
}

/// Rate limits on codes for one e-mail address.
///
/// An account with this address has a reserve that other accounts cannot use up.
pub struct EmailAddressLimits {
    /// The limit on events of one account that has this address. Events within this limit are not counted in
    /// `shared_limit`.
    pub reserve_limit: RateLimit,
    /// The limit on all other events for the address.
    pub shared_limit: RateLimit,
    /// The limit on all events for the address.
    pub total_limit: RateLimit,
}

impl EmailAddressLimits {
    /// Counts an event in two rate limits: `total_limit`, and either `reserve_limit` or `shared_limit`.
    ///
    /// Uses `reserve_limit` if the account has this address (`is_own_address`) and the reserve is not used up. Returns
    /// both limits, or the limit that refuses the event.
    pub async fn count_event_for_address(
        self,
        tx: &mut Tx,
        is_own_address: bool,
        now: Timestamp,
    ) -> Result<Result<[RateLimit; 2], LimitReached>, StoreError> {
        let is_reserved = is_own_address
            && rate_limit::count_event_within_limit(tx, &self.reserve_limit, now)
                .await?
                .is_ok();
        let first = if is_reserved {
            self.reserve_limit
        } else if let Err(reached) =
            rate_limit::count_event_within_limit(tx, &self.shared_limit, now).await?
        {
            return Ok(Err(reached));
        } else {
            self.shared_limit
        };
        let counted = rate_limit::count_event_within_limit(tx, &self.total_limit, now).await?;
        if counted.is_err() {
            rate_limit::remove_event_from_rate_limit(tx, &first, now).await?;
        }
        Ok(counted.map(|()| [first, self.total_limit]))
    }
}

/// Locks and reads the verification flows that end when the account changes its e-mail address to `email`.
///
/// These are all live flows of the account. Does nothing if the account has this address already. Call it before the
/// proof of the address is locked, because flows are locked first. A flow that is opened afterwards is not ended, as if
/// it was opened after the change.
pub async fn lock_flows_ended_by_email_change(
    tx: &mut Tx,
    account: &Account,
    email: &EmailAddress,
) -> Result<Vec<Flow>, StoreError> {
    if is_email_address_of_account(account, email) {
        return Ok(Vec::new());
    }
    flows::lock_live_flows(tx, &account.id).await
}

/// Saves an e-mail address as verified.
///
/// If the address replaces another address, ends all other sessions and notifies the old address and the phone. Call it
/// in the transaction that uses up the correct code, after the flows of [`lock_flows_ended_by_email_change`] for the
/// account in `signed_in` have ended. Fails if the session has ended since the request began.
pub async fn save_verified_email_address(
    app: &AppState,
    tx: &mut Tx,
    signed_in: &SignedIn,
    proof: &EmailProof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Outcome, FlowError> {
    let ended = || FlowError::from_form_problem(Problem::FlowEnded);
    let id = &signed_in.account.id;
    // Fails if the account's address has changed since the request began: the flows were ended for the earlier address.
    let account = accounts::find_account(ReadFrom::Transaction(tx), id)
        .await?
        .filter(|account| account.email == signed_in.account.email)
        .ok_or_else(ended)?;
    let new = EmailAddress::parse(&proof.email).map_err(|_| INVALID_ADDRESS)?;
    let old = EmailAddress::parse(&account.email).ok();
    let is_change = !is_email_address_of_account(&account, &new);
    match emails::replace_account_email(tx, id, &account.email, &new, EmailChangeActor::Holder, now)
        .await
    {
        Ok(()) => {}
        // Another account has verified the address since the code was sent.
        Err(StoreError::Taken) => return Err(ended()),
        Err(error) => return Err(error.into()),
    }
    // Not before the new address is saved, which locks the account and another one in the order of their IDs.
    lock_account_of_signed_in_user(tx, signed_in).await?;
    let event = if is_change {
        Event::EmailChanged
    } else {
        Event::EmailVerified
    };
    let entry = AuditEntry::entry_about_account(id, event, context.audit_origin());
    audit::record_audit_entry(tx, &entry, now).await?;
    if !is_change {
        return Ok(Outcome::from_step(Step::EmailVerified));
    }
    // Only a verified old address gets a link that undoes the change.
    let undo = if let Some(old) = old.filter(|_| account.email_verified) {
        let old = OldContact::Email(old);
        Some(save_undoable_contact_change(app, tx, id, &old, now).await?)
    } else {
        accounts::revoke_device_cookies_and_cancel_recovery(tx, id).await?;
        None
    };
    notify_contacts_of_email_change(app, tx, &account, undo, now).await?;
    let token =
        renew_session_and_end_others(tx, context, signed_in, RenewalReason::EmailChange, now)
            .await?;
    let outcome =
        Outcome::from_step(Step::EmailChanged).with_token_change(TokenChange::SetSession(token));
    let changed = accounts::find_account(ReadFrom::Transaction(tx), id).await?;
    // The change has revoked all device cookies, so this browser gets a new one.
    Ok(match changed {
        Some(account) => {
            outcome.with_token_change(device::issue_device_cookie(app, context, &account))
        }
        None => outcome,
    })
}

/// Notifies the account holder of a changed e-mail address.
///
/// Sends a message to the phone, and a mail to the old address if the change can be undone. The mail has a link that
/// undoes the change `undo`. `account` is the account before the change.
async fn notify_contacts_of_email_change(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    undo: Option<ChangeId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if undo.is_some() {
        let notification = Notification::EmailChanged { undo };
        notifications::notify_email_address_of_account(app, tx, account, &notification, now)
            .await?;
    }
    let to: Vec<_> = account
        .phone
        .clone()
        .map(Recipient::Phone)
        .into_iter()
        .collect();
    let notification = Notification::EmailChanged { undo: None };
    notifications::queue_notification_to_recipients(app, tx, account, &notification, &to, now).await
}

const INVALID_ADDRESS: StoreError = StoreError::Inconsistent {
    table: "email_proofs",
    column: "email",
};
