//! CSV as RFC 4180 has it: a header, quotes, doubled quotes, CRLF or LF.
//!
//! The parser is given one line after the other, so that a row is known by the line it begins on.
//! A quote that is never closed swallows what follows; a row cannot be told from a field then,
//! and nothing after it is read.

use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

use super::super::error::OperatorError;
use super::lines::{Line, Lines, MAX_LINE};
use super::row::{Column, Numbered, Raw, RowProblem};

pub(super) struct Csv<R> {
    lines: Lines<R>,
    parser: Reader,
    columns: Vec<Column>,
    /// The end of a row could not be found.
    lost: bool,
}

/// The fields of a record, as bytes.
type Fields = Vec<Vec<u8>>;

impl<R: BufRead> Csv<R> {
    /// Reads the header. What is wrong with it is wrong with every row, and is an error.
    pub(super) fn open(lines: Lines<R>) -> Result<Self, OperatorError> {
        let parser = ReaderBuilder::new()
            .terminator(Terminator::Any(b'\n'))
            .build();
        let mut csv = Self {
            lines,
            parser,
            columns: Vec::new(),
            lost: false,
        };
        let header = csv.record().map_err(OperatorError::Input)?;
        let (_, fields) = header.ok_or(OperatorError::NoHeader)?;
        let fields = fields.map_err(|_| OperatorError::UnreadableHeader)?;
        for field in fields {
            let name = String::from_utf8(field).map_err(|_| OperatorError::UnreadableHeader)?;
            let name = name.trim();
            let column = Column::named(name)
                .ok_or_else(|| OperatorError::UnknownColumn(name.chars().take(40).collect()))?;
            if csv.columns.contains(&column) {
                return Err(OperatorError::DoubleColumn(column.name()));
            }
            csv.columns.push(column);
        }
        match Column::REQUIRED
            .into_iter()
            .find(|c| !csv.columns.contains(c))
        {
            Some(missing) => Err(OperatorError::MissingColumn(missing.name())),
            None => Ok(csv),
        }
    }

    fn row(&mut self) -> io::Result<Option<Numbered<Raw>>> {
        let Some((number, fields)) = self.record()? else {
            return Ok(None);
        };
        let raw = fields.map_err(|problem| vec![problem]);
        Ok(Some((number, raw.and_then(|fields| self.named(fields)))))
    }

    fn named(&self, fields: Fields) -> Result<Raw, Vec<RowProblem>> {
        if fields.len() != self.columns.len() {
            return Err(vec![RowProblem::FieldCount {
                found: fields.len(),
                expected: self.columns.len(),
            }]);
        }
        let mut raw = Raw::default();
        for (column, field) in self.columns.iter().zip(fields) {
            let text = String::from_utf8(field).map_err(|_| vec![RowProblem::NotUtf8])?;
            raw.set(*column, text);
        }
        Ok(raw)
    }

    /// The next record that is not a blank line, and the line it begins on.
    fn record(&mut self) -> io::Result<Option<(u64, Result<Fields, RowProblem>)>> {
        if self.lost {
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
        let fields = self.fields(first)?;
        self.lost = fields.is_err();
        Ok(Some((number, fields)))
    }

    /// The fields of the record that begins with this line.
    fn fields(&mut self, first: Line) -> io::Result<Result<Fields, RowProblem>> {
        let mut text = vec![0; MAX_LINE];
        // As many fields as there can be commas.
        let mut ends = vec![0; MAX_LINE + 1];
        let (mut written, mut ended) = (0, 0);
        let mut line = Some(first);
        while let Some(Line { bytes, .. }) = line {
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
                // A quoted field goes on in the next line.
                ReadRecordResult::InputEmpty => line = self.lines.next().transpose()?,
                ReadRecordResult::OutputFull
                | ReadRecordResult::OutputEndsFull
                | ReadRecordResult::End => return Ok(Err(RowProblem::Unclosed)),
            }
        }
        Ok(Err(RowProblem::Unclosed))
    }
}

impl<R: BufRead> Iterator for Csv<R> {
    type Item = io::Result<Numbered<Raw>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.row().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "username,email,full_name,phone,phone_verified,password_hash";

    fn read(text: &str) -> Vec<Numbered<Raw>> {
        let csv = Csv::open(Lines::new(text.as_bytes()));
        csv.unwrap_or_else(|error| panic!("{error}"))
            .map(|row| row.expect("read"))
            .collect()
    }

    fn refusal(text: &str) -> String {
        let csv = Csv::open(Lines::new(text.as_bytes()));
        csv.err().expect("refused").to_string()
    }

    fn names(text: &str) -> Vec<(u64, Result<String, Vec<RowProblem>>)> {
        let name = |raw: Raw| raw.get(Column::FullName).to_owned();
        let rows = read(text).into_iter();
        rows.map(|(line, raw)| (line, raw.map(name))).collect()
    }

    #[test]
    fn quotes_crlf_a_byte_order_mark_and_blank_lines_are_understood() {
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
    fn columns_may_stand_in_any_order_and_the_optional_ones_be_left_out() {
        let rows = read("password_hash, full_name ,email,username\nh,Ann,a@x.com,ann\n");
        let (2, Ok(raw)) = &rows[0] else {
            panic!("{rows:?}");
        };
        assert_eq!(raw.get(Column::Username), "ann");
        assert_eq!(raw.get(Column::PasswordHash), "h");
        assert_eq!(raw.get(Column::Phone), "");
    }

    #[test]
    fn a_header_that_is_wrong_is_an_error() {
        for (text, said) in [
            ("", "the file is empty"),
            ("\n\n", "the file is empty"),
            ("username,email,full_name,password_hash,role\n", "\"role\""),
            ("username,email,full_name\n", "no column password_hash"),
            ("username,email,email,full_name\n", "two columns email"),
            ("ann,a@x.com,Ann,h\n", "\"ann\""),
        ] {
            assert!(refusal(text).contains(said), "{text:?}: {}", refusal(text));
        }
    }

    #[test]
    fn a_field_of_several_lines_never_makes_rows_of_its_own() {
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
    fn a_row_of_other_columns_or_bytes_is_refused_and_the_next_one_read() {
        let mut bytes = format!("{HEADER}\na,b\n").into_bytes();
        bytes.extend(b"ann,a@x.com,Ann \xff,,,h\nbob,b@x.com,Bob,,,h\n");
        let csv = Csv::open(Lines::new(bytes.as_slice()));
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
    fn a_quote_that_is_never_closed_ends_the_reading() {
        let rest = "bob,b@x.com,Bob,,,h\n".repeat(10_000);
        for after in ["", "bob,b@x.com,Bob,,,h\n", rest.as_str()] {
            let text = format!("{HEADER}\nann,a@x.com,\"Ann,,,h\n{after}");
            assert_eq!(names(&text), [(2, Err(vec![RowProblem::Unclosed]))]);
        }
    }
}
