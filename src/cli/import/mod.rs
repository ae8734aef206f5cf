//! Imports accounts of another system with their password hashes.
//!
//! Each transaction writes a batch of rows, so that files of any size can be imported. If the process is killed,
//! committed batches stay, and a second run reports them as unchanged. Existing accounts are never changed.

mod csv;
mod csv_quotes;
mod dry_run;
mod json_lines;
mod lines;
mod row;
mod row_outcome;
mod spreadsheet_phone;

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use serde::Serialize;

use super::arguments::{ImportArguments, ImportFormat};
use super::command_context::{CommandContext, record_audit_event};
use super::error::CommandError;
use super::report::Report;
use crate::hashing::OperatorPermit;
use crate::security::phone_rules::PhoneRules;
use crate::store::accounts_operator;
use crate::store::audit::Event;
use crate::store::{ReadFrom, StoreError};
use csv::CsvRows;
use dry_run::DryRun;
use json_lines::JsonLines;
use lines::FileLines;
use row::{NumberedRow, RawRow, Row, RowProblem};
use row_outcome::{RowOutcome, compare_import_row_with_accounts};

/// The number of rows in a transaction. More would delay concurrent sign-ins, fewer would slow the import.
const BATCH_ROWS: usize = 200;
/// The maximum number of attempts to write a batch that fails because of a lock or a deadlock.
const MAX_ATTEMPTS: u32 = 5;

/// Iterator over the unparsed rows of an import file.
type Rows = Box<dyn Iterator<Item = io::Result<NumberedRow<RawRow>>>>;

/// Numbers of created, unchanged and refused rows, as printed at the end of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct RowCounts {
    created: u64,
    unchanged: u64,
    refused: u64,
}

/// JSON output for an import row that was refused.
#[derive(Serialize)]
struct RefusedRow<'a> {
    line: u64,
    problems: &'a [String],
}

/// Imports the accounts of a file.
///
/// With `--dry-run`, only reports what an import would do. Returns exit code 2 if rows were refused.
pub(super) async fn import_accounts(
    context: &CommandContext<'_>,
    arguments: &ImportArguments,
    report: &mut Report<impl Write>,
) -> Result<ExitCode, CommandError> {
    let phone_rules = PhoneRules::from_config(&context.config.phone)?;
    let unreadable = |source| CommandError::Unreadable {
        file: arguments.file.clone(),
        source,
    };
    let mut rows = open_import_rows(arguments)?.peekable();
    let mut dry_run = arguments.dry_run.then(DryRun::default);
    let mut counts = RowCounts::default();
    while rows.peek().is_some() {
        let read: io::Result<Vec<_>> = rows.by_ref().take(BATCH_ROWS).collect();
        let batch: Vec<NumberedRow<Row>> = read
            .map_err(unreadable)?
            .into_iter()
            .map(|(line, raw)| {
                (
                    line,
                    raw.and_then(|raw| Row::parse_import_row(&raw, &phone_rules)),
                )
            })
            .collect();
        let outcomes = match &mut dry_run {
            Some(dry_run) => {
                dry_run
                    .predict_import_outcomes(&context.store, batch)
                    .await?
            }
            None => import_rows_with_retries(context, batch).await?,
        };
        for (line, outcome) in outcomes {
            counts.count_row_outcome(&outcome);
            if let RowOutcome::Refused(problems) = outcome {
                report_refused_row(report, line, &problems)?;
            }
        }
    }
    let summary = || {
        let RowCounts {
            created,
            unchanged,
            refused,
        } = counts;
        format!("{created} created, {unchanged} unchanged, {refused} refused")
    };
    report.print_result(summary, &counts)?;
    if arguments.dry_run {
        report.print_unless_json("This was a dry run: nothing was written.")?;
    }
    Ok(if counts.refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    })
}

impl RowCounts {
    /// Counts one import row with this outcome.
    const fn count_row_outcome(&mut self, outcome: &RowOutcome) {
        match outcome {
            RowOutcome::Created => self.created += 1,
            RowOutcome::Unchanged => self.unchanged += 1,
            RowOutcome::Refused(_) => self.refused += 1,
        }
    }
}

