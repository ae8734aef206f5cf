use core::fmt;

use serde::{Deserialize, Serialize};

use crate::message_numbers::{HIDDEN_DIGIT, hide_digits_of_amounts};
use crate::message_phone_numbers::{
    LINE_BREAK, is_phone_number, list_digit_groups_of_each_number, mark_area_codes_in_brackets,
};
use crate::typed_text::{decimal_digit_value, remove_surrounding_punctuation, to_ascii_forms};

/// Number of digits of a one-time code: 4 to 10, the range of Twilio Verify (`docs/verify-contract.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeLength(u8);

impl CodeLength {
    /// Six digits: the usual code length, and the length of all authenticator codes.
    pub const SIX: Self = Self(6);

    /// Creates a code length. Returns `None` unless `digits` is 4 to 10.
    pub const fn new(digits: u8) -> Option<Self> {
        if matches!(digits, 4..=10) {
            Some(Self(digits))
        } else {
            None
        }
    }

    /// Returns the number of digits of a one-time code.
    pub const fn digit_count(self) -> usize {
        self.0 as usize
    }
}

/// One-time code that a user has entered: exactly the expected number of ASCII digits.
///
/// `Debug` prints only the name of the type, so that codes cannot reach a log.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode(String);

impl OneTimeCode {
    /// Maximum length in bytes of a text that is searched for a one-time code.
    const MAX_TYPED_BYTES: usize = 2048;

    /// Finds a one-time code of `length` digits in a typed or pasted text.
    ///
    /// Returns `None` if the text contains no code, or more than one. Takes the whole text if only the digits of a code
    /// remain without separators and surrounding punctuation. Otherwise searches the text for the only number of that
    /// length, without the digits of dates, times, amounts and phone numbers. A text may repeat this number, for example
    /// in a second language or for the browser (<https://wicg.github.io/sms-one-time-codes/>). Accepts digits of every
    /// script.
    pub fn parse(typed: &str, length: CodeLength) -> Option<Self> {
        // Refuses very long input before the search through it.
        if typed.len() > Self::MAX_TYPED_BYTES {
            return None;
        }
        let plain = to_ascii_forms(typed);
        let digits: String = remove_surrounding_punctuation(&plain)
            .chars()
            .filter(|c| !is_digit_separator(*c))
            .collect();
        if digits.len() == length.digit_count() && digits.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Self(digits));
        }
        let text = replace_separators_in_dates_times_and_amounts(typed);
        // An amount does not continue in the next line.
        let lines: Vec<String> = text
            .split('\n')
            .map(|line| hide_digits_of_amounts(&to_ascii_forms(line)))
            .collect();
        // A number continues in the next line only if no line contains the code, as with one digit a line.
        [LINE_BREAK, " "]
            .into_iter()
            .find_map(|line_break| {
                let text =
                    mark_area_codes_in_brackets(&lines.join(line_break), length.digit_count());
                find_single_number_with_code_length(&text, length)
            })
            .map(Self)
    }

    /// Returns the digits of the code, only for the request to the provider and for hashing.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Returns whether `c` may separate the digits of a one-time code, such as a space or a dash.
pub(crate) const fn is_digit_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | '-' | '.' | ',' | '/' | '_' | '\u{b7}' | '\u{2022}' | '\u{30fb}'
    )
}

/// Replaces the ASCII separators within dates, times and amounts by a letter.
///
/// The digits beside such a separator are then not taken for a one-time code. Full-width separators stay, because they
/// may stand between a one-time code and the text after it.
fn replace_separators_in_dates_times_and_amounts(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_digit = |at: Option<usize>| {
        let c = at.and_then(|at| chars.get(at));
        c.is_some_and(|c| decimal_digit_value(*c).is_some())
    };
    let bound = |(at, c): (usize, &char)| {
        let binds = matches!(c, '.' | ',' | ':' | '/');
        let within = is_digit(at.checked_sub(1)) && is_digit(at.checked_add(1));
        if binds && within { 'x' } else { *c }
    };
    chars.iter().enumerate().map(bound).collect()
}

/// Finds the only number of `length` digits in a text.
///
/// The number may have one space or dash between groups of digits, and has no [`HIDDEN_DIGIT`]. Returns `None` if the
/// text contains no number of this length, or different ones.
fn find_single_number_with_code_length(text: &str, length: CodeLength) -> Option<String> {
    let mut found: Option<String> = None;
    let is_part_of_number =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '\n' | '-' | '+' | HIDDEN_DIGIT);
    for part in text.split(|c: char| !is_part_of_number(c)) {
        for number in list_digit_groups_of_each_number(part, length.digit_count()) {
            let whole = number.concat();
            let is_code = |text: &str| {
                text.len() == length.digit_count() && text.bytes().all(|b| b.is_ascii_digit())
            };
            let candidates = if is_code(&whole) {
                vec![whole]
            } else if is_phone_number(&number, length.digit_count()) {
                Vec::new()
            } else {
                let groups = number.into_iter().filter(|group| is_code(group));
                groups.map(str::to_owned).collect()
            };
            for candidate in candidates {
                if found.as_ref().is_some_and(|found| *found != candidate) {
                    return None;
                }
                found = Some(candidate);
            }
        }
    }
    found
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode")
    }
}

