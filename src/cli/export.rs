//! Exports the data of an account.

use std::io::{self, Write};

use super::command_context::{CommandContext, find_account, record_audit_event};
use super::error::CommandError;
use super::report::Report;
use crate::auth::entry::export::read_account_export;
use crate::store::audit::Event;

/// Prints all stored data of an account as JSON, and records the export in its activity history.
///
/// `identifier` is the username, e-mail address or ID.
pub(super) async fn export_account(
    context: &CommandContext<'_>,
    identifier: &str,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    let account = find_account(context, identifier).await?;
    let now = context.current_time();
    let mut tx = context.store.begin().await?;
    record_audit_event(&mut tx, Event::DataExported, &account.id, now).await?;
    tx.commit().await?;
    let document = read_account_export(&context.store, &account.id, now).await?;
    let document = document.ok_or(CommandError::NoSuchAccount)?;
    let text = document
        .to_indented_json()
        .map_err(|error| CommandError::Write(io::Error::other(error)))?;
    report.print_result(|| text.trim_end().to_owned(), &document)
}
