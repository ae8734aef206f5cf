use std::io;
use std::path::PathBuf;

use crate::security::password::HashError;
use crate::security::phone_rules::UnknownCountry;
use crate::store::StoreError;
use domain::{Field, FieldProblem, Language};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    #[error("the database cannot be used: {0}")]
    Store(#[from] StoreError),
    #[error("the password cannot be hashed: {0}")]
    Hash(#[from] HashError),
    #[error("SALLYPORT_DEFAULT_COUNTRY or SALLYPORT_ALLOWED_COUNTRIES: {0}")]
    Phone(#[from] UnknownCountry),
    #[error("standard output cannot be written: {0}")]
    Write(io::Error),
    #[error("standard input cannot be read: {0}")]
    Input(io::Error),
    #[error("no account has this username, email or id")]
    NoSuchAccount,
    #[error("this is the username of one account and the id of another; use the email")]
    Ambiguous,
    #[error("the account was not made.\n  {}", told(.0))]
    Refused(Vec<FieldProblem>),
    #[error("the account was not made.\n  {}: another account has it", .0.name())]
    Taken(Field),
    #[error("the password must be one line of UTF-8 on standard input")]
    NotOneLine,
    #[error("{} cannot be read: {source}", file.display())]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("name the format with --format csv or --format jsonl")]
    UnknownFormat,
    #[error("the file is empty: its first line must name the columns")]
    NoHeader,
    #[error("the first line must name the columns, in UTF-8")]
    UnreadableHeader,
    #[error("there is a column {0:?}, which is not known; nothing was imported")]
    UnknownColumn(String),
    #[error("there are two columns {0}; nothing was imported")]
    DoubleColumn(&'static str),
    #[error("there is no column {0}; nothing was imported")]
    MissingColumn(&'static str),
    /// Everything before the line is kept; running it again goes on from there.
    #[error("the import stopped before line {line}: {source}. Run it again to go on from there")]
    Interrupted { line: u64, source: StoreError },
}

fn told(problems: &[FieldProblem]) -> String {
    let line = |found: &FieldProblem| {
        format!(
            "{}: {}",
            found.field.name(),
            (Language::English.island_texts().problem)(&found.problem)
        )
    };
    let lines: Vec<String> = problems.iter().map(line).collect();
    lines.join("\n  ")
}
