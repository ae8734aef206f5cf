//! Ends the sessions, flows, links and codes that a restored backup has made valid again.

use std::io::{self, Write};

use serde::Serialize;

use super::arguments::AfterRestoreArguments;
use super::command_context::{AUDIT_SOURCE, CommandContext};
use super::error::CommandError;
use super::report::Report;
use crate::auth::entry::restored_backup::{
    CleanupResult, CleanupSettings, end_access_restored_from_backup,
};
use crate::store::audit::Event;
use domain::typed_text::without_byte_order_mark;

/// The word with which the operator confirms the command.
const CONFIRMATION: &str = "yes";

/// JSON output of `sallyport after-restore`.
#[derive(Serialize)]
struct AfterRestoreResult<'a> {
    /// The name of the audit event.
    event: &'static str,
    /// `false` after a dry run.
    applied: bool,
    #[serde(flatten)]
    ended: &'a CleanupResult,
}

/// Ends the sessions, flows, links and codes of a restored database in one transaction, and prints their numbers.
///
/// With `--dry-run`, rolls the transaction back.
pub(super) async fn end_restored_access(
    context: &CommandContext<'_>,
    arguments: &AfterRestoreArguments,
    report: &mut Report<impl Write>,
) -> Result<(), CommandError> {
    if !arguments.yes && !arguments.dry_run {
        ask_to_confirm_clean_up()?;
    }
    let settings = CleanupSettings {
        source: AUDIT_SOURCE,
        deletion_delay: context.config.accounts.deletion_delay,
        ends_recovery_codes: arguments.end_recovery_codes,
    };
    let mut tx = context.store.begin().await?;
    let ended = end_access_restored_from_backup(&mut tx, settings, context.current_time()).await?;
    if arguments.dry_run {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    let done = AfterRestoreResult {
        event: Event::BackupRestored.as_str(),
        applied: !arguments.dry_run,
        ended: &ended,
    };
    report.print_result(|| format_clean_up_result(&done), &done)
}

/// Asks the operator to confirm the command. Fails if another text than `yes` is typed.
fn ask_to_confirm_clean_up() -> Result<(), CommandError> {
    let mut question = io::stderr();
    write!(
        question,
        "This ends all sessions and open verifications in the database. Type {CONFIRMATION} to continue: "
    )
    .and_then(|()| question.flush())
    .map_err(CommandError::Write)?;
    let mut typed = String::new();
    io::stdin()
        .read_line(&mut typed)
        .map_err(CommandError::Input)?;
    if without_byte_order_mark(&typed).trim() == CONFIRMATION {
        Ok(())
    } else {
        Err(CommandError::RestoreNotConfirmed)
    }
}

/// Returns the text output of `sallyport after-restore`.
fn format_clean_up_result(done: &AfterRestoreResult<'_>) -> String {
    let ended = done.ended;
    let heading = if done.applied {
        "The server can be started. Ended in the restored database:"
    } else {
        "Nothing was changed. Without --dry-run the command ends:"
    };
    let ended_rows = [
        ("sessions", ended.sessions),
        ("open verifications", ended.flows),
        ("links of messages", ended.links),
        ("codes by mail", ended.email_proofs),
        ("recoveries of lost phones", ended.lost_phone_recoveries),
        ("earlier codes of authenticators", ended.authenticators),
        ("recovery codes", ended.recovery_codes),
        ("unsent mails with code or link", ended.unsent_mails),
    ];
    let mut lines = vec![heading.to_owned()];
    lines.extend(ended_rows.map(|(name, count)| format!("  {name:<32}{count}")));
    lines.push(format!(
        "Erasures of accounts that are postponed: {}",
        ended.postponed_erasures
    ));
    lines.push(format!(
        "Payments in progress, which the server continues: {}",
        ended.processing_payments
    ));
    let accounts = ended.accounts_with_recovery_codes.len();
    if accounts > 0 {
        lines.push(format!(
            "Accounts with recovery codes: {accounts}. Codes that were used after the backup are valid again."
        ));
        lines.push(
            "--json lists these accounts, and --end-recovery-codes ends their codes.".to_owned(),
        );
    }
    lines.join("\n")
}
