//! Undoes a change of phone number or e-mail address, with the link in the notification of the change.
//!
//! It requires no session, because an attacker may have made the change.

use crate::auth::engine::background::cancel_sent_codes_in_background;
use crate::auth::engine::persistence::{FlowSelection, end_selected_flows_of_account};
use crate::auth::engine::{rate_limit, wrong_codes};
use crate::auth::entry::mailed_link::find_unexpired_mailed_link;
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::notifications::{self, Recipient};
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, AuditOrigin, Event};
use crate::store::contact_changes::{self, ContactChange, OldContact};
use crate::store::deletions::{self, DeletionActor};
use crate::store::mailed_links::LinkAction;
use crate::store::{ReadFrom, StoreError, Tx, emails, sessions};
use domain::{Notification, Problem, Step, Timestamp};

/// Finds the change of phone number or e-mail address that an undo link undoes.
///
/// Returns `None` if the change cannot be undone.
pub async fn find_undoable_contact_change(
    app: &AppState,
    token: &str,
) -> Result<Option<ContactChange>, StoreError> {
    let Some(link) = find_unexpired_mailed_link(app, token).await? else {
        return Ok(None);
    };
    let LinkAction::UndoChange { account, change } = &link.action else {
        return Ok(None);
    };
    let change = contact_changes::find_contact_change(ReadFrom::Store(&app.store), change).await?;
    let account = accounts::find_account(ReadFrom::Store(&app.store), account).await?;
    let enabled = account.is_some_and(|account| !account.disabled);
    let Some(change) = change.filter(|change| enabled && app.now() < change.expires_at) else {
        return Ok(None);
    };
    let is_taken = match &change.old {
        OldContact::Phone(_) => false,
        OldContact::Email(email) => {
            let database = ReadFrom::Store(&app.store);
            emails::is_email_verified_by_another_account(database, email, &change.account).await?
        }
    };
    Ok((!is_taken).then_some(change))
}

/// Undoes a change of phone number or e-mail address with the mailed link.
///
/// Ends all sessions and flows, withdraws a requested deletion, and makes the account require a password reset. Links
/// that undo later changes of the same kind become invalid.
///
/// Clears the limits on wrong codes and on mails of password resets, because an attacker with the new contact may have
/// reached them. The limits of networks and source addresses stay.
pub async fn undo_contact_change(
    app: &SharedAppState,
    context: &RequestContext,
    token: &str,
) -> Result<Outcome, FlowError> {
    let invalid = || FlowError::from_form_problem(Problem::LinkInvalid);
    let change = find_undoable_contact_change(app, token)
        .await?
        .ok_or_else(invalid)?;
    let (id, now, mut tx) = (&change.account, app.now(), app.store.begin().await?);
    // Limits on wrong codes are locked before flows and account. An error rolls the change back.
    for limit in wrong_codes::limits_of_password_resets(app, id) {
        rate_limit::clear_rate_limit_bucket(&mut tx, &limit.key, now).await?;
    }
    // Uses the lock order of the transactions that save a change: flows and pending proofs, then the account. A
    // concurrent change commits before the account is read, or fails.
    let retired = end_selected_flows_of_account(&mut tx, id, FlowSelection::All, now).await?;
    let account = accounts::find_account(ReadFrom::Transaction(&mut tx), id).await?;
    let account = account.ok_or_else(invalid)?;
    match contact_changes::restore_old_contact(&mut tx, &change, now).await {
        Ok(()) => {}
        Err(StoreError::Taken | StoreError::Raced) => return Err(invalid()),
        Err(error) => return Err(error.into()),
    }
    // Of parallel requests, one deletes the row. The others are rolled back.
    if !contact_changes::delete_contact_change_and_later_changes(&mut tx, &change).await? {
        return Err(invalid());
    }
    let deletion_was_cancelled =
        deletions::cancel_scheduled_erasure(&mut tx, id, DeletionActor::User).await?;
    accounts::revoke_device_cookies_and_cancel_recovery(&mut tx, id).await?;
    sessions::end_all_sessions(&mut tx, id).await?;
    notifications::renew_reset_mail_limit(app, &mut tx, id, now).await?;
    notify_restored_contact(app, &mut tx, &account, &change.old, now).await?;
    let (event, step) = match change.old {
        OldContact::Phone(_) => (Event::PhoneRestored, Step::PhoneChangeUndone),
        OldContact::Email(_) => (Event::EmailRestored, Step::EmailChangeUndone),
    };
    let entry = AuditEntry::entry_about_account(id, event, context.audit_origin());
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    if deletion_was_cancelled {
        // Omits the network address, because another person than the account holder may use the link.
        let entry = AuditEntry::entry_about_account(
            id,
            Event::DeletionWithdrawn,
            AuditOrigin::audit_origin_without_device(""),
        );
        audit::record_audit_entry(&mut tx, &entry, now).await?;
    }
    tx.commit().await?;
    app.outbox_wake.notify_one();
    cancel_sent_codes_in_background(app, retired);
    Ok(Outcome::from_step(step))
}

/// Notifies the restored phone number or e-mail address, and the contacts that the account had before the undo.
async fn notify_restored_contact(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    restored: &OldContact,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (notification, restored) = match restored {
        OldContact::Phone(number) => (
            Notification::PhoneRestored {
                phone: number.masked_hint(),
            },
            Recipient::Phone(number.clone()),
        ),
        OldContact::Email(email) => (
            Notification::EmailRestored,
            Recipient::Email(email.as_str().to_owned()),
        ),
    };
    let mut to = notifications::list_contacts_to_notify(account);
    if !to.contains(&restored) {
        to.push(restored);
    }
    notifications::queue_notification_to_recipients(app, tx, account, &notification, &to, now).await
}
