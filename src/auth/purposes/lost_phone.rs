//! A lost phone: a recovery that is due permits to replace the number without a code to the old one.

use crate::auth::error::FlowError;
use crate::context::{AppState, Caller, RequestContext};
use crate::notifications::{self, Recipient};
use crate::store::accounts::Account;
use crate::store::recoveries::{self, Recovery};
use crate::store::{ReadFrom, StoreError, Tx, account_numbers, sessions};
use domain::{Notification, PhoneNumber, Problem, RecoveryId, Timestamp};

/// The open recovery of an account, pending or due.
pub async fn pending(
    database: ReadFrom<'_>,
    account: &Account,
    now: Timestamp,
) -> Result<Option<Recovery>, StoreError> {
    let found = recoveries::find_recovery(database, &account.id).await?;
    Ok(found.filter(|recovery| recovery.is_open(account, now)))
}

/// Whether a user who has just signed in is asked about this recovery. The JSON API has no page to ask on.
pub fn is_asked_about(context: &RequestContext, pending: Option<&Recovery>) -> bool {
    pending.is_some() && context.caller == Caller::Browser
}

/// The recovery that is due: the password is enough to set up a number. `None` if the operator has turned recoveries off.
pub async fn due(
    app: &AppState,
    database: ReadFrom<'_>,
    account: &Account,
) -> Result<Option<RecoveryId>, StoreError> {
    if app.policy.recovery_delay.is_none() {
        return Ok(None);
    }
    let found = recoveries::find_recovery(database, &account.id).await?;
    let due = found.filter(|recovery| recovery.is_due(account, app.now()));
    Ok(due.map(|recovery| recovery.id))
}

/// Replaces the number with the proven one and ends all sessions, in the transaction that uses up the approval. Notifies
/// e-mail, old and new number. `account` was read in this transaction.
pub(super) async fn replace_phone(
    app: &AppState,
    tx: &mut Tx,
    account: &Account,
    permit: &RecoveryId,
    new: &PhoneNumber,
    now: Timestamp,
) -> Result<(), FlowError> {
    let ended = || FlowError::on_form(Problem::FlowEnded);
    let found = recoveries::find_recovery(ReadFrom::Transaction(tx), &account.id).await?;
    let recovery = found
        .filter(|found| found.id == *permit && found.is_due(account, now))
        .filter(|_| app.policy.recovery_delay.is_some())
        .ok_or_else(ended)?;
    if !recoveries::delete_recovery(tx, &recovery).await? {
        return Err(ended());
    }
    account_numbers::replace_lost_phone(tx, &account.id, &recovery.phone, new, now).await?;
    sessions::end_all_sessions(tx, &account.id).await?;
    let mut to = vec![
        Recipient::Email(account.email.clone()),
        Recipient::Phone(new.clone()),
    ];
    if recovery.phone != *new {
        to.push(Recipient::Phone(recovery.phone));
    }
    let phone = new.hint();
    let notification = Notification::RecoveryCompleted { phone };
    notifications::notify(app, tx, account, &notification, &to, now).await?;
    Ok(())
}
