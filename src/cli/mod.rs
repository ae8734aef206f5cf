//! Account commands for operators (docs/product.md#section-11): create, import, list, show, disable, reset MFA.
//!
//! A command works on the database directly, also while servers run, and records its changes in the audit trail. It
//! prints text, or JSON for scripts. It never prints a hash, and only the mask of a phone number.

mod arguments;
mod change;
mod command_context;
mod create;
mod error;
mod import;
mod report;
mod view;

use std::io;
use std::process::ExitCode;

pub use arguments::{Command, Format, ImportArguments, NewUser, UserArguments};
pub use error::OperatorError;

use crate::config::Config;
use crate::context::SystemClock;
use crate::store::Store;
use change::{Change, change};
use command_context::CommandContext;
use report::Report;

/// Runs one command on the configured database, brought up to date first. Reads standard input
/// where the arguments say so, and writes to standard output.
///
/// The exit code is 0; 2 when an import refused rows.
pub async fn run(arguments: UserArguments, config: &Config) -> Result<ExitCode, OperatorError> {
    let context = CommandContext {
        config,
        store: Store::open(config.store.url.expose()).await?,
        clock: SystemClock,
    };
    let mut report = Report::new(io::stdout(), arguments.json);
    let done = carry_out(&context, arguments.command, &mut report).await;
    context.store.close().await;
    done
}

async fn carry_out(
    context: &CommandContext<'_>,
    command: Command,
    report: &mut Report<io::Stdout>,
) -> Result<ExitCode, OperatorError> {
    match command {
        Command::Create(new) => create::create(context, &new, report).await?,
        Command::Import(arguments) => return import::import(context, &arguments, report).await,
        Command::List => view::list(context, report).await?,
        Command::Show { who } => view::show(context, &who, report).await?,
        Command::Disable { who } => change(context, &who, Change::Disable, report).await?,
        Command::Enable { who } => change(context, &who, Change::Enable, report).await?,
        Command::ResetMfa { who } => change(context, &who, Change::ResetMfa, report).await?,
    }
    Ok(ExitCode::SUCCESS)
}
