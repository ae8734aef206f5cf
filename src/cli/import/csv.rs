//! Reads CSV files (RFC 4180): a header, quotes, doubled quotes, CRLF or LF.
//!
//! The parser receives one line at a time, so that each row has the number of its first line.
//! Reading stops at a quote that is never closed: fields and rows cannot be distinguished after it.

use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

use super::super::error::CommandError;
use super::lines::{FileLine, FileLines, MAX_LINE_BYTES};
use super::row::{Column, NumberedRow, RawRow, RowProblem};

/// Iterator over the rows of a CSV file.
pub(super) struct CsvRows<R> {
    lines: FileLines<R>,
    parser: Reader,
    columns: Vec<Column>,
    /// The end of a row was not found; no further row is read.
    stopped: bool,
}

/// The fields of one record as bytes.
type Fields = Vec<Vec<u8>>;

impl<R: BufRead> CsvRows<R> {
    /// Reads the header. An invalid header is an error, because it concerns every row.
    pub(super) fn open(lines: FileLines<R>) -> Result<Self, CommandError> {
        let parser = ReaderBuilder::new()
            .terminator(Terminator::Any(b'\n'))
            .build();
        let mut csv = Self {
            lines,
            parser,
            columns: Vec::new(),
            stopped: false,
        };
        let header = csv.next_record().map_err(CommandError::Input)?;
        let (_, fields) = header.ok_or(CommandError::NoHeader)?;
        let fields = fields.map_err(|_| CommandError::UnreadableHeader)?;
        for field in fields {
            let name = String::from_utf8(field).map_err(|_| CommandError::UnreadableHeader)?;
            let name = name.trim();
            let column = Column::from_name(name)
                .ok_or_else(|| CommandError::UnknownColumn(name.chars().take(40).collect()))?;
            if csv.columns.contains(&column) {
                return Err(CommandError::DuplicateColumn(column.name()));
            }
            csv.columns.push(column);
        }
        match Column::REQUIRED
            .into_iter()
            .find(|c| !csv.columns.contains(c))
        {
            Some(missing) => Err(CommandError::MissingColumn(missing.name())),
            None => Ok(csv),
        }
    }

    fn next_row(&mut self) -> io::Result<Option<NumberedRow<RawRow>>> {
        let Some((number, fields)) = self.next_record()? else {
            return Ok(None);
        };
        let raw = fields.map_err(|problem| vec![problem]);
        Ok(Some((
            number,
            raw.and_then(|fields| self.assign_columns(fields)),
        )))
    }

    fn assign_columns(&self, fields: Fields) -> Result<RawRow, Vec<RowProblem>> {
        if fields.len() != self.columns.len() {
            return Err(vec![RowProblem::FieldCount {
                found: fields.len(),
                expected: self.columns.len(),
            }]);
        }
        let mut raw = RawRow::default();
        for (column, field) in self.columns.iter().zip(fields) {
            let text = String::from_utf8(field).map_err(|_| vec![RowProblem::NotUtf8])?;
            raw.set(*column, text);
        }
        Ok(raw)
    }

    /// The number of the first line and the fields of the next record. Skips blank lines.
    fn next_record(&mut self) -> io::Result<Option<(u64, Result<Fields, RowProblem>)>> {
        if self.stopped {
            return Ok(None);
        }
        let first = loop {
            match self.lines.next().transpose()? {
                None => return Ok(None),
                Some(line) if line.is_blank() => {}
                Some(line) => break line,
            }
        };
        let number = first.number;
        let fields = self.read_fields(first)?;
        self.stopped = fields.is_err();
        Ok(Some((number, fields)))
    }

