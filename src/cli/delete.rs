//! Deletes an account, after the waiting time or at once.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::arguments::DeleteArguments;
use super::cancelled_recovery::{
    format_cancelled_recovery, has_open_lost_phone_recovery, record_cancelled_recovery_and_notify,
};
use super::command_context::{AUDIT_SOURCE, CommandContext, find_account, record_audit_event};
use super::error::CommandError;
use super::report::Report;
use crate::auth::entry::deletion;
use crate::auth::entry::export::format_rfc3339;
use crate::notifications;
use crate::store::accounts::Account;
use crate::store::audit::Event;
use crate::store::deletions::{self, DeletionActor, ErasureRefusal};
use crate::store::{ReadFrom, Tx};
use domain::typed_text::without_byte_order_mark;
use domain::{CalendarDay, Notification, Timestamp, canonical_identifier};

/// JSON output of `sallyport user delete`.
#[derive(Serialize)]
struct DeletionResult<'a> {
    id: &'a str,
    username: &'a str,
    /// The name of the audit event.
    event: &'static str,
    /// Whether the account is erased already. Otherwise a running server erases it later.
    erased: bool,
    /// The time of the erasure, in RFC 3339.
    delete_at: String,
    /// Whether the user cannot keep the account, because it is disabled.
    disabled: bool,
    /// Whether the deletion has cancelled an open recovery of a lost phone.
    recovery_cancelled: bool,
}

/// Schedules the deletion of an account, ends its sessions and notifies its user.
///
/// The account is given by username, e-mail address or ID. With `--now`, erases the account at once, unless a payment
/// is in progress.
pub(super) async fn delete_account(
    context: &CommandContext<'_>,
    arguments: &DeleteArguments,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let account = find_account(context, &arguments.account).await?;
    if !arguments.yes {
        ask_to_confirm_deletion(&account)?;
    }
    let now = context.current_time();
    let mut tx = context.store.begin().await?;
    let recovery_cancelled = has_open_lost_phone_recovery(&mut tx, &account, now).await?;
    // Codes of ended flows expire by themselves.
    drop(deletion::end_all_access_to_account(&mut tx, &account.id, now).await?);
    let delete_at = if arguments.now {
        deletions::request_immediate_account_deletion(&mut tx, &account.id, now).await?;
        now
    } else {
        let delay = context.config.accounts.deletion_delay;
        schedule_account_erasure(&mut tx, &account, delay, now).await?
    };
    record_audit_event(&mut tx, Event::DeletionRequested, &account.id, now).await?;
    if recovery_cancelled {
        record_cancelled_recovery_and_notify(&mut tx, &account, Event::DeletionRequested, now)
            .await?;
    }
    tx.commit().await?;

    let erased = arguments.now && erase_account_now(context, &account, now).await?;
    let event = if erased {
        Event::AccountErased
    } else {
        Event::DeletionRequested
    };
    let done = DeletionResult {
        id: account.id.as_str(),
        username: &account.username,
        event: event.as_str(),
        erased,
        delete_at: format_rfc3339(delete_at),
        disabled: arguments.now || account.disabled,
        recovery_cancelled,
    };
    report.print_result(
        || format_deletion_result(&done, arguments.now, delete_at),
        &done,
    )
}

/// Schedules the erasure of an account, and queues the notifications to its user.
///
/// Returns the time of the erasure: after the waiting time `delay`, or later.
async fn schedule_account_erasure(
    tx: &mut Tx,
    account: &Account,
    delay: Duration,
    now: Timestamp,
) -> Result<Timestamp, CommandError> {
    let database = ReadFrom::Transaction(tx);
    let delete_at = deletion::find_time_of_erasure(database, &account.id, delay, now).await?;
    let by = DeletionActor::Operator;
    if !deletions::schedule_account_erasure(tx, &account.id, delete_at, by).await? {
        return Err(CommandError::DeletionRequested);
    }
    let notification = Notification::DeletionRequested {
        on: CalendarDay::from_timestamp(delete_at),
    };
    notifications::notify_account_holder_of_operator_change(tx, account, &notification, now)
        .await?;
    Ok(delete_at)
}

/// Erases an account with all its data. Returns `false` if a payment in progress prevents it.
async fn erase_account_now(
    context: &CommandContext<'_>,
    account: &Account,
    now: Timestamp,
) -> Result<bool, CommandError> {
    match deletion::erase_account(&context.store, &account.id, AUDIT_SOURCE, now).await? {
        // A running server has erased the account already.
        Ok(_) | Err(ErasureRefusal::NotDue) => Ok(true),
        Err(ErasureRefusal::OpenPayment) => Ok(false),
    }
}

/// Asks the operator to confirm a deletion by typing the username. Fails if another text is typed.
fn ask_to_confirm_deletion(account: &Account) -> Result<(), CommandError> {
    let mut question = io::stderr();
    write!(
        question,
        "Type the username {} to delete it: ",
        account.username
    )
    .and_then(|()| question.flush())
    .map_err(CommandError::Write)?;
    let mut typed = String::new();
    io::stdin()
        .read_line(&mut typed)
        .map_err(CommandError::Input)?;
    let typed = without_byte_order_mark(&typed).trim();
    if canonical_identifier(typed) == canonical_identifier(&account.username) {
        Ok(())
    } else {
        Err(CommandError::NotConfirmed)
    }
}

/// Returns the text output of `sallyport user delete`.
fn format_deletion_result(
    done: &DeletionResult<'_>,
    is_immediate: bool,
    delete_at: Timestamp,
) -> String {
    let username = done.username;
    match (is_immediate, done.erased) {
        (true, true) => format!("{username} is erased."),
        (true, false) => format!(
            "{username} can no longer sign in. A running server erases the account when its payment is finished."
        ),
        (false, _) => {
            let CalendarDay { year, month, day } = CalendarDay::from_timestamp(delete_at);
            let exception = if done.disabled {
                ". It is disabled, so no sign-in can keep it"
            } else {
                ", unless a sign-in keeps it"
            };
            format!(
                "{username} will be erased on {year:04}-{month:02}-{day:02}{exception}; every session has ended.{}",
                format_cancelled_recovery(done.recovery_cancelled)
            )
        }
    }
}
