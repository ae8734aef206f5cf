//! A change of phone number or e-mail address that a link sent to the old contact can undo.

use crate::context::AppState;
use crate::security::token::{AccountId, generate_change_id};
use crate::store::accounts;
use crate::store::contact_changes::{self, OldContact};
use crate::store::{StoreError, Tx, deletions};
use domain::{ChangeId, Timestamp};

/// Stores that an account has replaced the contact `old`, so that a link can undo the change.
///
/// Returns the ID of the change. Revokes the device cookies of the account and cancels its lost-phone recovery. Postpones
/// a scheduled erasure of the account until the link ends. The caller locks the account before this call. Afterwards it
/// queues the notification with the link and ends the sessions.
pub(super) async fn save_undoable_contact_change(
    app: &AppState,
    tx: &mut Tx,
    account: &AccountId,
    old: &OldContact,
    now: Timestamp,
) -> Result<ChangeId, StoreError> {
    let (change, until) = (generate_change_id(), now + app.policy.undo_life);
    contact_changes::insert_contact_change(tx, &change, account, old, now, until).await?;
    deletions::postpone_scheduled_erasure(tx, account, until).await?;
    accounts::revoke_device_cookies_and_cancel_recovery(tx, account).await?;
    Ok(change)
}