    /// Reads the fields of the record that begins with this line.
    fn read_fields(&mut self, first: FileLine) -> io::Result<Result<Fields, RowProblem>> {
        let mut text = vec![0; MAX_LINE_BYTES];
        // One field more than the commas that fit into a line.
        let mut ends = vec![0; MAX_LINE_BYTES + 1];
        let (mut written, mut ended) = (0, 0);
        let mut line = Some(first);
        while let Some(FileLine { bytes, .. }) = line {
            let Some(mut bytes) = bytes else {
                return Ok(Err(RowProblem::TooLong));
            };
            bytes.push(b'\n');
            let (result, _, out, fields) =
                self.parser
                    .read_record(&bytes, &mut text[written..], &mut ends[ended..]);
            (written, ended) = (written + out, ended + fields);
            match result {
                ReadRecordResult::Record => {
                    let starts = [0].into_iter().chain(ends.iter().copied());
                    let fields = starts.zip(&ends[..ended]);
                    return Ok(Ok(fields
                        .map(|(from, to)| text[from..*to].to_vec())
                        .collect()));
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

impl<R: BufRead> Iterator for CsvRows<R> {
    type Item = io::Result<NumberedRow<RawRow>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "username,email,full_name,phone,phone_verified,password_hash";

    fn read(text: &str) -> Vec<NumberedRow<RawRow>> {
        let csv = CsvRows::open(FileLines::new(text.as_bytes()));
        csv.unwrap_or_else(|error| panic!("{error}"))
            .map(|row| row.expect("read"))
            .collect()
    }

    fn refusal(text: &str) -> String {
        let csv = CsvRows::open(FileLines::new(text.as_bytes()));
        csv.err().expect("refused").to_string()
    }

    fn names(text: &str) -> Vec<(u64, Result<String, Vec<RowProblem>>)> {
        let name = |raw: RawRow| raw.get(Column::FullName).to_owned();
        let rows = read(text).into_iter();
        rows.map(|(line, raw)| (line, raw.map(name))).collect()
    }

    #[test]
    fn quotes_crlf_byte_order_mark_and_blank_lines_are_accepted() {
        let text = format!(
            "\u{feff}{HEADER}\r\n\r\nann,a@x.com,\"Lee, \"\"Ann\"\"\",,,h\r\n\r\n\r\n\
             bob,b@x.com,Bob,,,h\r\ncat,c@x.com,\"Cat\",,,h"
        );
        assert_eq!(
            names(&text),
            [
                (3, Ok("Lee, \"Ann\"".into())),
                (6, Ok("Bob".into())),
                (7, Ok("Cat".into())),
            ]
        );
    }

    #[test]
    fn columns_have_any_order_and_optional_ones_may_be_missing() {
        let rows = read("password_hash, full_name ,email,username\nh,Ann,a@x.com,ann\n");
        let (2, Ok(raw)) = &rows[0] else {
            panic!("{rows:?}");
        };
        assert_eq!(raw.get(Column::Username), "ann");
        assert_eq!(raw.get(Column::PasswordHash), "h");
        assert_eq!(raw.get(Column::Phone), "");
    }

    #[test]
    fn invalid_header_is_an_error() {
        for (text, expected) in [
            ("", "the file is empty"),
            ("\n\n", "the file is empty"),
            ("username,email,full_name,password_hash,role\n", "\"role\""),
            ("username,email,full_name\n", "no column password_hash"),
            ("username,email,email,full_name\n", "two columns email"),
            ("ann,a@x.com,Ann,h\n", "\"ann\""),
        ] {
            assert!(
                refusal(text).contains(expected),
                "{text:?}: {}",
                refusal(text)
            );
        }
    }

    #[test]
    fn field_of_several_lines_stays_one_field() {
        let text = format!(
            "{HEADER}\nann,a@x.com,\"Ann\nevil,e@x.com,Evil,,true,h\n\",,,h\nbob,b@x.com,Bob,,,h\n"
        );
        assert_eq!(
            names(&text),
            [
                (2, Ok("Ann\nevil,e@x.com,Evil,,true,h\n".into())),
                (5, Ok("Bob".into())),
            ]
        );
    }

    #[test]
    fn row_with_wrong_field_count_or_encoding_is_refused_and_the_next_is_read() {
        let mut bytes = format!("{HEADER}\na,b\n").into_bytes();
        bytes.extend(b"ann,a@x.com,Ann \xff,,,h\nbob,b@x.com,Bob,,,h\n");
        let csv = CsvRows::open(FileLines::new(bytes.as_slice()));
        let rows: Vec<_> = csv
            .unwrap_or_else(|error| panic!("{error}"))
            .map(|row| row.expect("read"))
            .collect();
        let count = RowProblem::FieldCount {
            found: 2,
            expected: 6,
        };
        assert_eq!(rows[0], (2, Err(vec![count])));
        assert_eq!(rows[1], (3, Err(vec![RowProblem::NotUtf8])));
        assert!(rows[2].1.is_ok());
    }

    #[test]
    fn reading_stops_at_a_quote_that_is_never_closed() {
        let rest = "bob,b@x.com,Bob,,,h\n".repeat(10_000);
        for after in ["", "bob,b@x.com,Bob,,,h\n", rest.as_str()] {
            let text = format!("{HEADER}\nann,a@x.com,\"Ann,,,h\n{after}");
            assert_eq!(names(&text), [(2, Err(vec![RowProblem::UnclosedQuote]))]);
        }
    }
}
