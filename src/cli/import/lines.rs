//! Reads an import file line by line, with a maximum length of a line.

use std::io::{self, BufRead, Read as _};

use domain::typed_text::is_invisible;

/// The maximum length of a line in bytes: about 30 times the longest valid row.
pub(super) const MAX_LINE_BYTES: usize = 64 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The byte that some DOS programs write at the end of a file: Ctrl-Z.
const END_OF_DOS_FILE: u8 = 0x1a;

/// Iterator over the lines of an import file. The lines have no line ending.
pub(super) struct FileLines<R> {
    input: R,
    number: u64,
    /// The last byte of a line ending: LF, or CR in files of old spreadsheets.
    end: u8,
}

/// A line of an import file, with its line number from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileLine {
    pub(super) number: u64,
    /// The content without line ending (LF, CRLF or CR), byte order mark and [`END_OF_DOS_FILE`]; `None` if it is
    /// longer than [`MAX_LINE_BYTES`].
    pub(super) bytes: Option<Vec<u8>>,
}

impl FileLine {
    /// Returns whether the line contains no visible character.
    pub(super) fn is_blank(&self) -> bool {
        self.bytes.as_deref().is_some_and(is_blank_text)
    }
}

/// Returns whether a text contains only white space, invisible characters and [`END_OF_DOS_FILE`].
pub(super) fn is_blank_text(bytes: &[u8]) -> bool {
    let end_of_file = char::from(END_OF_DOS_FILE);
    let is_visible = |c: char| !(c.is_whitespace() || is_invisible(c) || c == end_of_file);
    std::str::from_utf8(bytes).is_ok_and(|text| !text.contains(is_visible))
}

impl<R: BufRead> FileLines<R> {
    /// Creates an iterator over the lines of an import file.
    pub(super) const fn new(import_file: R) -> Self {
        Self {
            input: import_file,
            number: 0,
            end: b'\n',
        }
    }

    /// Detects the byte that ends a line (LF or CR) from the first bytes of a file.
    fn detect_line_ending(start: &[u8]) -> u8 {
        // A CR at the end of these bytes may be part of CRLF.
        let first = start.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let next = first.and_then(|at| start.get(at..at + 2));
        match next {
            Some([b'\r', after]) if *after != b'\n' => b'\r',
            _ => b'\n',
        }
    }

    /// Reads the next line of the file; `None` at its end.
    fn next_line(&mut self) -> io::Result<Option<FileLine>> {
        let mut bytes = Vec::new();
        if self.number == 0 {
            self.end = Self::detect_line_ending(self.input.fill_buf()?);
        }
        // The longest line and CR LF.
        let max_bytes = u64::try_from(MAX_LINE_BYTES + 2).unwrap_or(u64::MAX);
        if self
            .input
            .by_ref()
            .take(max_bytes)
            .read_until(self.end, &mut bytes)?
            == 0
        {
            return Ok(None);
        }
        self.number += 1;
        let ended = bytes.pop_if(|last| *last == self.end).is_some();
        if ended && self.end == b'\n' {
            bytes.pop_if(|last| *last == b'\r');
        }
        if !ended {
            bytes.pop_if(|last| *last == END_OF_DOS_FILE);
        }
        if self.number == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        let fits = bytes.len() <= MAX_LINE_BYTES;
        if !fits && !ended {
            self.input.skip_until(self.end)?;
        }
        Ok(Some(FileLine {
            number: self.number,
            bytes: fits.then_some(bytes),
        }))
    }
}

impl<R: BufRead> Iterator for FileLines<R> {
    type Item = io::Result<FileLine>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_line().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the number and the length in bytes of each line. The length is `None` for a line that is too long.
    fn list_line_numbers_and_byte_lengths(text: &str) -> Vec<(u64, Option<usize>)> {
        FileLines::new(text.as_bytes())
            .map(|line| line.expect("read"))
            .map(|line| (line.number, line.bytes.map(|bytes| bytes.len())))
            .collect()
    }

    #[test]
    fn lines_are_numbered_and_have_no_line_ending() {
        let text = "\u{feff}one\r\n\r\nthree\n\nfive";
        let expected = [(1, 3), (2, 0), (3, 5), (4, 0), (5, 4)];
        assert_eq!(
            list_line_numbers_and_byte_lengths(text),
            expected.map(|(at, long)| (at, Some(long)))
        );
        assert_eq!(list_line_numbers_and_byte_lengths(""), []);
        assert_eq!(list_line_numbers_and_byte_lengths("\n"), [(1, Some(0))]);
    }

    #[test]
    fn line_without_visible_characters_is_blank() {
        for (text, is_blank) in [
            (" \t", true),
            ("\u{a0}\u{3000}", true),
            ("\u{200b}\u{feff}\u{2060}", true),
            ("\u{1a}\n", true),
            ("\u{200b}a", false),
            (",", false),
        ] {
            let line = FileLines::new(text.as_bytes()).next();
            let line = line.expect("a line").expect("read");
            assert_eq!(line.is_blank(), is_blank, "{text:?}");
        }
        assert!(!is_blank_text(b"\xa0"));
    }

    #[test]
    fn ctrl_z_at_the_end_of_the_file_is_removed() {
        for text in ["one\r\ntwo\u{1a}", "one\r\ntwo"] {
            assert_eq!(
                list_line_numbers_and_byte_lengths(text),
                [(1, Some(3)), (2, Some(3))]
            );
        }
        assert_eq!(
            list_line_numbers_and_byte_lengths("on\u{1a}e\n\u{1a}"),
            [(1, Some(4)), (2, Some(0))]
        );
    }

    #[test]
    fn lines_may_end_with_cr_only() {
        let text = "\u{feff}one\r\rthree\n\r four";
        let expected = [(1, 3), (2, 0), (3, 6), (4, 5)];
        assert_eq!(
            list_line_numbers_and_byte_lengths(text),
            expected.map(|(at, long)| (at, Some(long)))
        );
        let long = "x".repeat(MAX_LINE_BYTES);
        let text = format!("one\r{long}x\r{long}{long}{long}\rfour\r");
        let expected = [(1, Some(3)), (2, None), (3, None), (4, Some(4))];
        assert_eq!(list_line_numbers_and_byte_lengths(&text), expected);
        // A CR inside a line does not end it.
        assert_eq!(
            list_line_numbers_and_byte_lengths("one\r\ntwo\rthree\n"),
            [(1, Some(3)), (2, Some(9))]
        );
    }

    #[test]
    fn overlong_line_is_skipped_and_the_next_is_read() {
        let long = "x".repeat(MAX_LINE_BYTES);
        let text = format!("{long}\r\n{long}x\n{long}{long}{long}\nfour\n");
        let expected = [
            (1, Some(MAX_LINE_BYTES)),
            (2, None),
            (3, None),
            (4, Some(4)),
        ];
        assert_eq!(list_line_numbers_and_byte_lengths(&text), expected);
    }
}
