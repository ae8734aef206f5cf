//! Reads CSV files (RFC 4180): a header, quotes, doubled quotes, CRLF or LF.
//!
//! Fields are separated by commas, semicolons or tabs. The header shows by which, or a line `sep=;` before it, which
//! some spreadsheets write. Rows without any value are skipped.
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
    /// The line of the header, which is read to find the separator.
    first: Option<FileLine>,
    parser: Reader,
    columns: Vec<Column>,
    /// The end of a row was not found; no further row is read.
    stopped: bool,
}

/// The fields of one record as bytes.
type Fields = Vec<Vec<u8>>;

impl<R: BufRead> CsvRows<R> {
    /// Reads the header. An invalid header is an error, because it concerns every row.
    pub(super) fn open(mut lines: FileLines<R>) -> Result<Self, CommandError> {
        let mut first = next_filled_line(&mut lines).map_err(CommandError::Input)?;
        let declared = first.as_ref().and_then(declared_separator);
        if declared.is_some() {
            first = next_filled_line(&mut lines).map_err(CommandError::Input)?;
        }
        let separator = match declared {
            Some(declared) if SEPARATORS.contains(&declared) => declared,
            Some(_) => return Err(CommandError::UnknownSeparator),
            None => first.as_ref().map_or(b',', likely_separator),
        };
        let parser = ReaderBuilder::new()
            .delimiter(separator)
            .terminator(Terminator::Any(b'\n'))
            .build();
        let mut csv = Self {
            lines,
            first,
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
            let column = Column::from_header(name)
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

    /// The number of the first line and the fields of the next record. Skips blank lines and rows of empty fields.
    fn next_record(&mut self) -> io::Result<Option<(u64, Result<Fields, RowProblem>)>> {
        while !self.stopped {
            let first = match self.first.take() {
                Some(first) => Some(first),
                None => next_filled_line(&mut self.lines)?,
            };
            let Some(first) = first else {
                return Ok(None);
            };
            let number = first.number;
            let fields = self.read_fields(first)?;
            self.stopped = fields.is_err();
            let is_empty = |field: &Vec<u8>| field.trim_ascii().is_empty();
            if !fields.as_ref().is_ok_and(|all| all.iter().all(is_empty)) {
                return Ok(Some((number, fields)));
            }
        }
        Ok(None)
    }

    /// Reads the fields of the record that begins with this line.
    fn read_fields(&mut self, first: FileLine) -> io::Result<Result<Fields, RowProblem>> {
        let mut text = vec![0; MAX_LINE_BYTES];
        // One field more than the separators that fit into a line.
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

/// The separators that are read. The first wins where a header has equally many.
const SEPARATORS: [u8; 3] = *b",;\t";

/// The next line that is not blank.
fn next_filled_line<R: BufRead>(lines: &mut FileLines<R>) -> io::Result<Option<FileLine>> {
    lines
        .find(|line| !line.as_ref().is_ok_and(FileLine::is_blank))
        .transpose()
}

/// The separator in a line such as `sep=;`, also in quotes or followed by empty fields. `None` for any other line.
fn declared_separator(line: &FileLine) -> Option<u8> {
    let text = line.bytes.as_ref()?.trim_ascii_start();
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let (head, rest) = text.split_at_checked(4)?;
    if !head.eq_ignore_ascii_case(b"sep=") {
        return None;
    }
    // Without a separator it is an unknown one.
    Some(rest.first().copied().unwrap_or(b'='))
}

/// The separator that occurs most often in a header.
fn likely_separator(header: &FileLine) -> u8 {
    let bytes = header.bytes.as_deref().unwrap_or_default();
    let count = |separator: u8| bytes.split(|byte| *byte == separator).count();
    let ordered = SEPARATORS.into_iter().rev();
    ordered.max_by_key(|it| count(*it)).unwrap_or(b',')
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
    fn semicolons_tabs_and_a_line_that_names_the_separator_are_read() {
        let rows = "username,email,full_name,password_hash\nann,a@x.com,Ann Lee,h\n";
        for text in [
            rows.replace(',', ";"),
            rows.replace(',', "\t"),
            format!("\u{feff}sep=;\r\n{}", rows.replace(',', ";")),
            format!("SEP=\t\n{}", rows.replace(',', "\t")),
            format!("\"sep=;\"\n\n{}", rows.replace(',', ";")),
            format!("sep=,\n{rows}"),
        ] {
            let names: Vec<_> = names(&text).into_iter().map(|(_, name)| name).collect();
            assert_eq!(names, [Ok("Ann Lee".to_owned())], "{text:?}");
        }
        // The other separators belong to the values.
        let text =
            "username;email;full_name;password_hash\nann;a@x.com;\"Lee; Ann\";$a$m=1,t=2,p=3\n";
        let (2, Ok(raw)) = &read(text)[0] else {
            panic!("{text}");
        };
        assert_eq!(raw.get(Column::FullName), "Lee; Ann");
        assert_eq!(raw.get(Column::PasswordHash), "$a$m=1,t=2,p=3");
    }

    #[test]
    fn rows_without_any_value_are_skipped() {
        let text = format!(
            ",,,,,\n{HEADER}\n,,,,,\nann,a@x.com,Ann,,,h\n , ,,,,\n\"\",,,,,\nbob,b@x.com,Bob,,,h\n,,,,,\n"
        );
        assert_eq!(names(&text), [(4, Ok("Ann".into())), (7, Ok("Bob".into()))]);
    }

    #[test]
    fn column_names_may_have_any_case_spaces_and_dashes() {
        let text =
            "User Name, E-Mail ,FULL_NAME,Phone-Verified,PasswordHash\nann,a@x.com,Ann,false,h\n";
        let rows = read(text);
        let (2, Ok(raw)) = &rows[0] else {
            panic!("{rows:?}");
        };
        assert_eq!(raw.get(Column::Username), "ann");
        assert_eq!(raw.get(Column::Email), "a@x.com");
        assert_eq!(raw.get(Column::PhoneVerified), "false");
        assert_eq!(raw.get(Column::PasswordHash), "h");
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
            (
                "username,email,full_name,password_hash,role\n",
                "columns are username, email",
            ),
            (
                "username|email|full_name|password_hash\n",
                "separated by commas",
            ),
            ("sep=|\nusername|email\n", "separated by commas"),
            ("sep=\nusername,email\n", "separated by commas"),
            ("E-mail,email,username\n", "two columns email"),
        ] {
            assert!(
                refusal(text).contains(expected),
                "{text:?}: {}",
                refusal(text)
            );
        }
    }

    #[test]
    fn header_of_utf_16_is_refused_with_a_hint() {
        let bytes: Vec<u8> = "\u{feff}username,email\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let refused = CsvRows::open(FileLines::new(bytes.as_slice())).err();
        let text = refused.expect("refused").to_string();
        assert!(text.contains("save the file as UTF-8"), "{text}");
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
