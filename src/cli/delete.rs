//! Deleting an account: after the waiting time, or at once.

use std::io::{self, Write};

use serde::Serialize;

use super::arguments::DeleteArguments;
use super::command_context::{AUDIT_SOURCE, CommandContext, find_account, record_event};
use super::error::CommandError;
use super::report::Report;
use crate::auth::entry::deletion;
use crate::notifications;
use crate::store::accounts::Account;
use crate::store::audit::Event;
use crate::store::deletions::{self, NotErased};
use crate::store::{StoreError, Tx};
use domain::{CalendarDay, Notification, Timestamp, canonical_identifier};

#[derive(Serialize)]
struct Deleted<'a> {
    id: &'a str,
    username: &'a str,
    /// The event, as the audit trail names it.
    event: &'static str,
    /// Whether the account is erased. Otherwise a running server erases it.
    erased: bool,
    /// When the account is erased, in milliseconds since the Unix epoch.
    delete_at: i64,
}

/// Deletes the account with this username, e-mail address or id. Its sessions, flows and reset links end at once. Phone
/// and e-mail address receive a notification.
///
/// With `--now` the account is erased before the command ends, unless a payment is in progress. Then a running server
/// erases it after the payment.
pub(super) async fn delete_account(
    context: &CommandContext<'_>,
    arguments: &DeleteArguments,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let account = find_account(context, &arguments.account).await?;
    if !arguments.yes {
        confirm(&account)?;
    }
    let now = context.now();
    let delete_at = if arguments.now {
        now
    } else {
        now + context.config.accounts.deletion_delay
    };
    let mut tx = context.store.begin().await?;
    // The codes expire with their own lifetime.
    drop(deletion::end_everything(&mut tx, &account.id, now).await?);
    if arguments.now {
        deletions::request_now(&mut tx, &account.id, now).await?;
    } else {
        request(&mut tx, &account, delete_at, now).await?;
    }
    record_event(&mut tx, Event::DeletionRequested, &account.id, now).await?;
    tx.commit().await.map_err(StoreError::from)?;

    let erased = arguments.now && erase(context, &account, now).await?;
    let event = if erased {
        Event::AccountErased
    } else {
        Event::DeletionRequested
    };
    let done = Deleted {
        id: account.id.as_str(),
        username: &account.username,
        event: event.as_str(),
        erased,
        delete_at: delete_at.as_millis(),
    };
    report.print(|| text(&done, arguments.now), &done)
}

/// Sets the time of the erasure and queues the notifications.
async fn request(
    tx: &mut Tx,
    account: &Account,
    delete_at: Timestamp,
    now: Timestamp,
) -> Result<(), CommandError> {
    if !deletions::request(tx, &account.id, delete_at).await? {
        return Err(CommandError::DeletionRequested);
    }
    let notification = Notification::DeletionRequested {
        on: CalendarDay::from_timestamp(delete_at),
    };
    notifications::notify_holder_of_operators_change(tx, account, &notification, now).await?;
    Ok(())
}

/// Whether the account is erased now. `false` if a payment is in progress.
async fn erase(
    context: &CommandContext<'_>,
    account: &Account,
    now: Timestamp,
) -> Result<bool, CommandError> {
    match deletion::erase(&context.store, &account.id, AUDIT_SOURCE, now).await? {
        // A running server was first.
        Ok(_) | Err(NotErased::NotDue) => Ok(true),
        Err(NotErased::OpenPayment) => Ok(false),
    }
}

/// Asks for the username on standard error, and reads it from standard input.
fn confirm(account: &Account) -> Result<(), CommandError> {
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
    if canonical_identifier(typed.trim()) == canonical_identifier(&account.username) {
        Ok(())
    } else {
        Err(CommandError::NotConfirmed)
    }
}

fn text(done: &Deleted<'_>, now: bool) -> String {
    let username = done.username;
    match (now, done.erased) {
        (true, true) => format!("{username} is erased."),
        (true, false) => format!(
            "{username} can no longer sign in. A running server erases the account when its payment is finished."
        ),
        (false, _) => {
            let CalendarDay { year, month, day } =
                CalendarDay::from_timestamp(Timestamp::from_millis(done.delete_at));
            format!(
                "{username} will be erased on {year:04}-{month:02}-{day:02}, unless a sign-in keeps it; every session has ended."
            )
        }
    }
}