/// Prints the line number and the problems of a refused row.
fn report_refused_row(
    report: &mut Report<impl Write>,
    line: u64,
    problems: &[RowProblem],
) -> Result<(), CommandError> {
    let problems: Vec<String> = problems.iter().map(RowProblem::to_string).collect();
    let refused = RefusedRow {
        line,
        problems: &problems,
    };
    report.print_result(|| format!("line {line}: {}", problems.join("; ")), &refused)
}

/// Opens an import file, or standard input for `-`, in the given format or that of the file extension.
fn open_import_rows(arguments: &ImportArguments) -> Result<Rows, CommandError> {
    let file = &arguments.file;
    let format = arguments
        .format
        .or_else(|| import_format_from_extension(file))
        .ok_or(CommandError::UnknownFormat)?;
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        let opened = File::open(file).map_err(|source| CommandError::Unreadable {
            file: file.clone(),
            source,
        })?;
        Box::new(opened)
    };
    let lines = FileLines::new(BufReader::new(source));
    Ok(match format {
        ImportFormat::Csv => Box::new(CsvRows::open_csv_and_read_header(lines)?),
        ImportFormat::Jsonl => Box::new(JsonLines::new(lines)),
    })
}

/// Determines the format of an import file from its extension.
fn import_format_from_extension(file: &Path) -> Option<ImportFormat> {
    let extension = file.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        // The header line shows whether tabs separate the fields.
        "csv" | "tsv" => Some(ImportFormat::Csv),
        "jsonl" | "ndjson" => Some(ImportFormat::Jsonl),
        _ => None,
    }
}

/// Imports a batch of rows in one transaction. Retries if the database is locked by another writer.
async fn import_rows_with_retries(
    context: &CommandContext<'_>,
    batch: Vec<NumberedRow<Row>>,
) -> Result<Vec<(u64, RowOutcome)>, CommandError> {
    // The pause after each attempt is as long as the attempt, because SQLite does not queue writers and sign-ins
    // would wait too long.
    let line = batch.first().map_or(0, |(line, _)| *line);
    let mut attempts = 1;
    loop {
        let started = Instant::now();
        match import_rows_in_transaction(context, &batch).await {
            Ok(outcomes) => {
                tokio::time::sleep(started.elapsed()).await;
                return Ok(outcomes);
            }
            Err(error) if error.is_busy() && attempts < MAX_ATTEMPTS => attempts += 1,
            Err(error) => {
                let cause = context.store.location().explain_database_error(&error);
                let cause = cause.await;
                return Err(CommandError::Interrupted { line, cause });
            }
        }
        tokio::time::sleep(started.elapsed()).await;
    }
}

/// Imports a batch of rows in one transaction, and returns the outcome of each row.
async fn import_rows_in_transaction(
    context: &CommandContext<'_>,
    batch: &[NumberedRow<Row>],
) -> Result<Vec<(u64, RowOutcome)>, StoreError> {
    let now = context.current_time();
    let parameters = OperatorPermit::from_configuration(&context.config.password).parameters();
    let mut outcomes = Vec::with_capacity(batch.len());
    let mut tx = context.store.begin().await?;
    for (line, row) in batch {
        let outcome = match row {
            Err(problems) => RowOutcome::Refused(problems.clone()),
            Ok(row) => {
                let new = row.convert_import_row_to_new_account(parameters);
                if accounts_operator::insert_account_without_second_factor(&mut tx, &new, now)
                    .await?
                {
                    record_audit_event(&mut tx, Event::AccountImported, &new.id, now).await?;
                    RowOutcome::Created
                } else {
                    let holders = accounts_operator::find_accounts_by_username_or_email(
                        ReadFrom::Transaction(&mut tx),
                        &row.username,
                        &row.email,
                    )
                    .await?;
                    compare_import_row_with_accounts(row, &holders)
                }
            }
        };
        outcomes.push((*line, outcome));
    }
    tx.commit().await?;
    Ok(outcomes)
}
