//! Finds the quoted fields of a CSV record, and reads the values that databases and spreadsheet programs write into
//! fields.
//!
//! The CSV parser removes quotes. The scanner reads each line before the parser, because `NULL` is an absent value
//! only without quotes.

/// Scanner for the quotes of one CSV record, which it reads line by line.
pub(super) struct QuoteScanner {
    separator: u8,
    position: Position,
    /// For each field of the record, whether it is quoted.
    quoted_fields: Vec<bool>,
    has_misplaced_quote: bool,
}

/// Position of the scanner in a CSV field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// Before the first visible character of the field.
    Start,
    UnquotedText,
    QuotedText {
        after_backslash: bool,
    },
    /// After a quote that ends the quoted text, or is the first of a doubled quote.
    AfterQuote {
        after_backslash: bool,
    },
    /// In white space between a quoted text and the next separator.
    AfterQuotedText,
}

impl QuoteScanner {
    /// Creates a scanner at the start of a record whose fields have this separator.
    pub(super) fn new(separator: u8) -> Self {
        Self {
            separator,
            position: Position::Start,
            quoted_fields: vec![false],
            has_misplaced_quote: false,
        }
    }

    /// Scans the next line of the record, without its line ending. Removes white space before opening quotes from it.
    pub(super) fn scan_line(&mut self, line: &mut Vec<u8>) {
        let mut kept = Vec::with_capacity(line.len());
        let mut field_start = 0;
        for &byte in &*line {
            if self.position == Position::Start && byte == b'"' {
                kept.truncate(field_start);
            }
            kept.push(byte);
            self.position = self.find_next_position(byte);
            if self.position == Position::Start && byte == self.separator {
                field_start = kept.len();
            }
        }
        match &mut self.position {
            Position::QuotedText { after_backslash } => *after_backslash = false,
            Position::AfterQuote { after_backslash } => {
                self.has_misplaced_quote |= *after_backslash;
            }
            Position::Start | Position::UnquotedText | Position::AfterQuotedText => {}
        }
        *line = kept;
    }

    /// Returns the position after the next byte of the record.
    fn find_next_position(&mut self, byte: u8) -> Position {
        let after_backslash_and_quote = Position::AfterQuote {
            after_backslash: true,
        };
        if self.position == after_backslash_and_quote && byte != b'"' {
            self.has_misplaced_quote = true;
        }
        match (self.position, byte) {
            (Position::QuotedText { after_backslash }, b'"') => {
                Position::AfterQuote { after_backslash }
            }
            (Position::QuotedText { .. }, _) => Position::QuotedText {
                after_backslash: byte == b'\\',
            },
            (Position::AfterQuote { .. }, b'"') => Position::QuotedText {
                after_backslash: false,
            },
            (_, separator) if separator == self.separator => {
                self.quoted_fields.push(false);
                Position::Start
            }
            (Position::Start, b'"') => {
                if let Some(field) = self.quoted_fields.last_mut() {
                    *field = true;
                }
                Position::QuotedText {
                    after_backslash: false,
                }
            }
            (Position::Start, b' ' | b'\t' | b'\r') => Position::Start,
            (Position::AfterQuote { .. } | Position::AfterQuotedText, b' ' | b'\t' | b'\r') => {
                Position::AfterQuotedText
            }
            (Position::AfterQuote { .. } | Position::AfterQuotedText, _) => {
                self.has_misplaced_quote = true;
                Position::UnquotedText
            }
            (Position::Start | Position::UnquotedText, _) => Position::UnquotedText,
        }
    }

    /// Returns whether a quoted field has text after its closing quote, or a closing quote after a backslash.
    ///
    /// Both happen when quotes inside the field are not doubled. The end of such a field is unknown.
    pub(super) const fn has_misplaced_quote(&self) -> bool {
        self.has_misplaced_quote
    }

    /// Returns for each field of the scanned lines whether it is quoted.
    pub(super) fn quoted_fields(&self) -> impl Iterator<Item = bool> {
        self.quoted_fields.iter().copied()
    }
}

