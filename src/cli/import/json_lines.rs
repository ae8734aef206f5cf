//! JSON Lines: one object a line, its members named as the columns are.

use std::fmt;
use std::io::{self, BufRead};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::lines::{Line, Lines};
use super::row::{Column, Numbered, Raw, RowProblem};

pub(super) struct JsonLines<R>(Lines<R>);

impl<R: BufRead> JsonLines<R> {
    pub(super) const fn new(lines: Lines<R>) -> Self {
        Self(lines)
    }
}

impl<R: BufRead> Iterator for JsonLines<R> {
    type Item = io::Result<Numbered<Raw>>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self
            .0
            .by_ref()
            .find(|line| !line.as_ref().is_ok_and(Line::is_blank))?;
        Some(line.map(|line| (line.number, row(&line).map_err(|problem| vec![problem]))))
    }
}

/// Every line is a header of its own: a member that is not known refuses its row.
fn row(line: &Line) -> Result<Raw, RowProblem> {
    let bytes = line.bytes.as_ref().ok_or(RowProblem::TooLong)?;
    let Members(members) = serde_json::from_slice(bytes).map_err(|_| RowProblem::NotAnObject)?;
    let mut raw = Raw::default();
    let mut seen = Vec::new();
    for (name, value) in members {
        let column = Column::named(&name)
            .ok_or_else(|| RowProblem::UnknownMember(name.chars().take(40).collect()))?;
        if seen.contains(&column) {
            return Err(RowProblem::DoubleMember(column));
        }
        seen.push(column);
        let text = match (column, value) {
            (_, Value::Null) => continue,
            (Column::PhoneVerified, Value::Bool(verified)) => verified.to_string(),
            (Column::PhoneVerified, _) => return Err(RowProblem::NotTrueOrFalse),
            (_, Value::String(text)) => text,
            (column, _) => return Err(RowProblem::NotText(column)),
        };
        raw.set(column, text);
    }
    Ok(raw)
}

/// The members of an object in their order, doubles included: a map would keep the last and say
/// nothing.
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

    fn read(text: &str) -> Vec<Numbered<Raw>> {
        JsonLines::new(Lines::new(text.as_bytes()))
            .map(|row| row.expect("read"))
            .collect()
    }

    #[test]
    fn rows_are_read_by_name_and_blank_lines_passed_over() {
        let text = "\u{feff}{\"username\": \"ann\", \"phone_verified\": true, \"phone\": null}\r\n\
                    \r\n  \n{\"full_name\": \"\\u00dcnal, \\\"B\\\"\"}";
        let rows = read(text);
        let (1, Ok(ann)) = &rows[0] else {
            panic!("{rows:?}");
        };
        assert_eq!(ann.get(Column::Username), "ann");
        assert_eq!(ann.get(Column::PhoneVerified), "true");
        assert_eq!(ann.get(Column::Phone), "");
        let (4, Ok(bob)) = &rows[1] else {
            panic!("{rows:?}");
        };
        assert_eq!(bob.get(Column::FullName), "\u{dc}nal, \"B\"");
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn what_is_no_row_is_refused_for_its_reason() {
        let long = format!("{{\"username\": \"{}\"}}", "x".repeat(70_000));
        for (line, expected) in [
            ("", None),
            ("{", Some(RowProblem::NotAnObject)),
            ("[]", Some(RowProblem::NotAnObject)),
            ("\"ann\"", Some(RowProblem::NotAnObject)),
            ("{} {}", Some(RowProblem::NotAnObject)),
            ("username,email", Some(RowProblem::NotAnObject)),
            (
                "{\"role\": \"admin\"}",
                Some(RowProblem::UnknownMember("role".into())),
            ),
            (
                "{\"email\": \"a\", \"email\": \"b\"}",
                Some(RowProblem::DoubleMember(Column::Email)),
            ),
            ("{\"phone\": 5}", Some(RowProblem::NotText(Column::Phone))),
            (
                "{\"phone_verified\": \"true\"}",
                Some(RowProblem::NotTrueOrFalse),
            ),
            (long.as_str(), Some(RowProblem::TooLong)),
        ] {
            let found = read(line).pop().map(|(_, row)| row.expect_err(line));
            assert_eq!(found, expected.map(|problem| vec![problem]), "{line}");
        }
    }
}