#[cfg(test)]
#[path = "code_message_tests.rs"]
mod message_tests;

#[cfg(test)]
#[path = "code_phone_number_tests.rs"]
mod phone_number_tests;

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a code length of six digits.
    fn six_digit_length() -> CodeLength {
        CodeLength::new(6).expect("valid code length")
    }

    #[test]
    fn pasted_spaces_dashes_and_punctuation_are_removed() {
        for typed in [
            "012345",
            " 012 345 ",
            "012-345",
            "012\u{a0}345",
            "0 1 2\u{2013}3 4 5",
            "012.345",
            "012,345",
            "012_345",
            "012/345",
            "012\u{b7}345",
            "012\u{2022}345",
            "012 - 345",
            "\"012345\",",
            "\u{200e}012\u{200b}345\u{feff}",
            "٠١٢٣٤٥",
            "０１２３４５",
            "०१२३४५",
        ] {
            let code = OneTimeCode::parse(typed, six_digit_length()).expect(typed);
            assert_eq!(code.expose(), "012345");
        }
    }

    #[test]
    fn code_is_found_in_a_pasted_message() {
        for (typed, code) in [
            ("Sallyport (1/2): use 568185 to sign in", "568185"),
            ("Your code is: 012-345.", "012345"),
            ("G-012345 is your code", "012345"),
            (
                "012345 is your code. Valid for 10 minutes.\n@example.com #012345",
                "012345",
            ),
            ("【Sallyport】您的验证码012345，5分钟内有效", "012345"),
            ("您的验证码：012345。5分钟内有效", "012345"),
            ("Sallyport: 012 345, valid until 12:30", "012345"),
            ("Code 012345 for a payment of 1500.00 USD to Acme", "012345"),
            ("رمزك هو ٠١٢٣٤٥", "012345"),
            ("Kod: 012345, 28.11.2026 11:05", "012345"),
            ("[11:05:30 11/28/2026] 012 345 is your code", "012345"),
            ("012345 expires at 11:05, 5,000.00 USD", "012345"),
            ("<#> 012345 is your code FA+9qCX9VSu", "012345"),
            ("Code 123456 (28-11-26)", "123456"),
            ("Code 123456 (11-28-2026)", "123456"),
            ("2026-11-28: 123 456", "123456"),
            ("2026-11-28T11:05:30Z 123-456 is your code", "123456"),
            ("2026‑11‑28 ١٢٣٤٥٦", "123456"),
            ("Your code is 123456. Votre code est 123456.", "123456"),
            ("123-456 is your code. Ihr Code lautet 123 456.", "123456"),
            (
                "123456 is your code.\n@example.com #123456\nVotre code : 123456",
                "123456",
            ),
            ("Hilfe: 0800 654321. Code 123456", "123456"),
            ("Code 123456. Help: 0800-654321", "123456"),
            ("Code 123456, help +49 170 654321", "123456"),
            ("Code 123 456, tel. +49-170-654321", "123456"),
            ("Code: 0 1 2 3 4 5, thank you", "012345"),
            ("Code: 012345 10 min", "012345"),
        ] {
            let found = OneTimeCode::parse(typed, six_digit_length()).expect(typed);
            assert_eq!(found.expose(), code, "{typed}");
        }
    }

    #[test]
    fn text_without_exactly_one_number_of_code_length_has_no_code() {
        for typed in [
            "",
            "12345",
            "1234567",
            "%",
            "null",
            "12a456",
            "abc123456",
            "use 123456 or 654321",
            "123456 #654321",
            "123456,123456",
            "Valid until 28-11-26",
            "Call 0800 654321",
            "Call +49 170 654321",
            "Code 123456. Votre code : 654321.",
            "123 456 789",
            "12 34 56 78",
        ] {
            assert!(
                OneTimeCode::parse(typed, six_digit_length()).is_none(),
                "{typed}"
            );
        }
        assert!(OneTimeCode::parse(&"1".repeat(1 << 20), six_digit_length()).is_none());
    }

    #[test]
    fn date_with_dashes_in_a_message_is_not_taken_for_a_code() {
        for (digits, typed, code) in [
            (8, "2026-11-28: 12345678", Some("12345678")),
            (8, "Valid until 28-11-2026", None),
            (8, "1234-5678", Some("12345678")),
            (8, "12-34-56-78", Some("12345678")),
            (4, "2026-11-28: 1234", Some("1234")),
            (4, "Code 1234, help +1 415 555 0142", Some("1234")),
            (6, "12-34-56 is your code", Some("123456")),
            // A text without letters is the code, whatever separators it has.
            (6, "12-11-26", Some("121126")),
        ] {
            let length = CodeLength::new(digits).expect("valid code length");
            let found = OneTimeCode::parse(typed, length);
            assert_eq!(found.as_ref().map(OneTimeCode::expose), code, "{typed}");
        }
    }

    #[test]
    fn one_time_code_is_never_printed() {
        let code = OneTimeCode::parse("123456", six_digit_length()).expect("six digits");
        assert_eq!(format!("{code:?}"), "OneTimeCode");
    }

    #[test]
    fn code_length_is_four_to_ten() {
        assert!(CodeLength::new(3).is_none() && CodeLength::new(11).is_none());
        assert!((4..=10).all(|digits| CodeLength::new(digits).is_some()));
    }
}
