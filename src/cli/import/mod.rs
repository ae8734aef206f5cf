//! Taking accounts over from another system, with the hashes it stored.
//!
//! The file is read as it is written, some hundred rows to a transaction, so that neither its
//! size nor a kill in the middle matters: what was committed stays, and a second run finds it
//! unchanged. An account that exists is never written to.

mod csv;
mod json_lines;
mod lines;
mod rehearsal;
mod row;
mod verdict;

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::arguments::{Format, ImportArguments};
use super::command_context::{CommandContext, record};
use super::error::OperatorError;
use super::report::Report;
use crate::security::phone_rules::PhoneRules;
use crate::store::StoreError;
use crate::store::accounts_operator;
use crate::store::audit::Event;
use csv::Csv;
use json_lines::JsonLines;
use lines::Lines;
use rehearsal::Rehearsal;
use row::{Numbered, Raw, Row, RowProblem};
use verdict::Verdict;

/// How many rows go into one transaction: enough to be quick, few enough for a sign-in beside it
/// to wait a moment only.
const BATCH: usize = 200;
/// How often a batch is tried that met a lock or a deadlock.
const TRIES: u32 = 5;

/// All rows of a file, in order.
type Rows = Box<dyn Iterator<Item = io::Result<Numbered<Raw>>>>;

/// What became of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Tally {
    created: u64,
    unchanged: u64,
    refused: u64,
}

#[derive(Serialize)]
struct Refused<'a> {
    line: u64,
    problems: &'a [String],
}

/// Imports the file, or with `--dry-run` only says what would become of it.
pub(super) async fn import(
    context: &CommandContext<'_>,
    arguments: &ImportArguments,
    report: &mut Report<impl Write>,
) -> Result<ExitCode, OperatorError> {
    let phone_rules = PhoneRules::configured(&context.config.phone)?;
    let unreadable = |source| OperatorError::Unreadable {
        file: arguments.file.clone(),
        source,
    };
    let mut rows = open(arguments)?.peekable();
    let mut rehearsal = arguments.dry_run.then(Rehearsal::default);
    let mut tally = Tally::default();
    while rows.peek().is_some() {
        let read: io::Result<Vec<_>> = rows.by_ref().take(BATCH).collect();
        let batch: Vec<Numbered<Row>> = read
            .map_err(unreadable)?
            .into_iter()
            .map(|(line, raw)| (line, raw.and_then(|raw| Row::parse(&raw, &phone_rules))))
            .collect();
        let judged = match &mut rehearsal {
            Some(rehearsal) => rehearsal.judge(&context.store, batch).await?,
            None => write(context, batch).await?,
        };
        for (line, verdict) in judged {
            tally.count(&verdict);
            if let Verdict::Refused(problems) = verdict {
                tell(report, line, &problems)?;
            }
        }
    }
    let summary = || {
        let Tally {
            created,
            unchanged,
            refused,
        } = tally;
        format!("{created} created, {unchanged} unchanged, {refused} refused")
    };
    report.say(summary, &tally)?;
    if arguments.dry_run {
        report.remark("This was a dry run: nothing was written.")?;
    }
    Ok(if tally.refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    })
}

impl Tally {
    const fn count(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Created => self.created += 1,
            Verdict::Unchanged => self.unchanged += 1,
            Verdict::Refused(_) => self.refused += 1,
        }
    }
}

fn tell(
    report: &mut Report<impl Write>,
    line: u64,
    problems: &[RowProblem],
) -> Result<(), OperatorError> {
    let problems: Vec<String> = problems.iter().map(RowProblem::to_string).collect();
    let refused = Refused {
        line,
        problems: &problems,
    };
    report.say(|| format!("line {line}: {}", problems.join("; ")), &refused)
}

fn open(arguments: &ImportArguments) -> Result<Rows, OperatorError> {
    let file = &arguments.file;
    let named = arguments.format.or_else(|| format_of(file));
    let format = named.ok_or(OperatorError::UnknownFormat)?;
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        let opened = File::open(file).map_err(|source| OperatorError::Unreadable {
            file: file.clone(),
            source,
        })?;
        Box::new(opened)
    };
    let lines = Lines::new(BufReader::new(source));
    Ok(match format {
        Format::Csv => Box::new(Csv::open(lines)?),
        Format::Jsonl => Box::new(JsonLines::new(lines)),
    })
}

fn format_of(file: &Path) -> Option<Format> {
    let extension = file.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "csv" => Some(Format::Csv),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        _ => None,
    }
}

/// Writes a batch in one transaction.
///
/// Afterwards it pauses for as long as the batch took. SQLite has no queue for its lock, so sign-ins
/// would otherwise wait too long.
async fn write(
    context: &CommandContext<'_>,
    batch: Vec<Numbered<Row>>,
) -> Result<Vec<(u64, Verdict)>, OperatorError> {
    let line = batch.first().map_or(0, |(line, _)| *line);
    let interrupted = |source| OperatorError::Interrupted { line, source };
    let mut tries = 1;
    loop {
        let began = Instant::now();
        match write_once(context, &batch).await {
            Ok(judged) => {
                rest(began.elapsed()).await;
                return Ok(judged);
            }
            Err(StoreError::Busy(_)) if tries < TRIES => tries += 1,
            Err(error) => return Err(interrupted(error)),
        }
        rest(began.elapsed()).await;
    }
}

async fn rest(time: Duration) {
    tokio::time::sleep(time).await;
}

async fn write_once(
    context: &CommandContext<'_>,
    batch: &[Numbered<Row>],
) -> Result<Vec<(u64, Verdict)>, StoreError> {
    let now = context.now();
    let mut judged = Vec::with_capacity(batch.len());
    let mut tx = context.store.begin().await?;
    for (line, row) in batch {
        let verdict = match row {
            Err(problems) => Verdict::Refused(problems.clone()),
            Ok(row) => {
                let new = row.unenrolled();
                if accounts_operator::insert_unenrolled(&mut tx, &new, now).await? {
                    record(&mut tx, Event::AccountImported, &new.id, now).await?;
                    Verdict::Created
                } else {
                    let holders =
                        accounts_operator::holders_within(&mut tx, &row.username, &row.email)
                            .await?;
                    verdict::over(row, &holders)
                }
            }
        };
        judged.push((*line, verdict));
    }
    tx.commit().await?;
    Ok(judged)
}
