//! Reads CSV files (RFC 4180) with a header line, quoted fields, doubled quotes and lines that end with CRLF, LF or
//! CR.
//!
//! Fields are separated by commas, semicolons or tabs. The header line determines which, or a line `sep=;` before it,
//! which some spreadsheets write. Rows without any value are skipped. White space around quotes is ignored.
//!
//! The parser receives one line at a time, so that each row has the number of its first line. Reading stops at a
//! quote that is never closed or not doubled, because fields and rows after it cannot be distinguished.

use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

use super::super::error::CommandError;
use super::csv_quotes::{QuoteScanner, read_value_of_csv_field};
use super::lines::{FileLine, FileLines, MAX_LINE_BYTES, is_blank_text};
use super::row::{Column, NumberedRow, RawRow, RowProblem};
use domain::typed_text::remove_invisible_characters;

/// Iterator over the rows of a CSV import file.
pub(super) struct CsvRows<R> {
    lines: FileLines<R>,
    /// The header line, which was read to determine the separator.
    first: Option<FileLine>,
    separator: u8,
    parser: Reader,
    columns: Vec<Column>,
    /// Whether reading has stopped because the end of a row was not found.
    stopped: bool,
}

/// The undecoded values of the fields of one CSV record.
type Fields = Vec<Vec<u8>>;

impl<R: BufRead> CsvRows<R> {
    /// Reads the header line of a CSV file. Fails if a column is unknown, missing or repeated.
    pub(super) fn open_csv_and_read_header(mut lines: FileLines<R>) -> Result<Self, CommandError> {
        let mut first = next_filled_line(&mut lines).map_err(CommandError::Input)?;
        let declared = first.as_ref().and_then(parse_csv_separator_line);
        if declared.is_some() {
            first = next_filled_line(&mut lines).map_err(CommandError::Input)?;
        }
        if let Some(problem) = first.as_ref().and_then(find_problem_of_header_line) {
            return Err(problem);
        }
        let separator = match declared {
            Some(declared) if SEPARATORS.contains(&declared) => declared,
            Some(_) => return Err(CommandError::UnknownSeparator),
            None => first.as_ref().map_or(b',', find_most_frequent_separator),
        };
        let parser = ReaderBuilder::new()
            .delimiter(separator)
            .terminator(Terminator::Any(b'\n'))
            .build();
        let mut csv = Self {
            lines,
            first,
            separator,
            parser,
            columns: Vec::new(),
            stopped: false,
        };
        let header = csv.read_next_csv_record().map_err(CommandError::Input)?;
        let (_, fields) = header.ok_or(CommandError::NoHeader)?;
        let fields = fields.map_err(|problem| match problem {
            RowProblem::TooLong => CommandError::LongHeader,
            _ => CommandError::HeaderQuote,
        })?;
        if let [only] = fields.as_slice()
            && only.contains(&separator)
        {
            return Err(CommandError::QuotedHeader);
        }
        for field in fields {
            let name = String::from_utf8(field).map_err(|_| CommandError::UnreadableHeader)?;
            let name = remove_invisible_characters(&name);
            if name.is_empty() {
                return Err(CommandError::UnnamedColumn(csv.columns.len() + 1));
            }
            let column = Column::from_csv_header(&name)
                .ok_or_else(|| CommandError::UnknownColumn(name.chars().take(40).collect()))?;
            if csv.columns.contains(&column) {
                return Err(CommandError::DuplicateColumn(column.column_name()));
            }
            csv.columns.push(column);
        }
        match Column::REQUIRED
            .into_iter()
            .find(|c| !csv.columns.contains(c))
        {
            Some(missing) => Err(CommandError::MissingColumn(missing.column_name())),
            None => Ok(csv),
        }
    }

    /// Reads the next row of the file; `None` at its end.
    fn read_next_csv_row(&mut self) -> io::Result<Option<NumberedRow<RawRow>>> {
        let Some((number, fields)) = self.read_next_csv_record()? else {
            return Ok(None);
        };
        let raw = fields.map_err(|problem| vec![problem]);
        Ok(Some((
            number,
            raw.and_then(|fields| self.assign_csv_fields_to_columns(fields)),
        )))
    }

    /// Assigns the fields of a CSV record to the columns that the header line names.
    fn assign_csv_fields_to_columns(&self, fields: Fields) -> Result<RawRow, Vec<RowProblem>> {
        if fields.len() != self.columns.len() {
            return Err(vec![RowProblem::FieldCount {
                found: fields.len(),
                expected: self.columns.len(),
            }]);
        }
        let mut raw = RawRow::default();
        for (column, field) in self.columns.iter().zip(fields) {
            let text = String::from_utf8(field).map_err(|_| vec![RowProblem::NotUtf8])?;
            raw.set_column_text(*column, text);
        }
        Ok(raw)
    }

