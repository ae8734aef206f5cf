//! Replaces the e-mail address of an account, or marks it as verified.

use std::io::Write;

use serde::Serialize;

use super::cancelled_recovery::{
    format_cancelled_recovery, has_open_lost_phone_recovery, record_cancelled_recovery_and_notify,
};
use super::command_context::{CommandContext, find_account, record_audit_event};
use super::error::CommandError;
use super::report::Report;
use crate::auth::entry::account_admin;
use crate::notifications;
use crate::store::StoreError;
use crate::store::audit::Event;
use domain::{EmailAddress, Field, FieldProblem, Notification, Problem};

/// JSON output of `sallyport user set-email` and `verify-email`.
#[derive(Serialize)]
struct EmailChangeResult<'a> {
    id: &'a str,
    username: &'a str,
    /// The name of the audit event.
    event: &'static str,
    email: &'a str,
    /// Whether the account changed; `false` if the address was verified before.
    applied: bool,
    /// Whether the change has cancelled an open recovery of a lost phone.
    recovery_cancelled: bool,
}

/// Replaces the e-mail address of an account and marks it as verified.
///
/// Notifies the user by phone and at the old address. A disabled account stays disabled.
pub(super) async fn set_email(
    context: &CommandContext<'_>,
    identifier: &str,
    typed: &str,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let email = EmailAddress::parse(typed).map_err(create_email_address_error)?;
    let account = find_account(context, identifier).await?;
    if account.email_verified && account.email == email.as_str() {
        return Err(create_email_address_error(Problem::EmailUnchanged));
    }
    let now = context.current_time();
    let mut tx = context.store.begin().await?;
    let recovery_cancelled = has_open_lost_phone_recovery(&mut tx, &account, now).await?;
    match account_admin::set_account_email(&mut tx, &account, &email, now).await {
        Ok(()) => {}
        Err(StoreError::Taken) => return Err(create_email_address_error(Problem::EmailTaken)),
        Err(error) => return Err(error.into()),
    }
    record_audit_event(&mut tx, Event::EmailChanged, &account.id, now).await?;
    // `account` still has the old address, which receives the mail.
    let notification = Notification::EmailChanged { undo: None };
    notifications::notify_account_holder_of_operator_change(&mut tx, &account, &notification, now)
        .await?;
    if recovery_cancelled {
        record_cancelled_recovery_and_notify(&mut tx, &account, Event::EmailChanged, now).await?;
    }
    tx.commit().await?;
    let done = EmailChangeResult {
        id: account.id.as_str(),
        username: &account.username,
        event: Event::EmailChanged.as_str(),
        email: email.as_str(),
        applied: true,
        recovery_cancelled,
    };
    report.print_result(
        || {
            format!(
                "{} now has the e-mail address {}; every session has ended.{}",
                done.username,
                done.email,
                format_cancelled_recovery(done.recovery_cancelled)
            )
        },
        &done,
    )
}

/// Marks the current e-mail address of an account as verified. A disabled account stays disabled.
pub(super) async fn verify_email(
    context: &CommandContext<'_>,
    identifier: &str,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let account = find_account(context, identifier).await?;
    let applied = !account.email_verified;
    if applied {
        let email = EmailAddress::parse(&account.email).map_err(create_email_address_error)?;
        let now = context.current_time();
        let mut tx = context.store.begin().await?;
        match account_admin::mark_email_verified(&mut tx, &account, &email, now).await {
            Ok(()) => {}
            Err(StoreError::Taken) => return Err(create_email_address_error(Problem::EmailTaken)),
            Err(error) => return Err(error.into()),
        }
        record_audit_event(&mut tx, Event::EmailVerified, &account.id, now).await?;
        tx.commit().await?;
    }
    let done = EmailChangeResult {
        id: account.id.as_str(),
        username: &account.username,
        event: Event::EmailVerified.as_str(),
        email: &account.email,
        applied,
        recovery_cancelled: false,
    };
    let text = if applied { "is now" } else { "was already" };
    report.print_result(
        || {
            format!(
                "The e-mail address {} of {} {text} verified.",
                done.email, done.username
            )
        },
        &done,
    )
}

/// Creates the error of a command that cannot set or verify an e-mail address because of `problem`.
fn create_email_address_error(problem: Problem) -> CommandError {
    CommandError::ChangeRefused {
        what: "e-mail address",
        problems: vec![FieldProblem {
            field: Field::Email,
            problem,
        }],
    }
}
