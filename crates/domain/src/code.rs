use core::fmt;

use serde::{Deserialize, Serialize};

/// The number of digits of a code: 4 to 10, the range that Twilio Verify allows
/// (`docs/verify-contract.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeLength(u8);

impl CodeLength {
    /// The usual length, and the length of all authenticator codes.
    pub const SIX: Self = Self(6);

    /// `None` outside 4..=10.
    pub const fn new(digits: u8) -> Option<Self> {
        if matches!(digits, 4..=10) {
            Some(Self(digits))
        } else {
            None
        }
    }

    pub const fn digits(self) -> usize {
        self.0 as usize
    }
}

/// A code as typed: exactly the expected number of ASCII digits.
///
/// Other input is refused without a request to the provider, so it uses no attempt. `Debug` prints the name of the
/// type, so that codes cannot reach a log.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode(String);

impl OneTimeCode {
    /// Removes spaces and dashes. `None` unless `length` digits are left.
    pub fn parse(typed: &str, length: CodeLength) -> Option<Self> {
        // Refuses very long input before the search through it.
        if typed.len() > 64 {
            return None;
        }
        let digits = Self::strip(typed);
        let right = digits.len() == length.digits() && digits.bytes().all(|b| b.is_ascii_digit());
        right.then_some(Self(digits))
    }

    /// `typed` without white space and dashes, which message apps put between digits.
    pub fn strip(typed: &str) -> String {
        typed
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}'))
            .collect()
    }

    /// The digits, for the request to the provider only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn six() -> CodeLength {
        CodeLength::new(6).expect("6 is in range")
    }

    #[test]
    fn pasted_spaces_and_dashes_are_removed() {
        for typed in [
            "012345",
            " 012 345 ",
            "012-345",
            "012\u{a0}345",
            "0 1 2\u{2013}3 4 5",
        ] {
            let code = OneTimeCode::parse(typed, six()).expect(typed);
            assert_eq!(code.expose(), "012345");
        }
    }

    #[test]
    fn only_the_expected_number_of_ascii_digits_is_a_code() {
        for typed in [
            "",
            "12345",
            "1234567",
            "١٢٣٤٥٦",
            "%",
            "null",
            "000000;",
            "12a456",
            "１２３４５６",
        ] {
            assert!(OneTimeCode::parse(typed, six()).is_none(), "{typed}");
        }
        assert!(OneTimeCode::parse(&"1".repeat(1 << 20), six()).is_none());
    }

    #[test]
    fn a_code_is_never_printed() {
        let code = OneTimeCode::parse("123456", six()).expect("six digits");
        assert_eq!(format!("{code:?}"), "OneTimeCode");
    }

    #[test]
    fn code_length_is_four_to_ten() {
        assert!(CodeLength::new(3).is_none() && CodeLength::new(11).is_none());
        assert!((4..=10).all(|digits| CodeLength::new(digits).is_some()));
    }
}