    /// Reads the next CSV record and the number of its first line.
    ///
    /// Skips blank lines and records whose fields are all blank.
    fn read_next_csv_record(&mut self) -> io::Result<Option<(u64, Result<Fields, RowProblem>)>> {
        while !self.stopped {
            let first = match self.first.take() {
                Some(first) => Some(first),
                None => next_filled_line(&mut self.lines)?,
            };
            let Some(first) = first else {
                return Ok(None);
            };
            let number = first.number;
            let fields = self.read_fields_of_record(first)?;
            self.stopped = fields.is_err();
            let is_blank = |field: &Vec<u8>| is_blank_text(field);
            if !fields.as_ref().is_ok_and(|all| all.iter().all(is_blank)) {
                return Ok(Some((number, fields)));
            }
        }
        Ok(None)
    }

    /// Reads the fields of a CSV record that begins with the line `first` and may continue on further lines.
    fn read_fields_of_record(&mut self, first: FileLine) -> io::Result<Result<Fields, RowProblem>> {
        let mut text = vec![0; MAX_LINE_BYTES];
        // A line can have one field more than it has separators.
        let mut ends = vec![0; MAX_LINE_BYTES + 1];
        let (mut written, mut ended) = (0, 0);
        let mut quotes = QuoteScanner::new(self.separator);
        let mut line = Some(first);
        while let Some(FileLine { bytes, .. }) = line {
            let Some(mut bytes) = bytes else {
                return Ok(Err(RowProblem::TooLong));
            };
            quotes.scan_line(&mut bytes);
            if quotes.has_misplaced_quote() {
                return Ok(Err(RowProblem::MisplacedQuote));
            }
            bytes.push(b'\n');
            let (result, _, out, fields) =
                self.parser
                    .read_record(&bytes, &mut text[written..], &mut ends[ended..]);
            (written, ended) = (written + out, ended + fields);
            match result {
                ReadRecordResult::Record => {
                    let starts = [0].into_iter().chain(ends.iter().copied());
                    let fields: Option<Fields> = starts
                        .zip(ends.iter().copied())
                        .take(ended)
                        .zip(quotes.quoted_fields())
                        .map(|((from, to), is_quoted)| {
                            let field = text.get(from..to)?;
                            Some(read_value_of_csv_field(field, is_quoted))
                        })
                        .collect();
                    return Ok(fields.ok_or(RowProblem::UnclosedQuote));
                }
                // A quoted field continues in the next line.
                ReadRecordResult::InputEmpty => line = self.lines.next().transpose()?,
                ReadRecordResult::OutputFull
                | ReadRecordResult::OutputEndsFull
                | ReadRecordResult::End => return Ok(Err(RowProblem::UnclosedQuote)),
            }
        }
        Ok(Err(RowProblem::UnclosedQuote))
    }
}

/// The accepted separators. If a header contains several equally often, the first of this list is used.
const SEPARATORS: [u8; 3] = *b",;\t";

/// Reads lines until one is not blank, and returns it.
fn next_filled_line<R: BufRead>(lines: &mut FileLines<R>) -> io::Result<Option<FileLine>> {
    lines
        .find(|line| !line.as_ref().is_ok_and(FileLine::is_blank))
        .transpose()
}

/// Parses a line such as `sep=;`, with which spreadsheet programs announce the separator of a CSV file.
///
/// Returns `None` for any other line.
fn parse_csv_separator_line(line: &FileLine) -> Option<u8> {
    let text = line.bytes.as_ref()?.trim_ascii_start();
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let (head, rest) = text.split_at_checked(4)?;
    if !head.eq_ignore_ascii_case(b"sep=") {
        return None;
    }
    // `sep=` without a character counts as an unknown separator.
    Some(rest.first().copied().unwrap_or(b'='))
}

/// Returns why the header line cannot be read as CSV. Returns `None` if no problem is found.
fn find_problem_of_header_line(header: &FileLine) -> Option<CommandError> {
    let bytes = header.bytes.as_deref()?;
    // Without its byte order mark, a file in UTF-16 can be valid UTF-8 with NUL between the characters.
    if std::str::from_utf8(bytes).is_err() || bytes.contains(&0) {
        return Some(CommandError::UnreadableHeader);
    }
    // SQL Server writes column names in brackets, so a bracket alone does not mean a JSON array.
    let text = bytes.trim_ascii();
    let is_json = text == b"[" || text.starts_with(b"{") || text.starts_with(b"[{");
    is_json.then_some(CommandError::JsonHeader)
}

/// Returns the field separator (comma, semicolon or tab) that occurs most often in the header line.
fn find_most_frequent_separator(header: &FileLine) -> u8 {
    let bytes = header.bytes.as_deref().unwrap_or_default();
    let count = |separator: u8| bytes.split(|byte| *byte == separator).count();
    let ordered = SEPARATORS.into_iter().rev();
    ordered.max_by_key(|it| count(*it)).unwrap_or(b',')
}

impl<R: BufRead> Iterator for CsvRows<R> {
    type Item = io::Result<NumberedRow<RawRow>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read_next_csv_row().transpose()
    }
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;
