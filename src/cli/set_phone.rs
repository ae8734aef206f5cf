//! Replacing the phone number of an account whose owner has lost it.

use std::io::Write;

use serde::Serialize;

use super::command_context::{CommandContext, find_account, record_event};
use super::error::CommandError;
use super::report::Report;
use crate::auth::entry::account_admin;
use crate::notifications;
use crate::security::phone_rules::{self, PhoneRules};
use crate::store::StoreError;
use crate::store::audit::Event;
use domain::{Field, FieldProblem, Notification, Problem};

#[derive(Serialize)]
struct NumberSet<'a> {
    id: &'a str,
    username: &'a str,
    /// The event, as the audit trail names it.
    event: &'static str,
    /// The new number, masked.
    phone: String,
}

/// Replaces the number on file of the account with this username, e-mail address or id, by the rules of registration.
/// The next sign-in proves the new number. The old number and the e-mail address receive a notification
/// (docs/security.md#enr-05).
pub(super) async fn set_phone(
    context: &CommandContext<'_>,
    identifier: &str,
    typed: &str,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let rules = PhoneRules::configured(&context.config.phone)?;
    let phone = phone_rules::parse(typed, &rules).map_err(refused)?;
    let account = find_account(context, identifier).await?;
    if account.phone.as_ref() == Some(&phone) {
        return Err(refused(Problem::PhoneUnchanged));
    }
    let now = context.now();
    let mut tx = context.store.begin().await?;
    if !account_admin::set_phone(&mut tx, &account.id, &phone, now).await? {
        return Err(refused(Problem::PhoneHasAllAccounts));
    }
    record_event(&mut tx, Event::PhoneChanged, &account.id, now).await?;
    record_event(&mut tx, Event::MfaReset, &account.id, now).await?;
    // `account` was read before the change: the message goes to the old number.
    let notification = Notification::PhoneChanged {
        phone: phone.hint(),
        undo: None,
    };
    notifications::notify_holder_of_operators_change(&mut tx, &account, &notification, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    let done = NumberSet {
        id: account.id.as_str(),
        username: &account.username,
        event: Event::PhoneChanged.as_str(),
        phone: phone.hint().to_string(),
    };
    report.print(|| text(&done), &done)
}

fn text(done: &NumberSet<'_>) -> String {
    format!(
        "{} now has the number {} and proves it at the next sign-in; every session has ended.",
        done.username, done.phone
    )
}

fn refused(problem: Problem) -> CommandError {
    CommandError::ChangeRefused {
        what: "number",
        problems: vec![FieldProblem {
            field: Field::Phone,
            problem,
        }],
    }
}