/// Returns the value of a CSV field, whose surrounding quotes are removed.
///
/// The value is empty for `NULL` and `\N` without quotes, with which databases mark an absent value. The formula
/// `="Ann Lee"`, with which spreadsheet programs keep a text unchanged, has the value `Ann Lee`.
pub(super) fn read_value_of_csv_field(field: &[u8], is_quoted: bool) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(field) else {
        return field.to_vec();
    };
    let visible = text.trim();
    if !is_quoted && matches!(visible, "NULL" | "\\N") {
        return Vec::new();
    }
    let value = visible
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'))
        .filter(|inner| !inner.replace("\"\"", "").contains('"'));
    value.map_or_else(
        || field.to_vec(),
        |inner| inner.replace("\"\"", "\"").into_bytes(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scans the lines of a record with commas. Returns them, and for each field whether it is quoted.
    fn scan_record(lines: &[&str]) -> (Vec<String>, Vec<bool>) {
        let mut scanner = QuoteScanner::new(b',');
        let records = lines.iter().map(|line| {
            let mut bytes = line.as_bytes().to_vec();
            scanner.scan_line(&mut bytes);
            String::from_utf8(bytes).expect("valid UTF-8")
        });
        let records = records.collect();
        assert!(!scanner.has_misplaced_quote(), "{lines:?}");
        (records, scanner.quoted_fields().collect())
    }

    /// Returns whether the scanner finds a misplaced quote in a record with commas.
    fn is_quote_misplaced(lines: &[&str]) -> bool {
        let mut scanner = QuoteScanner::new(b',');
        for line in lines {
            scanner.scan_line(&mut line.as_bytes().to_vec());
        }
        scanner.has_misplaced_quote()
    }

    #[test]
    fn quoted_fields_are_found_and_white_space_before_their_quotes_is_removed() {
        for (lines, expected, quoted) in [
            (["a,b"].as_slice(), ["a,b"].as_slice(), vec![false, false]),
            (
                &["\"a\", \"b, c\" ,  d,"],
                &["\"a\",\"b, c\" ,  d,"],
                vec![true, true, false, false],
            ),
            (&[" \t\"\""], &["\"\""], vec![true]),
            (&["5\" tape,a"], &["5\" tape,a"], vec![false, false]),
            (&["\"a\"\t\r"], &["\"a\"\t\r"], vec![true]),
            (
                &["\"a \"\"b\"\"\",c"],
                &["\"a \"\"b\"\"\",c"],
                vec![true, false],
            ),
            (
                &["\"a, ", " \"\"b", "\", \"c\""],
                &["\"a, ", " \"\"b", "\",\"c\""],
                vec![true, true],
            ),
        ] {
            let (scanned, found) = scan_record(lines);
            assert_eq!(scanned, expected);
            assert_eq!(found, quoted, "{lines:?}");
        }
    }

    #[test]
    fn quotes_inside_a_quoted_field_must_be_doubled() {
        for lines in [
            ["\"Ann \\\"A\\\" Lee\",x"].as_slice(),
            &["\"Ann \"A\" Lee\",x"],
            &["\"Ann\\\",x"],
            &["\"Ann\\\""],
            &["\"A, ", "B\" C"],
            &["\"Ann\" \"Lee\""],
        ] {
            assert!(is_quote_misplaced(lines), "{lines:?}");
        }
        for lines in [
            ["\"C:\\a\",\\,\"\\\\N\""].as_slice(),
            &["\"a\\", "\",b"],
            &["Ann \"A\" Lee,\\\""],
        ] {
            assert!(!is_quote_misplaced(lines), "{lines:?}");
        }
    }

    #[test]
    fn markers_of_absent_values_and_text_formulas_are_read() {
        for (field, is_quoted, expected) in [
            ("NULL", false, ""),
            (" NULL ", false, ""),
            ("\\N", false, ""),
            ("NULL", true, "NULL"),
            ("\\N", true, "\\N"),
            ("Null", false, "Null"),
            ("null", false, "null"),
            ("NULLA", false, "NULLA"),
            ("=\"Ann Lee\"", true, "Ann Lee"),
            ("=\"Ann Lee\"", false, "Ann Lee"),
            ("=\"Ann \"\"A\"\" Lee\"", true, "Ann \"A\" Lee"),
            ("=\"+1 415 555 0142\"", false, "+1 415 555 0142"),
            ("=\"\"", false, ""),
            ("=\"", false, "=\""),
            ("=\"a\"&\"b\"", true, "=\"a\"&\"b\""),
            (" Ann ", false, " Ann "),
        ] {
            let value = read_value_of_csv_field(field.as_bytes(), is_quoted);
            assert_eq!(value, expected.as_bytes(), "{field:?} {is_quoted}");
        }
        assert_eq!(read_value_of_csv_field(b"J\xf6rg", false), b"J\xf6rg");
    }
}
