//! Account commands for operators (docs/product.md#section-11): create, import, list, show, disable, enable,
//! set password, e-mail address or phone number, verify e-mail address, unlock, reset MFA, export, delete, keep. Another
//! command ends what a restored backup has made valid again.
//!
//! A command changes the database directly, also while servers run, and records audit events. It
//! prints text or JSON. It never prints a password hash, and masks phone numbers except in an export.

mod account_change;
mod after_restore;
mod arguments;
mod cancelled_recovery;
mod command_context;
mod create;
mod delete;
mod error;
mod export;
mod import;
mod report;
mod set_email;
mod set_password;
mod set_phone;
mod unlock;
mod view;
mod wrong_code_limits;

use std::io;
use std::pin::Pin;
use std::process::ExitCode;

pub use arguments::{
    AfterRestoreArguments, Command, CreateArguments, ImportArguments, ImportFormat, UserArguments,
};
pub use error::CommandError;

use crate::config::{Config, Mode};
use crate::context::SystemClock;
use crate::store::{Access, Store};
use account_change::{AccountChange, change_account_state_or_mfa};
use command_context::CommandContext;
use report::Report;

/// Runs an account command (`sallyport user …`) on the configured database.
///
/// The exit code is 0, or 2 if an import refused rows. The future is boxed, so that its code is compiled once, with the
/// library, like that of `boot::serve`.
pub fn run_user_command(
    arguments: UserArguments,
    config: &Config,
) -> Pin<Box<dyn Future<Output = Result<ExitCode, CommandError>> + '_>> {
    Box::pin(open_database_and_run_command(arguments, config))
}

/// Opens the database with the access that the command needs, and runs the command.
async fn open_database_and_run_command(
    arguments: UserArguments,
    config: &Config,
) -> Result<ExitCode, CommandError> {
    // No account command migrates a database, because servers of an earlier release may be running on it. In
    // development, a command that changes accounts creates a missing database.
    let access = required_database_access(&arguments.command, config);
    let context = open_command_context(config, access).await?;
    let mut report = Report::new(io::stdout(), arguments.json);
    let result = run_command_on_database(&context, arguments.command, &mut report).await;
    let result = explain_failed_command(&context, result).await;
    context.store.close().await;
    result
}

/// Runs `sallyport after-restore` on the configured database. The exit code is 0.
///
/// On SQLite it fails while a server is running, except with `--dry-run`.
///
/// The future is boxed for the same reason as that of [`run_user_command`].
pub fn run_after_restore_command(
    arguments: AfterRestoreArguments,
    config: &Config,
) -> Pin<Box<dyn Future<Output = Result<ExitCode, CommandError>> + '_>> {
    Box::pin(async move {
        // A server that runs would keep its connections to the SQLite file from before the restore.
        let access = if arguments.dry_run {
            Access::Change { create: false }
        } else {
            Access::ChangeOffline
        };
        let context = open_command_context(config, access).await?;
        let mut report = Report::new(io::stdout(), arguments.json);
        let result = after_restore::end_restored_access(&context, &arguments, &mut report).await;
        let result = explain_failed_command(&context, result).await;
        context.store.close().await;
        result.map(|()| ExitCode::SUCCESS)
    })
}

/// Adds location and cause to a database error of a command.
async fn explain_failed_command<T>(
    context: &CommandContext<'_>,
    result: Result<T, CommandError>,
) -> Result<T, CommandError> {
    match result {
        Err(CommandError::Store(error)) => {
            let explanation = context.store.location().explain_database_error(&error);
            Err(CommandError::Database(explanation.await))
        }
        other => other,
    }
}

/// Opens the database with this access for a command.
async fn open_command_context(
    config: &Config,
    access: Access,
) -> Result<CommandContext<'_>, CommandError> {
    Ok(CommandContext {
        config,
        store: Store::open_with_access(config.store.url.expose(), access).await?,
        clock: SystemClock,
    })
}

/// Returns the database access that a command needs: whether it may create the database.
fn required_database_access(command: &Command, config: &Config) -> Access {
    match command {
        Command::List | Command::Show { .. } => Access::Read,
        Command::Import(arguments) if arguments.dry_run => Access::Read,
        // An export changes the history of an account only.
        Command::Export { .. } => Access::Change { create: false },
        Command::Create(_)
        | Command::Import(_)
        | Command::Disable { .. }
        | Command::Enable { .. }
        | Command::SetPassword { .. }
        | Command::SetEmail { .. }
        | Command::VerifyEmail { .. }
        | Command::SetPhone { .. }
        | Command::Unlock { .. }
        | Command::Delete(_)
        | Command::Keep { .. }
        | Command::ResetMfa { .. } => Access::Change {
            create: config.mode == Mode::Development,
        },
    }
}

/// Runs an account command on an open database.
async fn run_command_on_database(
    context: &CommandContext<'_>,
    command: Command,
    report: &mut Report<io::Stdout>,
) -> Result<ExitCode, CommandError> {
    match command {
        Command::Create(arguments) => create::create_account(context, &arguments, report).await?,
        Command::Import(arguments) => {
            return import::import_accounts(context, &arguments, report).await;
        }
        Command::List => view::list_accounts(context, report).await?,
        Command::Show { account } => view::show_account(context, &account, report).await?,
        Command::Disable { account } => {
            change_account_state_or_mfa(context, &account, AccountChange::Disable, report).await?;
        }
        Command::Enable { account } => {
            change_account_state_or_mfa(context, &account, AccountChange::Enable, report).await?;
        }
        Command::SetPassword { account, password } => {
            set_password::set_password(context, &account, &password, report).await?;
        }
        Command::SetEmail { account, email } => {
            set_email::set_email(context, &account, &email, report).await?;
        }
        Command::VerifyEmail { account } => {
            set_email::verify_email(context, &account, report).await?;
        }
        Command::SetPhone { account, phone } => {
            set_phone::set_phone(context, &account, &phone, report).await?;
        }
        Command::Unlock { account } => unlock::unlock_account(context, &account, report).await?,
        Command::Delete(arguments) => delete::delete_account(context, &arguments, report).await?,
        Command::Keep { account } => {
            change_account_state_or_mfa(context, &account, AccountChange::Keep, report).await?;
        }
        Command::Export { account } => export::export_account(context, &account, report).await?,
        Command::ResetMfa { account } => {
            change_account_state_or_mfa(context, &account, AccountChange::ResetMfa, report).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
