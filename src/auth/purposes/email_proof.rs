//! The proof of an e-mail address: a code in a mail, for the first address of an account or for one that replaces it.

use crate::auth::device;
use crate::auth::engine::persistence::{FlowSelection, end_flows};
use crate::auth::engine::rate_limit::{self, LimitReached};
use crate::auth::error::FlowError;
use crate::auth::outcome::{Grant, Outcome};
use crate::auth::purposes::completion::Completion;
use crate::auth::session::{SignedIn, renew_and_end_others};
use crate::context::{AppState, RequestContext};
use crate::notifications::{self, EMAIL_CODE_LIFE, Recipient};
use crate::security::token::{AccountId, generate_change_id};
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, Event};
use crate::store::contact_changes::{self, OldContact};
use crate::store::email_proofs::{self, EmailProof};
use crate::store::emails::{self, EmailReplacer};
use crate::store::{ReadFrom, StoreError, Tx};
use domain::{EmailAddress, Notification, Problem, Step, Timestamp};

/// Opens a proof of this address for the account, and queues the mail with the code. The outer error is internal, the
/// inner one is a limit of the account or of the source.
///
/// If another account has proven the address, that account is notified and no code exists; the same holds without a
/// notification if the address has received too many codes. The caller cannot see the difference.
pub async fn queue_code(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    email: &EmailAddress,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Result<(), LimitReached>, StoreError> {
    for limit in [
        app.email_send_account_limit(&account.id),
        app.email_send_source_limit(context),
    ] {
        if let Err(reached) = rate_limit::reserve(tx, &limit, now).await? {
            return Ok(Err(reached));
        }
    }
    let of_address = app.email_send_address_limit(email);
    let is_flooded = rate_limit::reserve(tx, &of_address, now).await?.is_err();
    email_proofs::start_email_proof(tx, &account.id, email, now + EMAIL_CODE_LIFE, now).await?;
    if is_flooded {
        return Ok(Ok(()));
    }
    match accounts::find_account_id_by_email(tx, email).await? {
        Some(id) if id != account.id => notify_proven_holder(app, tx, &id, now).await?,
        _ => {
            let to = [Recipient::Email(email.as_str().to_owned())];
            let notification = Notification::EmailProof;
            notifications::notify(app, tx, account, &notification, &to, now).await?;
        }
    }
    Ok(Ok(()))
}

/// Informs the account that has proven an address that another account asked for a code to it, at most once an hour.
async fn notify_proven_holder(
    app: &AppState,
    tx: &mut Tx,
    holder: &AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let limit = app.conflict_alert_limit(holder);
    if rate_limit::reserve(tx, &limit, now).await?.is_err() {
        return Ok(());
    }
    let Some(holder) = accounts::find_account(ReadFrom::Transaction(tx), holder).await? else {
        return Ok(());
    };
    let to = [Recipient::Email(holder.email.clone())];
    let notification = Notification::EmailProofConflict;
    notifications::notify(app, tx, &holder, &notification, &to, now).await
}

/// Saves the address of a proof whose code was right, in the transaction that uses up the code.
///
/// An address that replaces another one ends all other sessions and all flows of the account. The old address and the
/// phone are notified.
pub async fn save_address(
    app: &AppState,
    tx: &mut Tx,
    signed_in: &SignedIn,
    proof: &EmailProof,
    context: &RequestContext,
    now: Timestamp,
) -> Result<Completion, FlowError> {
    let ended = || FlowError::on_form(Problem::FlowEnded);
    let id = &signed_in.account.id;
    let account = accounts::find_account(ReadFrom::Transaction(tx), id).await?;
    let account = account.ok_or_else(ended)?;
    let new = EmailAddress::parse(&proof.email).map_err(|_| INVALID_ADDRESS)?;
    let old = EmailAddress::parse(&account.email).ok();
    let is_change = old.as_ref().map(EmailAddress::canonical) != Some(new.canonical());
    // Flows come before the account, as in the transactions of a sign-in, so that the two do not wait for each other.
    let retired = if is_change {
        end_flows(tx, id, FlowSelection::All, now).await?
    } else {
        Vec::new()
    };
    match emails::set_proven_email(tx, id, &account.email, &new, EmailReplacer::Holder, now).await {
        Ok(()) => {}
        // Another account has proven the address since the code was sent.
        Err(StoreError::Taken) => return Err(ended()),
        Err(error) => return Err(error.into()),
    }
    let event = if is_change {
        Event::EmailChanged
    } else {
        Event::EmailVerified
    };
    let entry = AuditEntry::for_account(id, event, context.audit_origin());
    audit::record_audit_entry(tx, &entry, now).await?;
    if !is_change {
        return Ok(Outcome::step(Step::EmailVerified).into());
    }
    notify_changed(app, tx, &account, old, now).await?;
    accounts::revoke_device_cookies(tx, id).await?;
    let token = renew_and_end_others(tx, context, signed_in).await?;
    let outcome = Outcome::step(Step::EmailChanged).granting(Grant::Session(token));
    let changed = accounts::find_account(ReadFrom::Transaction(tx), id).await?;
    // Only this browser stays recognised.
    let outcome = match changed {
        Some(account) => outcome.granting(device::remember(app, context, &account)),
        None => outcome,
    };
    Ok(Completion {
        retired,
        ..Completion::from(outcome)
    })
}

/// Notifies the old address, if it was proven, and the phone. The mail has a link to undo the change. `account` was read
/// before the change, and `old` is its address.
async fn notify_changed(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    old: Option<EmailAddress>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(old) = old.filter(|_| account.email_verified) {
        let (change, until) = (generate_change_id(), now + app.policy.undo_life);
        let contact = OldContact::Email(old);
        contact_changes::insert_contact_change(tx, &change, &account.id, &contact, now, until)
            .await?;
        let notification = Notification::EmailChanged { undo: Some(change) };
        let to = [Recipient::Email(account.email.clone())];
        notifications::notify(app, tx, account, &notification, &to, now).await?;
    }
    let to: Vec<_> = account
        .phone
        .clone()
        .map(Recipient::Phone)
        .into_iter()
        .collect();
    let notification = Notification::EmailChanged { undo: None };
    notifications::notify(app, tx, account, &notification, &to, now).await
}

const INVALID_ADDRESS: StoreError = StoreError::Inconsistent {
    table: "email_proofs",
    column: "email",
};
