//! Replaces the password of an account whose user cannot reset it by mail.

use std::io::Write;

use serde::Serialize;

use super::arguments::PasswordSource;
use super::cancelled_recovery::{
    format_cancelled_recovery, has_open_lost_phone_recovery, record_cancelled_recovery_and_notify,
};
use super::command_context::{CommandContext, find_account, record_audit_event};
use super::create::read_or_generate_password;
use super::error::CommandError;
use super::report::Report;
use crate::auth::entry::account_admin;
use crate::hashing::{OperatorPermit, hash_password_set_by_operator, is_password_with_hash};
use crate::notifications;
use crate::store::audit::Event;
use domain::{Field, FieldProblem, Notification, Problem};

/// JSON output of `sallyport user set-password`.
#[derive(Serialize)]
struct PasswordChangeResult<'a> {
    id: &'a str,
    username: &'a str,
    /// The name of the audit event.
    event: &'static str,
    /// The password, if the command generated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    /// Whether the change has cancelled an open recovery of a lost phone.
    recovery_cancelled: bool,
}

/// Replaces the password of an account under the rules of a registration, and notifies the user.
///
/// If the account requires a password reset, refuses the password that it has.
/// A disabled account stays disabled.
pub(super) async fn set_password(
    context: &CommandContext<'_>,
    identifier: &str,
    source: &PasswordSource,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let account = find_account(context, identifier).await?;
    let (typed, generated) = read_or_generate_password(source)?;
    let refused = |problems| CommandError::ChangeRefused {
        what: "password",
        problems,
    };
    let password = account_admin::parse_new_password_set_by_operator(
        &context.config.brand.name,
        typed,
        &account,
    );
    let password = password.map_err(refused)?;
    let permit = OperatorPermit::from_configuration(&context.config.password);
    // After an undone contact change, an attacker may know the old password.
    if account.password_reset_required_at.is_some()
        && is_password_with_hash(&permit, &password, &account.password_hash)?
    {
        return Err(refused(vec![FieldProblem {
            field: Field::Password,
            problem: Problem::PasswordUnchanged,
        }]));
    }
    let hash = hash_password_set_by_operator(&permit, &password)?;
    let now = context.current_time();
    let mut tx = context.store.begin().await?;
    let recovery_cancelled = has_open_lost_phone_recovery(&mut tx, &account, now).await?;
    account_admin::set_account_password(&mut tx, &account, &hash, now).await?;
    record_audit_event(&mut tx, Event::PasswordChanged, &account.id, now).await?;
    let notification = Notification::PasswordChanged;
    notifications::notify_account_holder_of_operator_change(&mut tx, &account, &notification, now)
        .await?;
    if recovery_cancelled {
        record_cancelled_recovery_and_notify(&mut tx, &account, Event::PasswordChanged, now)
            .await?;
    }
    tx.commit().await?;
    let done = PasswordChangeResult {
        id: account.id.as_str(),
        username: &account.username,
        event: Event::PasswordChanged.as_str(),
        password: generated.as_deref(),
        recovery_cancelled,
    };
    report.print_result(|| format_password_change(&done), &done)
}

/// Returns the text output of `sallyport user set-password`.
fn format_password_change(done: &PasswordChangeResult<'_>) -> String {
    let password = done
        .password
        .map(|password| format!("\nPassword  {password}"));
    format!(
        "{} has a new password; every session has ended.{}{}",
        done.username,
        format_cancelled_recovery(done.recovery_cancelled),
        password.unwrap_or_default()
    )
}
