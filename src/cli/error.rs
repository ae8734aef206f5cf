use std::io;
use std::path::PathBuf;

use crate::hashing::HashError;
use crate::security::phone_rules::UnknownCountry;
use crate::store::{OpenError, StoreError, format_error_with_cause};
use domain::{Field, FieldProblem, Language};

/// Error of a command for operators. `sallyport user` and `sallyport after-restore` print it and exit with code 1.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error("opening the database failed: {0}")]
    Open(#[from] OpenError),
    #[error("database access failed: {}", format_error_with_cause(.0))]
    Store(#[from] StoreError),
    /// A database error as text, with the location of the database and the cause.
    #[error("database access failed: {0}")]
    Database(String),
    #[error("hashing the password of the account failed: {0}")]
    Hash(#[from] HashError),
    #[error("`SALLYPORT_DEFAULT_COUNTRY` or `SALLYPORT_ALLOWED_COUNTRIES` is not valid: {0}")]
    Phone(#[from] UnknownCountry),
    #[error("writing to standard output failed: {0}")]
    Write(io::Error),
    #[error("reading standard input failed: {0}")]
    Input(io::Error),
    #[error("no account has this username, e-mail address or ID")]
    NoSuchAccount,
    #[error(
        "this text is the username of one account and the ID of another; use the e-mail address"
    )]
    Ambiguous,
    #[error("the account was not created because of these problems:\n  {problem_lines}", problem_lines = format_field_problems(.0))]
    Refused(Vec<FieldProblem>),
    #[error("the {what} was not changed because of this problem:\n  {problem_lines}", problem_lines = format_field_problems(problems))]
    ChangeRefused {
        what: &'static str,
        problems: Vec<FieldProblem>,
    },
    #[error("nothing was deleted: not confirmed; type the username of the account, or add `--yes`")]
    NotConfirmed,
    #[error("nothing was changed: not confirmed; type `yes`, or add `--yes`")]
    RestoreNotConfirmed,
    #[error("the deletion of the account was already requested; add `--now` to erase it at once")]
    DeletionRequested,
    #[error(
        "the HMAC key of the rate limit buckets cannot be decrypted: add the earlier secret key to SALLYPORT_PREVIOUS_SECRET_KEYS"
    )]
    LimitKey,
    #[error("the account was not created: another account already has this {field}", field = .0.name())]
    Taken(Field),
    #[error("the password must be one line of UTF-8 on standard input")]
    NotOneLine,
    #[error("the file {path} cannot be read: {source}", path = file.display())]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("unknown file format: add `--format csv` or `--format jsonl`")]
    UnknownFormat,
    #[error("the file is empty: its first line must contain the column names")]
    NoHeader,
    #[error(
        "the first line is not UTF-8: save the file as UTF-8, with the column names in the first line"
    )]
    UnreadableHeader,
    #[error(
        "the first line is JSON, not the column names of a CSV file; nothing was imported. Add `--format jsonl`"
    )]
    JsonHeader,
    #[error(
        "the first line has more than 65,536 bytes; nothing was imported. It must contain only the column names"
    )]
    LongHeader,
    #[error(
        "the first line has a quote that is not closed, or text after a closing quote; nothing was imported. \
         Write the column names without quotes"
    )]
    HeaderQuote,
    #[error(
        "the first line is in quotes as a whole; nothing was imported. Remove the quotes around each line, and \
         halve the doubled quotes inside the lines"
    )]
    QuotedHeader,
    #[error(
        "the file has an unknown column {0:?}; nothing was imported. The columns are username, email, \
         full_name, phone, phone_verified and password_hash, separated by commas, semicolons or tabs"
    )]
    UnknownColumn(String),
    #[error(
        "column {0} has no name; nothing was imported. Name it in the first line, or remove it from all rows"
    )]
    UnnamedColumn(usize),
    #[error(
        "the line `sep=` names an unknown separator; nothing was imported. Write fields separated by commas, \
         semicolons or tabs"
    )]
    UnknownSeparator,
    #[error("nothing was imported: the file has the column `{0}` twice; remove one")]
    DuplicateColumn(&'static str),
    #[error("nothing was imported: the file has no column {0}; add it")]
    MissingColumn(&'static str),
    /// The import stopped before this line. Earlier rows are imported, and a second run continues from here.
    #[error("the import stopped before line {line}: {cause}. Run it again to continue")]
    Interrupted { line: u64, cause: String },
}

/// Formats field problems as text, one per line.
fn format_field_problems(problems: &[FieldProblem]) -> String {
    let line = |found: &FieldProblem| {
        format!(
            "{}: {}",
            found.field.name(),
            (Language::English.page_texts().problem)(&found.problem)
        )
    };
    let lines: Vec<String> = problems.iter().map(line).collect();
    lines.join("\n  ")
}
