//! The undo of a change of phone number or e-mail address, with the link in the message about it. It needs no session,
//! because the change may have been an attacker's.

use crate::auth::engine::background::cancel_codes_later;
use crate::auth::engine::persistence::{FlowSelection, end_flows};
use crate::auth::entry::mailed_link::live_link;
use crate::auth::error::FlowError;
use crate::auth::outcome::Outcome;
use crate::context::{AppState, RequestContext, SharedAppState};
use crate::notifications::{self, Recipient};
use crate::store::accounts::{self, Account};
use crate::store::audit::{self, AuditEntry, AuditOrigin, Event};
use crate::store::contact_changes::{self, ContactChange, OldContact};
use crate::store::mailed_links::LinkAction;
use crate::store::{ReadFrom, StoreError, Tx, deletions, emails, sessions};
use domain::{Notification, Problem, Step, Timestamp};

/// The number or address that the link restores; `None` if it does not work.
pub async fn restorable(app: &AppState, token: &str) -> Result<Option<OldContact>, StoreError> {
    Ok(undoable(app, token).await?.map(|change| change.old))
}

/// The change of this link, if it can be undone.
async fn undoable(app: &AppState, token: &str) -> Result<Option<ContactChange>, StoreError> {
    let Some(link) = live_link(app, token).await? else {
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
            emails::is_email_proven_by_another_account(database, email, &change.account).await?
        }
    };
    Ok((!is_taken).then_some(change))
}

/// Restores the number or address before the change, ends all sessions and flows, and holds the account until its
/// password is reset. A requested deletion is withdrawn, because the request may have been an attacker's too.
///
/// Links to undo later changes of the same kind become invalid; all others stay.
pub async fn undo(
    app: &SharedAppState,
    context: &RequestContext,
    token: &str,
) -> Result<Outcome, FlowError> {
    let invalid = || FlowError::on_form(Problem::LinkInvalid);
    let change = undoable(app, token).await?.ok_or_else(invalid)?;
    let (id, now, mut tx) = (&change.account, app.now(), app.store.begin().await?);
    // Flows and pending proofs come before the account, as in the transactions that save a change: these are either
    // committed when the account is read, or refused afterwards.
    let retired = end_flows(&mut tx, id, FlowSelection::All, now).await?;
    let account = accounts::find_account(ReadFrom::Transaction(&mut tx), id).await?;
    let account = account.ok_or_else(invalid)?;
    match contact_changes::restore_old_contact(&mut tx, &change, now).await {
        Ok(()) => {}
        Err(StoreError::Taken | StoreError::Raced) => return Err(invalid()),
        Err(error) => return Err(error.into()),
    }
    // Of parallel requests one deletes the row; the others are rolled back.
    if !contact_changes::delete_change_and_later_ones(&mut tx, &change).await? {
        return Err(invalid());
    }
    let keeps_account = deletions::withdraw_deletion(&mut tx, id).await?;
    accounts::revoke_device_cookies(&mut tx, id).await?;
    sessions::end_all_sessions(&mut tx, id).await?;
    notify_restored(app, &mut tx, &account, &change.old, now).await?;
    let (event, step) = match change.old {
        OldContact::Phone(_) => (Event::PhoneRestored, Step::ChangeUndone),
        OldContact::Email(_) => (Event::EmailRestored, Step::EmailChangeUndone),
    };
    let entry = AuditEntry::for_account(id, event, context.audit_origin());
    audit::record_audit_entry(&mut tx, &entry, now).await?;
    if keeps_account {
        // The network address of a withdrawal is the holder's; a link may have another user.
        let entry = AuditEntry::for_account(
            id,
            Event::DeletionWithdrawn,
            AuditOrigin::without_device(""),
        );
        audit::record_audit_entry(&mut tx, &entry, now).await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    app.outbox_wake.notify_one();
    cancel_codes_later(app, retired);
    Ok(Outcome::step(step))
}

/// Notifies the addresses of the account as it was before the undo, and the restored one.
async fn notify_restored(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    restored: &OldContact,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (notification, restored) = match restored {
        OldContact::Phone(number) => (
            Notification::PhoneRestored {
                phone: number.hint(),
            },
            Recipient::Phone(number.clone()),
        ),
        OldContact::Email(email) => (
            Notification::EmailRestored,
            Recipient::Email(email.as_str().to_owned()),
        ),
    };
    let mut to = notifications::list_recipients(account);
    if !to.contains(&restored) {
        to.push(restored);
    }
    notifications::notify(app, tx, account, &notification, &to, now).await
}
