//! Reads JSON Lines files: one object in each line, with the column names as member names.

use std::fmt;
use std::io::{self, BufRead};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::lines::{FileLine, FileLines};
use super::row::{Column, NumberedRow, RawRow, RowProblem};

/// Iterator over the rows of a JSON Lines import file.
pub(super) struct JsonLines<R>(FileLines<R>);

impl<R: BufRead> JsonLines<R> {
    /// Creates an iterator that parses each line as a JSON object.
    pub(super) const fn new(lines: FileLines<R>) -> Self {
        Self(lines)
    }
}

impl<R: BufRead> Iterator for JsonLines<R> {
    type Item = io::Result<NumberedRow<RawRow>>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self
            .0
            .by_ref()
            .find(|line| !line.as_ref().is_ok_and(FileLine::is_blank))?;
        Some(line.map(|line| {
            (
                line.number,
                parse_json_row(&line).map_err(|problem| vec![problem]),
            )
        }))
    }
}

/// Parses a line that contains one JSON object. Fails if the object has an unknown or repeated member.
fn parse_json_row(line: &FileLine) -> Result<RawRow, RowProblem> {
    let bytes = line.bytes.as_ref().ok_or(RowProblem::TooLong)?;
    let text = std::str::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'));
    // Without its byte order mark, a file in UTF-16 can be valid UTF-8 with NUL between the characters.
    let text = text.ok_or(RowProblem::NotUtf8)?;
    if text.trim_start().starts_with('[') {
        return Err(RowProblem::JsonArray);
    }
    let Members(members) = serde_json::from_str(text).map_err(|_| RowProblem::NotAnObject)?;
    let mut raw = RawRow::default();
    let mut seen = Vec::new();
    for (name, value) in members {
        let column = Column::from_column_name(&name)
            .ok_or_else(|| RowProblem::UnknownMember(name.chars().take(40).collect()))?;
        if seen.contains(&column) {
            return Err(RowProblem::DuplicateMember(column));
        }
        seen.push(column);
        let text = match (column, value) {
            (_, Value::Null) => continue,
            (Column::PhoneVerified, Value::Bool(verified)) => verified.to_string(),
            // MySQL and SQLite write 1 and 0.
            (Column::PhoneVerified, Value::Number(verified)) => verified.to_string(),
            (Column::PhoneVerified, _) => return Err(RowProblem::NotBoolean),
            (_, Value::String(text)) => text,
            (column, _) => return Err(RowProblem::NotText(column)),
        };
        raw.set_column_text(column, text);
    }
    Ok(raw)
}

/// Names and values of the members of a JSON object, including repeated members.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        from.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads all rows of a JSON Lines text.
    fn read_rows(text: &str) -> Vec<NumberedRow<RawRow>> {
        JsonLines::new(FileLines::new(text.as_bytes()))
            .map(|row| row.expect("read"))
            .collect()
    }

    #[test]
    fn json_rows_are_read_by_member_name_and_blank_lines_are_skipped() {
        let text = "\u{feff}{\"username\": \"ann\", \"phone_verified\": true, \"phone\": null}\r\n\
                    \r\n  \n{\"full_name\": \"\\u00dcnal, \\\"B\\\"\"}";
        let rows = read_rows(text);
        let (1, Ok(ann)) = &rows[0] else {
            panic!("{rows:?}");
        };
        assert_eq!(ann.get_column_text(Column::Username), "ann");
        assert_eq!(ann.get_column_text(Column::PhoneVerified), "true");
        assert_eq!(ann.get_column_text(Column::Phone), "");
        let (4, Ok(bob)) = &rows[1] else {
            panic!("{rows:?}");
        };
        assert_eq!(bob.get_column_text(Column::FullName), "\u{dc}nal, \"B\"");
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn json_row_may_have_a_number_as_phone_verified_and_the_text_null_as_name() {
        let rows = read_rows("{\"phone_verified\": 1, \"full_name\": \"NULL\"}\n\u{1a}");
        let [(1, Ok(row))] = rows.as_slice() else {
            panic!("{rows:?}");
        };
        assert_eq!(row.get_column_text(Column::PhoneVerified), "1");
        assert_eq!(row.get_column_text(Column::FullName), "NULL");
    }

    #[test]
    fn invalid_json_row_is_refused_with_its_reason() {
        let long = format!("{{\"username\": \"{}\"}}", "x".repeat(70_000));
        for (line, expected) in [
            ("", None),
            ("{", Some(RowProblem::NotAnObject)),
            ("[]", Some(RowProblem::JsonArray)),
            (" [{\"username\": \"ann\"},", Some(RowProblem::JsonArray)),
            ("{\0\"\0", Some(RowProblem::NotUtf8)),
            ("\"ann\"", Some(RowProblem::NotAnObject)),
            ("{} {}", Some(RowProblem::NotAnObject)),
            ("username,email", Some(RowProblem::NotAnObject)),
            (
                "{\"role\": \"admin\"}",
                Some(RowProblem::UnknownMember("role".into())),
            ),
            (
                "{\"email\": \"a\", \"email\": \"b\"}",
                Some(RowProblem::DuplicateMember(Column::Email)),
            ),
            ("{\"phone\": 5}", Some(RowProblem::NotText(Column::Phone))),
            (
                "{\"phone_verified\": \"true\"}",
                Some(RowProblem::NotBoolean),
            ),
            (long.as_str(), Some(RowProblem::TooLong)),
        ] {
            let found = read_rows(line).pop().map(|(_, row)| row.expect_err(line));
            assert_eq!(found, expected.map(|problem| vec![problem]), "{line}");
        }
    }
}
