//! Replacing the password of an account whose owner cannot reset it by mail.

use std::io::Write;

use serde::Serialize;

use super::arguments::PasswordSource;
use super::command_context::{CommandContext, find_account, record_event};
use super::create::read_password;
use super::error::CommandError;
use super::report::Report;
use crate::auth::entry::account_admin;
use crate::hashing::{OperatorPermit, hash_for_operator};
use crate::notifications;
use crate::store::StoreError;
use crate::store::audit::Event;
use domain::Notification;

#[derive(Serialize)]
struct PasswordSet<'a> {
    id: &'a str,
    username: &'a str,
    /// The event, as the audit trail names it.
    event: &'static str,
    /// The password, only if the command generated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
}

/// Replaces the password of the enabled account with this username, e-mail address or id, by the rules of registration.
/// The second factor stays. The phone and the e-mail address receive a notification.
pub(super) async fn set_password(
    context: &CommandContext<'_>,
    identifier: &str,
    source: &PasswordSource,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let account = find_account(context, identifier).await?;
    if account.disabled {
        return Err(CommandError::Disabled);
    }
    let (typed, generated) = read_password(source)?;
    let refused = |problems| CommandError::ChangeRefused {
        what: "password",
        problems,
    };
    let password = account_admin::parse_password(&context.config.brand.name, typed, &account);
    let password = password.map_err(refused)?;
    let permit = OperatorPermit::from_configuration(&context.config.password);
    let hash = hash_for_operator(&permit, &password)?;
    let now = context.now();
    let mut tx = context.store.begin().await?;
    account_admin::set_password(&mut tx, &account, &hash, now).await?;
    record_event(&mut tx, Event::PasswordChanged, &account.id, now).await?;
    let notification = Notification::PasswordChanged;
    notifications::notify_holder_of_operators_change(&mut tx, &account, &notification, now).await?;
    tx.commit().await.map_err(StoreError::from)?;
    let done = PasswordSet {
        id: account.id.as_str(),
        username: &account.username,
        event: Event::PasswordChanged.as_str(),
        password: generated.as_deref(),
    };
    report.print(|| text(&done), &done)
}

fn text(done: &PasswordSet<'_>) -> String {
    let password = done
        .password
        .map(|password| format!("\nPassword  {password}"));
    format!(
        "{} has a new password; every session has ended.{}",
        done.username,
        password.unwrap_or_default()
    )
}
