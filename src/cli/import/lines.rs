//! The lines of a file, one at a time and none of them without end.

use std::io::{self, BufRead, Read as _};

/// The longest line: some thirty times the longest row that could be right.
pub(super) const MAX_LINE: usize = 64 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(super) struct Lines<R> {
    from: R,
    number: u64,
}

/// One line, under its number in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u64,
    /// Without its end (LF or CRLF) and a byte order mark; `None` when it is longer than any may
    /// be.
    pub(super) bytes: Option<Vec<u8>>,
}

impl Line {
    pub(super) fn is_blank(&self) -> bool {
        let blank = |bytes: &Vec<u8>| bytes.trim_ascii().is_empty();
        self.bytes.as_ref().is_some_and(blank)
    }
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(from: R) -> Self {
        Self { from, number: 0 }
    }

    fn line(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        // CR and LF may follow the longest.
        let most = u64::try_from(MAX_LINE + 2).unwrap_or(u64::MAX);
        if self
            .from
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut bytes)?
            == 0
        {
            return Ok(None);
        }
        self.number += 1;
        let ended = bytes.pop_if(|last| *last == b'\n').is_some();
        if ended {
            bytes.pop_if(|last| *last == b'\r');
        }
        if self.number == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        let fits = bytes.len() <= MAX_LINE;
        if !fits && !ended {
            self.from.skip_until(b'\n')?;
        }
        Ok(Some(Line {
            number: self.number,
            bytes: fits.then_some(bytes),
        }))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        self.line().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(u64, Option<usize>)> {
        Lines::new(text.as_bytes())
            .map(|line| line.expect("read"))
            .map(|line| (line.number, line.bytes.map(|bytes| bytes.len())))
            .collect()
    }

    #[test]
    fn every_line_has_its_number_and_no_end() {
        let text = "\u{feff}one\r\n\r\nthree\n\nfive";
        let expected = [(1, 3), (2, 0), (3, 5), (4, 0), (5, 4)];
        assert_eq!(lines(text), expected.map(|(at, long)| (at, Some(long))));
        assert_eq!(lines(""), []);
        assert_eq!(lines("\n"), [(1, Some(0))]);
    }

    #[test]
    fn an_endless_line_is_left_out_and_the_next_one_read() {
        let long = "x".repeat(MAX_LINE);
        let text = format!("{long}\r\n{long}x\n{long}{long}{long}\nfour\n");
        let expected = [(1, Some(MAX_LINE)), (2, None), (3, None), (4, Some(4))];
        assert_eq!(lines(&text), expected);
    }
}
