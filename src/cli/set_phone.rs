//! Replaces the phone number of an account whose user has lost it.

use std::io::Write;

use serde::Serialize;

use super::cancelled_recovery::{
    format_cancelled_recovery, has_open_lost_phone_recovery, record_cancelled_recovery,
};
use super::command_context::{CommandContext, find_account, record_audit_event};
use super::error::CommandError;
use super::report::Report;
use super::wrong_code_limits::{clear_wrong_code_ceilings, load_rate_limit_key};
use crate::auth::entry::account_admin;
use crate::notifications;
use crate::security::phone_rules::{self, PhoneRules};
use crate::store::audit::Event;
use domain::{Field, FieldProblem, Notification, Problem};

/// JSON output of `sallyport user set-phone`.
#[derive(Serialize)]
struct PhoneChangeResult<'a> {
    id: &'a str,
    username: &'a str,
    /// The name of the audit event.
    event: &'static str,
    /// The new phone number, masked.
    phone: String,
    /// Whether the change has cancelled an open recovery of a lost phone.
    recovery_cancelled: bool,
}

/// Replaces the phone number of an account.
///
/// The user proves the new number at the next sign-in. Notifies the user at the old number and by mail
/// (docs/security.md#enr-05).
pub(super) async fn set_phone(
    context: &CommandContext<'_>,
    identifier: &str,
    typed: &str,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let rules = PhoneRules::from_config(&context.config.phone)?;
    let phone =
        phone_rules::parse_phone_number(typed, &rules).map_err(create_phone_change_error)?;
    let account = find_account(context, identifier).await?;
    if account.phone.as_ref() == Some(&phone) {
        return Err(create_phone_change_error(Problem::PhoneUnchanged));
    }
    let now = context.current_time();
    let key = load_rate_limit_key(context).await?;
    let mut tx = context.store.begin().await?;
    clear_wrong_code_ceilings(&mut tx, &account.id, &key).await?;
    let recovery_cancelled = has_open_lost_phone_recovery(&mut tx, &account, now).await?;
    if !account_admin::set_account_phone_number(&mut tx, &account.id, &phone, now).await? {
        return Err(create_phone_change_error(Problem::PhoneAccountLimitReached));
    }
    record_audit_event(&mut tx, Event::PhoneChanged, &account.id, now).await?;
    record_audit_event(&mut tx, Event::MfaReset, &account.id, now).await?;
    if recovery_cancelled {
        // The notification about a cancelled recovery says that the number stays, so it is not sent here.
        record_cancelled_recovery(&mut tx, &account, Event::PhoneChanged, now).await?;
    }
    // `account` still has the old number, which receives the message.
    let notification = Notification::PhoneChanged {
        phone: phone.masked_hint(),
        undo: None,
    };
    notifications::notify_account_holder_of_operator_change(&mut tx, &account, &notification, now)
        .await?;
    tx.commit().await?;
    let done = PhoneChangeResult {
        id: account.id.as_str(),
        username: &account.username,
        event: Event::PhoneChanged.as_str(),
        phone: phone.masked_hint().to_string(),
        recovery_cancelled,
    };
    report.print_result(|| format_phone_change(&done), &done)
}

/// Returns the text output of `sallyport user set-phone`.
fn format_phone_change(done: &PhoneChangeResult<'_>) -> String {
    format!(
        "{} now has the number {} and verifies it at the next sign-in; every session has ended.{}",
        done.username,
        done.phone,
        format_cancelled_recovery(done.recovery_cancelled)
    )
}

/// Creates the error of a command that refuses the new phone number because of `problem`.
fn create_phone_change_error(problem: Problem) -> CommandError {
    CommandError::ChangeRefused {
        what: "number",
        problems: vec![FieldProblem {
            field: Field::Phone,
            problem,
        }],
    }
}
