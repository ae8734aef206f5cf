//! The open lost-phone recovery that a command cancels: the command reports it, records it and notifies the user.

use super::command_context::AUDIT_SOURCE;
use crate::notifications;
use crate::store::accounts::Account;
use crate::store::audit::{self, AuditEntry, AuditOrigin, Event};
use crate::store::{ReadFrom, StoreError, Tx, recoveries};
use domain::{Notification, Timestamp};

/// Returns whether a lost-phone recovery of the account is open. Call it before the change that cancels the recovery.
pub(super) async fn has_open_lost_phone_recovery(
    tx: &mut Tx,
    account: &Account,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let found =
        recoveries::find_lost_phone_recovery(ReadFrom::Transaction(tx), &account.id).await?;
    Ok(found.is_some_and(|recovery| recovery.is_recovery_open(account, now)))
}

/// Records in the audit trail that the command with the event `by` has cancelled a lost-phone recovery.
pub(super) async fn record_cancelled_recovery(
    tx: &mut Tx,
    account: &Account,
    by: Event,
    now: Timestamp,
) -> Result<(), StoreError> {
    let origin = AuditOrigin::audit_origin_without_device(AUDIT_SOURCE);
    let entry = AuditEntry::entry_about_account(&account.id, Event::RecoveryCancelled, origin)
        .with_detail(by.as_str());
    audit::record_audit_entry(tx, &entry, now).await
}

/// Records that the command with the event `by` has cancelled a lost-phone recovery, and notifies the user.
///
/// The notification says that the phone number stays. `account` has the contacts from before the command.
pub(super) async fn record_cancelled_recovery_and_notify(
    tx: &mut Tx,
    account: &Account,
    by: Event,
    now: Timestamp,
) -> Result<(), StoreError> {
    record_cancelled_recovery(tx, account, by, now).await?;
    let notification = Notification::RecoveryCancelled;
    notifications::notify_account_holder_of_operator_change(tx, account, &notification, now).await
}

/// Returns the line of a command's output about a cancelled lost-phone recovery. Empty if none was cancelled.
pub(super) const fn format_cancelled_recovery(is_recovery_cancelled: bool) -> &'static str {
    if is_recovery_cancelled {
        "\nThe open recovery of a lost phone was cancelled."
    } else {
        ""
    }
}
