//! What operators do with accounts at the command line (product.md, section 11): make them, take
//! them over from another system, look at them, bar them.
//!
//! A command works on the database directly, beside whatever serves it, and leaves its line in
//! the audit trail like everybody else. It prints for people, or JSON for scripts; never a hash,
//! and of a phone number never more than the mask.

mod arguments;
mod change;
mod create;
mod error;
mod find;
mod import;
mod report;
mod view;

use std::io;
use std::process::ExitCode;

pub use arguments::{Command, Format, ImportArguments, NewUser, UserArguments};
pub use error::OperatorError;

use crate::config::Config;
use crate::context::SystemClock;
use crate::security::token::AccountId;
use crate::store::audit::{self, Entry, Event};
use crate::store::{Store, StoreError, Tx};
use change::{Change, change};
use domain::Clock as _;
use domain::Timestamp;
use report::Report;

/// Where the audit trail says these changes came from.
const SOURCE: &str = "operator";

/// What a command works with.
struct Desk<'a> {
    config: &'a Config,
    store: Store,
    clock: SystemClock,
}

impl Desk<'_> {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Runs one command on the configured database, brought up to date first. Reads standard input
/// where the arguments say so, and writes to standard output.
///
/// The exit code is 0; 2 when an import refused rows.
pub async fn run(arguments: UserArguments, config: &Config) -> Result<ExitCode, OperatorError> {
    let desk = Desk {
        config,
        store: Store::open(config.store.url.expose()).await?,
        clock: SystemClock,
    };
    let mut report = Report::new(io::stdout(), arguments.json);
    let done = carry_out(&desk, arguments.command, &mut report).await;
    desk.store.close().await;
    done
}

async fn carry_out(
    desk: &Desk<'_>,
    command: Command,
    report: &mut Report<io::Stdout>,
) -> Result<ExitCode, OperatorError> {
    match command {
        Command::Create(new) => create::create(desk, &new, report).await?,
        Command::Import(arguments) => return import::import(desk, &arguments, report).await,
        Command::List => view::list(desk, report).await?,
        Command::Show { who } => view::show(desk, &who, report).await?,
        Command::Disable { who } => change(desk, &who, Change::Disable, report).await?,
        Command::Enable { who } => change(desk, &who, Change::Enable, report).await?,
        Command::ResetMfa { who } => change(desk, &who, Change::ResetMfa, report).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes one audit line about an account.
async fn record(
    tx: &mut Tx,
    event: Event,
    account: &AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    audit::record(tx, &Entry::about(account, event, SOURCE), now).await
}
